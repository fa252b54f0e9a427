"""The words that vectors are made of."""

import re

import pytest

from warta.transforms.stories.vectors import words_of

_WORD = re.compile("[a-z\u00e0-\u00f6\u00f8-\u024f]{2,}")


def test_words_are_runs_of_latin_letters_whatever_is_between() -> None:
    """For every code point between letters: in Latin-1, in UTF-8's bytes, beyond both."""
    for point in range(0x3000):
        text = f"Ab{chr(point)}cd {chr(point)}{chr(point)} é{chr(point)}"
        assert words_of(text) == _WORD.findall(text.lower()), hex(point)


@pytest.mark.parametrize("odd", ["\ud800", "\U0001f600", "İstanbul", "ǅungla", "Škoda", "“Kabut”"])
def test_words_beside_odd_letters(odd: str) -> None:
    """Half a pair, a picture, letters that grow when they are made small."""
    text = f"Kapal {odd} karam, a b di Selat{odd}"
    assert words_of(text) == _WORD.findall(text.lower())
