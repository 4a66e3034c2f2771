"""The command line run in this process, in a folder of its own, without AWS."""

from support.in_a_folder import fleet, folder, kept, logkeep

__all__ = ["fleet", "folder", "kept", "logkeep"]
