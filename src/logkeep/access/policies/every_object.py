"""Which objects stand for all that lie or may ever lie under a part of a bucket?

What is allowed or denied of a log of today says nothing of yesterday's folder. Of an object a
decision sees its name alone: by each Resource, and for a key by conditions and grants on the
encryption context that names it (rules 1.5.4, 4.8). One object of each kind that these tell apart
is found from the patterns themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from logkeep.access.policies.distinguish import OF_OBJECT
from logkeep.policy import KeyGrant, Layers, Request
from logkeep.policy.authorize import facts_of
from logkeep.policy.conditions import Filled, fill_all
from logkeep.policy.every_name import ANY_IN_FOLDER, Patterns, Undecided, every_kind
from logkeep.policy.facts import Facts as Asked
from logkeep.policy.pattern import ANY_ONE, ANY_RUN, Template, read_template
from logkeep.policy.varying import speaking, varying
from logkeep.policy.write import Document, statements, texts
from logkeep.value import Arn

LOGS: Final = "AWSLogs/"
"""The folder in which services keep logs, below a prefix that has none in it (rule 1.3.2)."""


def is_many(resource: Arn) -> bool:
    """Whether a need is about every object whose ARN a pattern matches."""
    return "/" in resource and any(wild in resource for wild in ("*", "?", ANY_IN_FOLDER))


def objects_under(pattern: Arn, lists: Iterable[Sequence[str]]) -> Patterns | Undecided:
    """An object of each kind among those that a pattern matches, as lists of patterns have it."""
    bucket, _, key = pattern.partition("/")
    apart = frozenset(tuple(each) for each in lists)
    if key.startswith(f"*{LOGS}"):
        rest = key.removeprefix("*")
        within = compiled(f"{bucket}/{rest}", f"{bucket}/*/{rest}")
        return every_kind(within, apart, compiled(f"{bucket}/*{LOGS}*{LOGS}*"))
    # A name is of at least one character.
    return every_kind(compiled(f"{bucket}/?*" if key == "*" else pattern), apart)


def compiled(*written: str) -> Patterns:
    """Patterns as policies have them, ready to be run."""
    return tuple(text.translate(_WILD) for text in written)


_WILD: Final = str.maketrans({"*": ANY_RUN, "?": ANY_ONE})


def lists_of(asked: Request, layers: Layers) -> Iterator[Patterns]:
    """The lists of patterns by which all that speaks of a request sees an object's name."""
    seen_as = facts_of(asked, layers)
    for policy in speaking(layers):
        for element in varying(policy, seen_as):
            if element.name.endswith("Resource") or OF_OBJECT in element.key.lower():
                yield tuple(text for value in element.wanted for text in filled(value, seen_as))
    if isinstance(layers.grants, tuple):
        for grant in layers.grants:
            yield from _of_grant(grant)


def _of_grant(grant: KeyGrant) -> Iterator[Patterns]:
    for pairs in (grant.context_subset, grant.context_equals or {}):
        yield from ((value,) for name, value in pairs.items() if name.lower() == "aws:s3:arn")


def filled(value: str, seen_as: Asked) -> Sequence[str]:
    """A value with its variables filled in; nothing where one has no value or none is known."""
    found = fill_all([_template(value)], seen_as)
    return found.texts if isinstance(found, Filled) else ()


@lru_cache(maxsize=1024)
def _template(value: str) -> Template:
    return read_template(value, wild=True, variables=True)


def lists_of_document(document: Document) -> Iterator[Patterns]:
    """The lists of patterns by which the statements of a document see an object's name."""
    for statement in statements(document):
        for name in ("Resource", "NotResource"):
            if name in statement:
                yield compiled(*texts(statement[name]))
