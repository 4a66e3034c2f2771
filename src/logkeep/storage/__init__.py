"""What becomes of this object: an upload as S3 takes it, and its replicas."""
