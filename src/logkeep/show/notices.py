"""What is named on every run, as a person reads it: what is alike in one line, however many."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping

from logkeep.fleet import Fleet
from logkeep.show.paint import Paint
from logkeep.sources import gathered
from logkeep.value import AccountId, Json
from logkeep.words.access import let_read
from logkeep.words.doubts import have_answered
from logkeep.words.notice import Notice
from logkeep.words.notices import Alike, NoticeWords, accounts
from logkeep.words.plain import clean, count, few


def notice_lines(fleet: Fleet, notices: Iterable[Notice], paint: Paint) -> Iterator[str]:
    """Every group of notices as a headline and what follows from it, in the order of codes."""
    groups = [(alike, advice(fleet, alike)) for alike in grouped(notices)]
    following = [what for _, what in (*groups, ((), ""))][1:]
    for (alike, what), next_ in zip(groups, following, strict=True):
        head = paint.dye(f"note[{alike[0].code}]", "cyan")
        yield f"{head}: {says(fleet, alike)}"
        if alike[0].known:
            yield from paint.wrap("so", what)
        elif what != next_:  # else what hangs on the same call is told with the next
            yield from paint.wrap("resolve", what)


def notices_json(fleet: Fleet, notices: Iterable[Notice]) -> list[Json]:
    """Every notice by itself: codes and keys are a contract, words are not."""
    return [
        {
            "code": each.code,
            "account": each.account,
            "region": each.region,
            "arn": each.arn,
            "known": each.known,
            "says": says(fleet, [each]),
            "settle": each.settle or None,
            "evidence": dict(each.evidence),
        }
        for each in notices
    ]


def grouped(notices: Iterable[Notice]) -> list[Alike]:
    """Those that say the same of several accounts together, in the order they came."""
    found: dict[tuple[str, ...], Alike] = {}
    regions: dict[tuple[AccountId, str], list[str]] = {}
    listed = list(notices)
    for each in listed:
        if each.code == "region-unlisted" and each.known:
            regions.setdefault((each.account, _way(each)), []).append(each.region)
    for each in listed:
        is_region = each.code == "region-unlisted" and each.known
        together = regions[each.account, _way(each)] if is_region else ()
        found.setdefault((each.code, *_sameness(each), *together), []).append(each)
    return list(found.values())


def _sameness(notice: Notice) -> tuple[str, ...]:
    """What of a notice must be alike for two to be told as one."""
    return all_words()[notice.code].sameness(notice) if notice.known else ("?",)


def _way(notice: Notice) -> str:
    return f"{notice.evidence.get('delivers')}{notice.evidence.get('opted_in')}"


def says(fleet: Fleet, alike: Alike) -> str:
    """What was noticed, or that it could not be."""
    words = all_words()[alike[0].code]
    return (words.says if alike[0].known else words.not_seen)(fleet, alike)


def advice(fleet: Fleet, alike: Alike) -> str:
    """What to do about it, where anything is to be done."""
    first = alike[0]
    words = all_words()[first.code]
    if first.known:
        return words.advice(fleet, alike)
    refused = first.evidence.get("refused_by")
    if refused:
        return let_read(refused, fleet, accounts(fleet, alike))
    rest = f", and {count(len(alike) - 1, 'more call')}" if len(alike) > 1 else ""
    return f"{have_answered(first.settle)}{rest}{words.asked}"


def _named(notice: Notice) -> str:
    name = notice.evidence.get("name")
    account = clean(notice.account)
    return f"{clean(name, 60)} ({account})" if name else account


def _account_says(_fleet: Fleet, alike: Alike) -> str:
    number = count(len(alike), "account")
    verb = "is" if len(alike) == 1 else "are"
    return f"{number} of the organization {verb} not in the fleet: {few(map(_named, alike))}"


def _region_says(fleet: Fleet, alike: Alike) -> str:
    it = alike[0].evidence
    regions = few(dict.fromkeys(clean(each.region) for each in alike), 6)
    if it.get("delivers"):
        return f"logs of {accounts(fleet, alike)} come from {regions}, not among `regions`"
    verb = "has" if len({each.account for each in alike}) == 1 else "have"
    return f"{accounts(fleet, alike)} {verb} opted into {regions}, not among `regions`"


def _account_not_seen(_fleet: Fleet, _alike: Alike) -> str:
    return "cannot tell whether the organization has accounts that are not in the fleet"


def _region_not_seen(fleet: Fleet, alike: Alike) -> str:
    return f"cannot tell which other Regions are in use by {accounts(fleet, alike)}"


def _key_says(fleet: Fleet, alike: Alike) -> str:
    keys = few([f"`{clean(each.evidence.get('key'))}`" for each in alike])
    number = count(len(alike), "other key")
    verb = "was" if len(alike) == 1 else "were"
    name = clean(fleet.archive.key)
    return f"{number} {verb} made for the fleet, to which `{name}` does not lead: {keys}"


def _moved_says(_fleet: Fleet, alike: Alike) -> str:
    it = alike[0]
    under = f" under `{_value(it, 'prefix')}`" if _value(it, "prefix") else ""
    says = f"a lifecycle rule moves the archive's objects{under} to {_value(it, 'class')}"
    when = _value(it, "when")
    return f"{says} {when}: nobody can read a log there before it is restored, `verify` neither"


def _moved_way(notice: Notice) -> tuple[str, ...]:
    return tuple(_value(notice, name) for name in ("class", "when", "prefix"))


def _always(text: str) -> Callable[[Fleet, Alike], str]:
    def says(_fleet: Fleet, _alike: Alike) -> str:
        return text

    return says


def _all_the_same(_notice: Notice) -> tuple[str, ...]:
    return ()


def _same_way(notice: Notice) -> tuple[str, ...]:
    return (_way(notice),)


def _value(notice: Notice, name: str) -> str:
    return clean(str(notice.evidence.get(name) or ""))


def _outside_says(_fleet: Fleet, alike: Alike) -> str:
    it = alike[0]
    whose = "is in no account of the fleet" if it.evidence.get("exists") else "does not exist"
    near = f"; the fleet has `{_value(it, 'alike')}`" if _value(it, "alike") else ""
    what = few(dict.fromkeys(_value(each, "what") for each in alike), 3)
    return f"`{_value(it, 'bucket')}`, which {whose}, is named by {what}{near}"


def _outside_advice(_fleet: Fleet, alike: Alike) -> str:
    if alike[0].evidence.get("exists"):
        return (
            "if that is not meant, correct the name: the account of the bucket gets what is sent "
            "and decides who reads it"
        )
    return "correct the name, or make the bucket: the account that makes it first gets what is sent"


def _alike_says(_fleet: Fleet, alike: Alike) -> str:
    it = alike[0]
    what = few(dict.fromkeys(_value(each, "what") for each in alike), 3)
    return f"`{_value(it, 'bucket')}`, one letter from the archive `{_value(it, 'alike')}`: {what}"


def _silenced_says(_fleet: Fleet, alike: Alike) -> str:
    it = alike[0]
    inferred = ", if it sends what is believed" if it.evidence.get("is_inferred") else ""
    what = few(dict.fromkeys(_value(each, "what") for each in alike), 3)
    return (
        f"`{_value(it, 'statement')}` of the policy of `{_value(it, 'bucket')}` refuses "
        f"{_value(it, 'writer')} for its encryption header{inferred}: {what}"
    )


def _same_bucket(notice: Notice) -> tuple[str, ...]:
    names = ("bucket", "exists", "alike", "statement", "writer", "is_inferred")
    return tuple(str(notice.evidence.get(name)) for name in names)


WORDS: Mapping[str, NoticeWords] = {
    "bucket-outside": NoticeWords(
        _outside_says,
        _always("cannot tell which accounts have the buckets that settings of the fleet name"),
        _outside_advice,
        _same_bucket,
    ),
    "bucket-alike": NoticeWords(
        _alike_says,
        _always("cannot tell which names are nearly the archive's"),
        _always("if the archive is meant, correct the name; else nothing"),
        _same_bucket,
    ),
    "encryption-silences": NoticeWords(
        _silenced_says,
        _always("cannot tell what the policies ask of encryption"),
        _always("leave AWS services out of the Deny: `Bool aws:PrincipalIsAWSService false`"),
        _same_bucket,
    ),
    "account-unlisted": NoticeWords(
        _account_says,
        _account_not_seen,
        _always("list them under [accounts] to keep their logs"),
        _all_the_same,
        "; only the management account and delegated administrators are told",
    ),
    "region-unlisted": NoticeWords(
        _region_says,
        _region_not_seen,
        _always('list them under `regions`, or write `regions = "all"`'),
        _same_way,
    ),
    "bucket-archives": NoticeWords(
        _moved_says,
        _always("cannot tell whether a lifecycle moves logs away"),
        _always("move to GLACIER_IR, or later than anybody reads: `logkeep help bucket-archives`"),
        _moved_way,
    ),
    "key-unused": NoticeWords(
        _key_says,
        _always("cannot tell whether another key was made for the fleet"),
        _always("make sure that no log needs it, then delete it: `logkeep help key-unused`"),
        _all_the_same,
    ),
}
"""The words of notices about accounts, Regions, buckets and keys, which every kind may give."""


@functools.cache
def all_words() -> Mapping[str, NoticeWords]:
    """The words of every code of notices there is."""
    return gathered("the code of a notice", WORDS, lambda source: source.wording.notices)
