"""`logkeep lab ping`: what whoever sends a packet in the lab gets to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logkeep.cli.answer import answer, say
from logkeep.cli.problem import NO, YES, Problem
from logkeep.words.plain import clean

if TYPE_CHECKING:
    from logkeep.lab.statefile import Running

PASSES = "passes"


def send(running: Running, who: str, src: str, dst: str, protocol: str, port: int) -> int:
    """Send it, and say whether an answer came: whoever sends sees no more than that."""
    from logkeep.lab.packets.at_work import NoSuchEnd
    from logkeep.lab.packets.at_work import send as send_packet

    if who not in running.credentials:
        raise Problem(f"nobody is called `{clean(who)}`", hint="`logkeep lab who` names everybody")
    try:
        sent = send_packet(running, who, src, dst, protocol, port)
    except NoSuchEnd as error:
        raise Problem(str(error)) from error
    came = sent.outcome.forward == sent.outcome.back == PASSES
    answered = "answered" if came else "no answer came"
    answer(f"{protocol} from {clean(sent.src)} to {clean(sent.dst)}: {answered}\n")
    if running.ask("state")["waits"]:
        say("hint: `logkeep lab advance 20m` lets flow logs bring what they saw of it")
    return YES if came else NO
