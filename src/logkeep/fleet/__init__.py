"""What you want: logkeep.toml, read, checked, drafted."""

from logkeep.fleet.fleet import Accepted, Archive, Fleet, Logs

__all__ = ["Accepted", "Archive", "Fleet", "Logs"]
