"""The only door to AWS: one SDK session, collecting what is, and applying what was planned."""
