"""The stories of storage: uploads and replication."""
