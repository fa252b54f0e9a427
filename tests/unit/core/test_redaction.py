"""What may be stored and shown: no keys, and nothing that acts on a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warta.transforms.core.redaction import (
    MASK,
    displayable,
    is_masked,
    mask_secrets,
    printable,
    storable,
    storable_items,
    without_controls,
)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (
            "https://a.example/rss?api_key=R4h4s1a&page=2",
            "https://a.example/rss?api_key=***&page=2",
        ),
        ("https://a.example/rss?page=2&apiKey=R4h4s1a", "https://a.example/rss?page=2&apiKey=***"),
        ("https://a.example/x?access_token=a.b#top", "https://a.example/x?access_token=***#top"),
        ("https://a.example/x?sig=ab%2Bc&se=2027", "https://a.example/x?sig=***&se=2027"),
        ("https://a.example/#id_token=ab", "https://a.example/#id_token=***"),
        ("https://a.example/x?PASSWORD=s", "https://a.example/x?PASSWORD=***"),
        (
            "https://b.example/k?X-Amz-Date=1&X-Amz-Credential=A%2F1&X-Amz-Signature=0f",
            "https://b.example/k?X-Amz-Date=1&X-Amz-Credential=***&X-Amz-Signature=***",
        ),
        (
            "https://c.example/go?u=https%3A%2F%2Fa.example%2F%3Ftoken%3Dabc%26p%3D1&z=2",
            "https://c.example/go?u=https%3A%2F%2Fa.example%2F%3Ftoken%3D***%26p%3D1&z=2",
        ),
        (
            "s3://AKIA:pw@bucket/news?secret_key=s&region=x",
            "s3://bucket/news?secret_key=***&region=x",
        ),
        ("cannot open ftp://ana:pw@h/x: no such host", "cannot open ftp://h/x: no such host"),
        ("&amp;token=abc stays HTML", "&amp;token=*** stays HTML"),
        ("?key=AIzaSyD3kd93kdkd93kdkkdk9", "?key=***"),
        ("?key=banjir-jakarta-surut", "?key=banjir-jakarta-surut"),
        (
            "?tokenize=1&sign=2&compass=n&author=Sari&id=3",
            "?tokenize=1&sign=2&compass=n&author=Sari&id=3",
        ),
        ("Kata sandi: token = rahasia", "Kata sandi: token = rahasia"),
        ("", ""),
    ],
)
def test_keys_are_masked_and_nothing_else(given: str, kept: str) -> None:
    """By the names of parameters; what is masked once stays as it is."""
    assert mask_secrets(given) == kept
    assert mask_secrets(kept) == kept
    assert is_masked(kept) == (MASK in kept)


@given(st.text(st.sampled_from("&?;#=%3DF26tokensig_-:/@.x ")))
def test_masking_ends_and_is_done_once(text: str) -> None:
    """Whatever comes in, a second pass changes nothing."""
    once = mask_secrets(text)
    assert mask_secrets(once) == once


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("&" + "a" * 60, "&" + "a" * 60),
        (";a", ";a"),
        ("&key=" + "a1" * 20, "&key=***"),
        ("://", "://"),
        ("%3D%26token", "%3D%26token"),
    ],
)
def test_a_megabyte_of_beginnings_is_read_to_its_end(text: str, kept: str) -> None:
    """What patterns look for, over and over: quadratic work would not come to its end."""
    times = 1_000_000 // len(text)
    assert mask_secrets(text * times + "=").startswith(kept * times)


@pytest.mark.parametrize("form", ["?{}token=x", "%3F{}token%3Dx"])
def test_a_name_is_looked_at_for_sixty_characters(form: str) -> None:
    """So much at most is read from each place where one may begin, however long a text is."""
    assert MASK in mask_secrets(form.format("a" * 60))
    for length in (61, 100_000):
        text = form.format("a" * length)
        assert mask_secrets(text) == text


@given(st.text(st.characters()))
def test_a_terminal_gets_nothing_that_acts(text: str) -> None:
    """No control character but line ends and tabs, no surrogate, no change of direction."""
    shown = displayable(text)
    categories = {unicodedata.category(char) for char in shown if char not in "\n\t"}
    assert not categories & {"Cc", "Cs"}
    assert not {unicodedata.bidirectional(char) for char in shown} & {"RLO", "LRO", "RLE", "LRI"}
    assert len(printable(text)) == len(text)


def test_columns_keep_their_length_and_their_writing() -> None:
    """A control character becomes a blank in its place; marks of direction stay."""
    text = "a\x1b[31mb\x85c\u200fd\te\nf\x00\x7f"
    assert without_controls(text) == "a [31mb c\u200fd\te\nf  "
    assert storable("x?token=\x1b1") == "x?token=***"
    assert storable_items({"a": ["?sig=1", 2, None], "?sig=1": True}) == {
        "a": ["?sig=***", 2, None],
        "?sig=1": True,
    }
