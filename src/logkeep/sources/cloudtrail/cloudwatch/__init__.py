"""A trail's other way, into CloudWatch Logs: its log group, role and streams (rule 1.10)."""
