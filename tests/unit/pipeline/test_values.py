"""Numbers and spans that options take: none that something after them fails of."""

import click
import pytest

from warta.pipeline.commands.values import Amount, Count, Span


@pytest.mark.parametrize(
    ("kind", "given", "wanted"),
    [
        (Count(1), "7", 7),
        (Count(), "0", 0),
        (Count(1, 1 << 20), "1048576", 1 << 20),
        (Amount(0, 1), "0.5", 0.5),
        (Amount(min=0), "inf", float("inf")),
        (Span(), "90", 90.0),
        (Span(), "1h30m", 5400.0),
        (Span(), "36500d", 36_500 * 86_400.0),
    ],
)
def test_what_can_be_meant_is_taken(
    kind: click.ParamType[float], given: str, wanted: float
) -> None:
    """As a number, spans in seconds."""
    assert kind.convert(given, None, None) == wanted


@pytest.mark.parametrize(
    ("kind", "given", "why"),
    [
        (Count(1), "0", "not in the range x>=1"),
        (Count(1), "9" * 30, "is more than 1,000,000,000,000"),
        (Count(1, 1 << 20), "1048577", "not in the range"),
        (Amount(0, 1), "nan", "is not a number"),
        (Amount(min=0), "-1", "not in the range"),
        (Span(), "\u00b2", "is not a span"),
        (Span(), "nan", "is not a span"),
        (Span(), "1e999s", "is not a span"),
        (Span(), "36501d", "a hundred years at most"),
        (Span(), "9" * 400 + "s", "a hundred years at most"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    kind: click.ParamType[float], given: str, why: str
) -> None:
    """In words; nothing is raised that the command line does not expect."""
    with pytest.raises(click.BadParameter, match=why):
        kind.convert(given, None, None)
