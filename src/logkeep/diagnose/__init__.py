"""Routes held against a snapshot, and against an earlier diagnosis."""
