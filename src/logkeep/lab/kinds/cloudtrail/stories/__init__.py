"""Stories of CloudTrail, told by running them."""
