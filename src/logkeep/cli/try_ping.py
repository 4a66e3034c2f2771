"""`logkeep try ping`: one flow walked, a file of reachability tests run, or records explained."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import click

from logkeep.aws.disk import NO_TEXT, text_lines
from logkeep.cli.answer import answer
from logkeep.cli.look import as_json
from logkeep.cli.network_file import network_of, read_network
from logkeep.cli.problem import BAD_QUESTION, CANNOT_TELL, NO, YES, Problem
from logkeep.cli.settings import Settings, needs_none, options, output, settings_of, stands_alone
from logkeep.network.cases import Invalid, read_case
from logkeep.network.ends import Unclear, flow, named, question
from logkeep.network.fields import Format, Wrong, read_format
from logkeep.network.mend import mend
from logkeep.network.records import Header, Record, read_lines
from logkeep.network.today import today
from logkeep.network.values import Network
from logkeep.network.walk import Walk, walk
from logkeep.network.written import written
from logkeep.policy.json_text import read_json
from logkeep.show.flow_record import Explained, explained_json, explained_text
from logkeep.show.ping import Pinged, case_line, case_text, invalid_line, ping_json, ping_text
from logkeep.value import Json
from logkeep.words.plain import clean

MIB_MAX = 64

Answer = TypeVar("Answer")


@click.command("ping", short_help="Walk a packet through a network, and its answer back.")
@click.argument("src", required=False)
@click.argument("dst", required=False)
@click.option(
    "--protocol", default="icmp", metavar="NAME", help="tcp, udp, icmp, icmpv6, or a number."
)
@click.option("--port", type=int, metavar="PORT", help="The port it goes to.")
@click.option("--from-port", type=int, metavar="PORT", help="The port it comes from; else any.")
@click.option(
    "--network",
    "networks",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A network, or answers of `aws ec2 describe-…`: a file or a folder; may be repeated.",
)
@click.option(
    "--cases",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Run the reachability tests of a file, one JSON object a line.",
)
@click.option(
    "--record",
    "records",
    multiple=True,
    metavar="LINE",
    help="Explain a flow-log record, or with `-` those on stdin; may be repeated.",
)
@click.option("--format", "format_", metavar="FIELDS", help="The fields of the records.")
@options("fleet", "snapshot", "recent", "json")
@click.pass_context
def command(
    context: click.Context,
    src: str | None,
    dst: str | None,
    *,
    protocol: str,
    port: int | None,
    from_port: int | None,
    networks: tuple[Path, ...],
    cases: Path | None,
    records: tuple[str, ...],
    format_: str | None,
) -> int:
    """Say whether a packet gets from SRC to DST, what stops it, and whether it is answered.

    SRC and DST are an instance or interface by its id, an address, a Name tag, or `internet`. They
    are looked for in the accounts of the fleet, in a --snapshot, or in what --network names. The
    records that flow logs would write are shown, and the smallest change that lets it through.

    Exits with 0 where it gets there and is answered, 1 where it is not, 3 where it cannot be told.
    With --cases and --record the exit code is 0 where all could be read, else 2.
    """
    settings = settings_of(context)
    for option, own in (("--record", records), ("--network", networks)):
        if own:
            needs_none(settings, option)
    if cases is not None:
        stands_alone(context, "--cases")
        return _cases(settings, cases)
    if records:
        if src:
            raise Problem("--record brings its own ends, and takes no other")
        return _records(settings, records, format_, read_network(networks) if networks else None)
    if src is None or dst is None:
        raise Problem("a ping takes a SRC and a DST")
    asked = _clear_answer(question(protocol, port, from_port))
    network = read_network(networks) if networks else network_of(settings)
    ends = [_clear_answer(named(network, text)) for text in (src, dst)]
    pinged = _pinged(network, walk(network, _clear_answer(flow(network, ends[0], ends[1], asked))))
    if settings.json:
        answer(as_json(ping_json(pinged)))
    else:
        answer(ping_text(pinged, output(settings)))
    return exit_code(pinged.walk)


def _clear_answer(found: Answer | Unclear) -> Answer:
    """What was asked for, or the problem with it."""
    if isinstance(found, Unclear):
        raise Problem(found.says, hint=found.hint)
    return found


def _pinged(network: Network, found: Walk) -> Pinged:
    return Pinged(network, found, written(found), mend(network, found))


def exit_code(found: Walk) -> int:
    """Yes, no or cannot tell."""
    verdicts = {found.out.verdict, found.back.verdict if found.back else "reaches"}
    return NO if "blocked" in verdicts else CANNOT_TELL if "unknown" in verdicts else YES


def _cases(settings: Settings, path: Path) -> int:
    """Run every case; one that cannot be read is named, and the others run."""
    all_read = True
    lines = list(text_lines(path, MIB_MAX))
    if not lines:
        raise Problem(f"{path}: there is no case in it")
    for number, text in lines:
        name = f"line {number}"
        case = read_case(_row(text), name) if text is not None else Invalid(name, (NO_TEXT,))
        if isinstance(case, Invalid):
            all_read = False
            bad = invalid_line(case.id, case.mistakes)
            said = f"? {clean(case.id)}: invalid: {bad['reason']}\n"
            answer(json.dumps(bad) + "\n" if settings.json else said)
            continue
        found = walk(case.network, case.flow)
        pinged = Pinged(case.network, found, written(found), None)
        paint = output(settings)
        line = json.dumps(case_line(case.id, pinged)) if settings.json else ""
        answer(f"{line or paint.ascii(case_text(case.id, pinged, paint))}\n")
    return YES if all_read else BAD_QUESTION


def _row(text: str) -> Json:
    try:
        return read_json(text)
    except (ValueError, RecursionError):
        return text


def _records(
    settings: Settings, records: tuple[str, ...], format_: str | None, network: Network | None
) -> int:
    wanted: Format | None = None
    if format_ is not None:
        read = read_format(format_)
        if isinstance(read, Wrong):
            raise Problem(read.says, hint=read.hint)
        wanted = read
    lines = list(_lines(records))
    if not lines:
        raise Problem("there is no record to explain")
    found = list(_explained(lines, wanted, network))
    wrong = [each.read for each in found if isinstance(each.read, Wrong)]
    if len(found) == 1 and wrong:
        raise Problem(wrong[0].says, hint=wrong[0].hint)
    if settings.json:
        answer(as_json({"schema": 1, "records": [explained_json(each) for each in found]}))
    else:
        answer("".join(explained_text(each, output(settings)) for each in found))
    return BAD_QUESTION if wrong else YES


def _lines(records: Iterable[str]) -> Iterator[str]:
    for text in records:
        whole = sys.stdin.read() if text == "-" else text
        yield from (line for line in whole.split("\n") if line.strip())


def _explained(
    lines: list[str], format_: Format | None, network: Network | None
) -> Iterator[Explained]:
    headers = 0
    for line, read in zip(lines, read_lines(lines, format_), strict=True):
        headers += isinstance(read, Header)
        if not isinstance(read, Record) or network is None:
            yield Explained(line, read, repeated=isinstance(read, Header) and headers > 1)
            continue
        named_ = read.text("interface-id")
        gone = bool(named_) and named_ not in network.interfaces
        yield Explained(line, read, gone=gone, today=today(network, read))
