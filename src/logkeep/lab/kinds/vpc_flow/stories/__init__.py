"""The stories of VPC flow logs."""
