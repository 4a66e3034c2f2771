"""What is said of logs, and in which words."""
