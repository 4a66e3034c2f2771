"""What is said of a finding: the words that all kinds of log share, and what each kind adds."""
