"""S3's own side of objects: how they are stored, encrypted and replicated, as documented."""
