"""`logkeep help`: the topics, and the page of every finding."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import click

from logkeep.cli.answer import answer
from logkeep.cli.problem import YES, Problem
from logkeep.cli.settings import common
from logkeep.cli.topics import TOPICS

PAGES = Path(__file__).parents[3] / "docs" / "findings"
"""Beside the source, where Logkeep is installed from its checkout."""


@click.command("help", short_help="Explain a topic, or a finding by its code.")
@click.argument("topic", required=False, metavar="[TOPIC]")
@common
def command(topic: str | None) -> int:
    """Explain a topic (exit-codes, environment, formats), or a finding by its code."""
    if topic is None:
        answer("Topics:\n" + "".join(f"  {name}\n" for name in TOPICS) + _OTHERS)
        return YES
    answer(TOPICS[topic] if topic in TOPICS else page(topic))
    return YES


_OTHERS = "\nA finding's code is a topic too, such as `logkeep help trail-missing`.\n"


def page(code: str) -> str:
    """What there is to know about a finding."""
    from logkeep.show import notices
    from logkeep.show.words import all_words

    codes, noticed = all_words(), notices.all_words()
    if code in noticed:
        return notice_page(code)
    if code not in codes:
        near = difflib.get_close_matches(code, [*TOPICS, *codes, *noticed], n=1)
        hint = f"did you mean `{near[0]}`?" if near else "run `logkeep help` for the topics"
        raise Problem(f"there is no topic `{code}`", hint=hint)
    path = PAGES / f"{code}.md"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    return f"{code}: its page is docs/findings/{code}.md in Logkeep's documentation\n"


def notice_page(code: str) -> str:
    """What there is to know about a notice: its part of the page of all."""
    path = PAGES.parent / "notices.md"
    if not path.is_file():
        return f"{code}: its page is docs/notices.md in Logkeep's documentation\n"
    parts = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return "# " + next(part for part in parts if part.startswith(f"{code}\n"))
