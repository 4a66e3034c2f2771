"""`logkeep help`: the topics, and the page of every finding."""

from __future__ import annotations

import difflib

import click

from logkeep.cli.answer import answer
from logkeep.cli.pages import page_of
from logkeep.cli.problem import YES, Problem
from logkeep.cli.settings import options
from logkeep.cli.topics import TOPICS


@click.command("help", short_help="Explain a topic, or a finding by its code.")
@click.argument("topic", required=False, metavar="[TOPIC]")
@options()
def command(topic: str | None) -> int:
    """Explain a topic (exit-codes, environment, formats), or a finding by its code."""
    if topic is None:
        answer("Topics:\n" + "".join(f"  {name}\n" for name in TOPICS) + _OTHERS)
        return YES
    answer(TOPICS[topic] if topic in TOPICS else page(topic))
    return YES


_OTHERS = "\nA finding's code is a topic too, such as `logkeep help trail-missing`.\n"


def page(code: str) -> str:
    """What there is to know about a finding or a notice."""
    from logkeep.show import notices
    from logkeep.show.words import all_words

    codes = {**all_words(), **notices.all_words()}
    found = page_of(code) if code in codes else None
    if found is not None:
        return found
    near = difflib.get_close_matches(code, [*TOPICS, *codes], n=1)
    hint = f"did you mean `{near[0]}`?" if near else "run `logkeep help` for the topics"
    raise Problem(f"there is no topic `{code}`", hint=hint)
