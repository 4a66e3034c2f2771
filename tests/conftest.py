"""What holds for every test: none fails because a machine was slow, or ran it in the background."""

import signal

from support.examples import load_profile

load_profile()
# A shell has what it starts in the background ignore Ctrl-C, which some tests press.
signal.signal(signal.SIGINT, signal.default_int_handler)
