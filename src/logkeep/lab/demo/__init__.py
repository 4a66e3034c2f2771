"""Stories that are told by running them: real commands against the lab, each shown as it runs."""
