"""A text loses its quoting as the standard library has it lose it."""

from __future__ import annotations

from urllib.parse import quote, unquote

from botocore import handlers
from hypothesis import example, given
from hypothesis import strategies as st

from logkeep.aws.quoted import DOCUMENT, unquoted
from logkeep.aws.session import plain_sdk
from support.examples import examples

PIECES = st.sampled_from(["%7B", "%7b", "%25", "%", "41", "%2", "%C3%A9", "%E9", "é", "a", "+"])


@examples(300)
@given(st.lists(PIECES).map("".join) | st.text() | st.text().map(quote))
@example("%2541%41")
@example("%%3241")
def test_it_is_what_the_standard_library_gives(text: str) -> None:
    assert unquoted(text) == unquote(text)


def test_the_sdk_still_reads_policies_by_the_same_name() -> None:
    """Else its own reading would stand beside ours, or none would."""
    registered = {(name, each) for name, each, *_ in handlers.BUILTIN_HANDLERS}
    assert ("after-call.iam", handlers.json_decode_policies) in registered
    model = plain_sdk().get_service_model("iam")
    members = model.operation_model("GetRolePolicy").output_shape.members
    assert members["PolicyDocument"].name == DOCUMENT
