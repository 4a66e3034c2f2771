"""The archive that every route ends in: its bucket, its key, its readers, what protects it."""
