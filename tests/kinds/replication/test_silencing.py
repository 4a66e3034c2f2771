"""Who could end a replication: whoever sets the rules of the bucket, or pauses them."""

from __future__ import annotations

from kinds.replication.test_cases import plain
from logkeep.snapshot.facts import Facts
from logkeep.sources.silencing import undeclared
from logkeep.who import silence


def test_whoever_sets_a_buckets_rules_ends_its_replication() -> None:
    facts = Facts(*plain())
    assert "replication" not in undeclared(facts)
    captures = [each for each in silence(facts).captures if each.kind == "replication"]
    assert captures
    actions = {r.action for each in captures for h in each.holders for r in h.reasons}
    assert "s3:PutReplicationConfiguration" in actions
