"""Words, their places, sentence openers and headings."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warta.transforms.tagging.ner.tokens import (
    headings,
    is_title_case,
    join_tokens,
    opens_sentence,
    tokenise,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Rusia-AS berunding.", ["Rusia", "-", "AS", "berunding", "."]),
        ("Kim Jong-un", ["Kim", "Jong-un"]),
        ("Bashar Al-Assad", ["Bashar", "Al-Assad"]),
        ("Ma'ruf membaca Berita.com", ["Ma'ruf", "membaca", "Berita.com"]),
        ("U.S. officials", ["U.S.", "officials"]),
        ("Kabut Post's Nora", ["Kabut", "Post", "'s", "Nora"]),
        ("Kabut’s Jum’at", ["Kabut", "’s", "Jum’at"]),
        ("People's Union", ["People's", "Union"]),
        ("(MA)", ["(", "MA", ")"]),
        ("", []),
    ],
)
def test_words_are_split_where_names_are(text: str, words: list[str]) -> None:
    """Two names on a hyphen are two, one name with a hyphen, dot or apostrophe is one."""
    assert tokenise(text).words == words


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=200))
def test_every_word_is_where_its_offsets_say(text: str) -> None:
    """Offsets are code points of the text, whatever the text is."""
    tokens = tokenise(text)
    for word, start, end in zip(tokens.words, tokens.starts, tokens.ends, strict=True):
        assert text[start:end] == word


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(max_size=8), max_size=12))
def test_tokens_of_others_keep_their_number_and_places(words: list[str]) -> None:
    """Split words are joined without being split again."""
    tokens = join_tokens(words)
    assert [tokens.text[a:b] for a, b in zip(tokens.starts, tokens.ends, strict=True)] == words


def test_sentence_openers_follow_stops_quotes_and_line_ends() -> None:
    """The first word, one after a stop or quotation mark, and one on a new line open."""
    tokens = tokenise('Kota ramai. Warga "Senang" pulang\nMalam tiba')
    openers = {tokens.words[i] for i in range(len(tokens)) if opens_sentence(tokens, i)}
    assert {"Kota", "Warga", "Senang", "Malam"} <= openers
    assert not {"ramai", "tiba"} & openers


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Pemerintah Siapkan Bantuan Pangan Warga Pesisir", True),
        ("Pemerintah siapkan bantuan pangan bagi warga pesisir", False),
        ("Pemerintah Siapkan Bantuan Pangan Warga Pesisir.", False),
        ("Rini Wulandari", False),
        ("", False),
    ],
)
def test_title_case_is_distinguished_from_sentences_and_names(line: str, expected: bool) -> None:
    """A heading has capitals nearly throughout and no final stop."""
    assert is_title_case(line) is expected


def test_headings_are_given_by_their_code_points() -> None:
    """The range of a heading is that of its line."""
    text = "Hujan turun 🌧 lama.\nBanjir Landa Kawasan Pesisir Utara\nAir surut."
    (found,) = headings(text)
    assert text[found[0] : found[1]] == "Banjir Landa Kawasan Pesisir Utara"
