"""Values into text and JSON: decides nothing, and does nothing."""
