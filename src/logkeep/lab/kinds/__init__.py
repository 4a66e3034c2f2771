"""The lab's half of each kind of log."""
