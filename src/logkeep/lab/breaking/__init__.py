"""Everything that can be broken in a lab: by calls that somebody could make, else underneath."""
