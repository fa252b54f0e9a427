"""The context of a reject: how it was read, as the lake keeps it."""

import pytest

from warta.transforms.core.errors import LakeError
from warta.transforms.core.records import Reject
from warta.transforms.sources.context import decode_context


@pytest.mark.parametrize("context", ["{" * 2_000, '"\x01"', "[1]", "null!"])
def test_a_damaged_context_is_one_line(context: str) -> None:
    """Neither a traceback nor a guess at how the record was read."""
    row = Reject("read", "bad_json", "x", "dumps/a.jsonl", "@0", b"{", 1, context=context)
    with pytest.raises(LakeError, match=r"context of a reject of dumps/a\.jsonl"):
        decode_context(row)
