"""What S3 does with an upload, a replica or a configuration, as a person and a program read it."""
