"""What is measured of markup before a parser sees it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warta.transforms.cleaning.html.parsing import (
    LONG_TAG_CHARS,
    bound_nesting,
    long_chunks,
    measure_nesting,
    tag_names,
)


@pytest.mark.parametrize(
    ("markup", "depth"),
    [
        ("", 0),
        ("<div><div></div></div>", 2),
        ("<div></div><div></div>", 1),
        ("<p><p><p><br><li>", 0),
        ("<div></span></div><i>", 1),
        ("</div></div><div>", 1),
        ("<Div><dIV></DIV>", 2),
    ],
)
def test_nesting_is_counted_by_name(markup: str, depth: int) -> None:
    """An end tag counts only against start tags of its own name."""
    assert measure_nesting(tag_names(markup)).depth == depth


_NAMES = st.sampled_from(["div", "/div", "DIV", "b", "/b", "/B", "br", "/i", "span", "/span"])


@settings(deadline=None, max_examples=200)
@given(st.lists(_NAMES, max_size=60), st.lists(_NAMES, max_size=3), st.integers(1, 300))
def test_counts_of_names_never_say_less_than_their_order(
    names: list[str], row: list[str], times: int
) -> None:
    """What the cheap bound lets pass is within the limits."""
    names += row * times
    bound, measured = bound_nesting(names), measure_nesting(names)
    assert bound.depth >= measured.depth
    assert bound.formatting >= measured.formatting


def test_a_page_of_usual_nesting_is_cleared_by_counts_alone() -> None:
    """Of 10,000 elements in rows, no more are open at once than a stretch of tags holds."""
    row = ["div", *["span", "/span"] * 100, "/div"]
    assert bound_nesting(row * 50).depth < 300


_PARTS = st.sampled_from(
    ["<", "<p", *("x" * (LONG_TAG_CHARS + more) for more in (-1, 0, 1, 2, 9_000)), "x" * 1_999, "y"]
)


@settings(deadline=None, max_examples=200)
@given(st.lists(_PARTS, max_size=12).map("".join))
def test_long_chunks_are_all_that_are_long(markup: str) -> None:
    """Windows find what a cut at each bracket does."""
    chunks = markup.split("<")[1:]
    assert list(long_chunks(markup)) == [one for one in chunks if len(one) > LONG_TAG_CHARS]
