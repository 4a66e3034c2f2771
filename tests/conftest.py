"""What holds for every test: no test fails because a machine was slow."""

from hypothesis import settings

settings.register_profile("logkeep", deadline=None)
settings.load_profile("logkeep")
