"""A whole AWS organization on this machine: moto behind a front that authorizes and delivers."""
