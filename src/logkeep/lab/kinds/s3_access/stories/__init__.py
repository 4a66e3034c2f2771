"""The stories of S3 server access logs."""
