"""Logkeep: AWS logs in one archive, proven to arrive."""
