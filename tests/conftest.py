"""What holds for every test: none fails because a machine was slow, or ran it in the background."""

import signal

from hypothesis import settings

settings.register_profile("logkeep", deadline=None)
settings.load_profile("logkeep")
# A shell has what it starts in the background ignore Ctrl-C, which some tests press.
signal.signal(signal.SIGINT, signal.default_int_handler)
