"""What does one line of a flow log say? Each field by its name, and what is odd about the line.

Columns come from the file's header or from the flow log's own format: neither how many there are
nor the version that a record shows tells which they are (rule 13.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal, TypeAlias

import msgspec

from logkeep.network.address import Address, address, is_six
from logkeep.network.fields import (
    ADDRESSES,
    DEFAULT,
    NUMBERS,
    PORTS,
    WORDS,
    Format,
    Wrong,
    is_header,
    read_format,
)

Oddity: TypeAlias = Literal[
    "no-data",
    "skipped-data",
    "ipv6",
    "double-space",
    "version-disagrees",
    "milliseconds",
    "says-both",
    "ends-first",
]
"""What of a record is worth naming: none of it makes the record wrong."""
DEFAULT_FORMAT: Final = Format(DEFAULT)
SECONDS_MAX: Final = 100_000_000_000
"""Times beyond the year 5138 are of another unit."""
CHARS_MAX: Final = 8_000


class Record(msgspec.Struct, frozen=True):
    """One record: its fields as they were written, without those that say `-`."""

    fields: dict[str, str]
    oddities: tuple[Oddity, ...] = ()

    def text(self, name: str) -> str:
        """A field's text; empty where it is absent or says `-`."""
        return self.fields.get(name, "")

    def number(self, name: str) -> int | None:
        """A field's number."""
        return int(self.fields[name]) if name in self.fields else None

    def address(self, name: str) -> Address | None:
        """A field's address."""
        return address(self.text(name))

    @property
    def status(self) -> str:
        """OK, NODATA or SKIPDATA; OK where the format leaves it out."""
        return self.text("log-status") or "OK"


class Header(msgspec.Struct, frozen=True):
    """A line that names the fields of those after it."""

    format: Format


RecordLine: TypeAlias = Record | Header | Wrong


def read_record(line: str, format_: Format = DEFAULT_FORMAT) -> Record | Wrong:
    """A record by its format, or why it is none."""
    if len(line) > CHARS_MAX:
        return Wrong(f"the line has {len(line):,} characters, which no record has")
    values = line.split()
    wrong = _columns(values, format_)
    if wrong is not None:
        return wrong
    pairs = zip(format_.fields, values, strict=True)
    fields = {name: value for name, value in pairs if value != "-"}
    for name, value in fields.items():
        says = _is_wrong(name, value)
        if says:
            hint = "" if format_ is not DEFAULT_FORMAT else _FORMAT_HINT
            return Wrong(f"the field {name} is `{value[:60]}`, {says}", hint)
    return Record(fields, tuple(_oddities(line, fields, format_)))


_FORMAT_HINT: Final = "if the flow log has a format of its own, give it with --format"


def _columns(values: list[str], format_: Format) -> Wrong | None:
    wanted, got = len(format_.fields), len(values)
    if got == wanted:
        return None
    default = format_ is DEFAULT_FORMAT
    which = "the default format" if default else "its format"
    if got < wanted:
        last = f", which ends before `{format_.fields[got]}`" if got else ""
        says = f"the record is cut, or none: {got} of the {wanted} fields of {which}{last}"
        return Wrong(says, _FORMAT_HINT if default else "")
    says = f"the record has {got} columns, and {which} has {wanted} fields"
    extra = values[wanted][:60]
    return Wrong(f"{says}: the first too many is `{extra}`", _FORMAT_HINT if default else "")


def _is_wrong(name: str, value: str) -> str:
    """What is wrong with the text of a field; empty where nothing is."""
    if name in NUMBERS:
        if not (value.isascii() and value.isdigit()) or len(value) > 20:
            return "which is no number"
        if name in PORTS and int(value) > 65535:
            return "which is no port"
        return "which is no protocol" if name == "protocol" and int(value) > 255 else ""
    if name in ADDRESSES:
        return "" if address(value) is not None else "which is no address"
    if name in WORDS and value not in WORDS[name]:
        return f"which is none of {', '.join(sorted(WORDS[name]))}"
    return ""


def _oddities(line: str, fields: dict[str, str], format_: Format) -> Iterator[Oddity]:
    status = fields.get("log-status")
    if status == "NODATA":
        yield "no-data"
    if status == "SKIPDATA":
        yield "skipped-data"
    sources = (address(fields[name]) for name in ADDRESSES if name in fields)
    if any(found is not None and is_six(found) for found in sources):
        yield "ipv6"
    if "  " in line.strip() or "\t" in line.strip():
        yield "double-space"
    if fields.get("version", str(format_.version)) != str(format_.version):
        yield "version-disagrees"
    if int(fields.get("start", "0")) > SECONDS_MAX:
        yield "milliseconds"
    if status in ("NODATA", "SKIPDATA") and "action" in fields:
        yield "says-both"
    if int(fields.get("end", "0")) < int(fields.get("start", "0")) and "end" in fields:
        yield "ends-first"


def read_lines(lines: Iterable[str], format_: Format | None = None) -> Iterator[RecordLine]:
    """Records one after the other; each header says how to read those after it."""
    current = format_ or DEFAULT_FORMAT
    for line in lines:
        if not line.strip():
            continue
        if is_header(line):
            found = read_format(line)
            if isinstance(found, Format):
                current = found
                yield Header(found)
            else:
                yield found
        else:
            yield read_record(line, current)
