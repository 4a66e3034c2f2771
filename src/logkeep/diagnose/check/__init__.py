"""Check: what becomes of a need, by what evidence, and for an unknown what would settle it."""
