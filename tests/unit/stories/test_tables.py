"""The tables of rare words, and how they are made."""

import gzip
from pathlib import Path

import numpy as np

from training.stories import build, read_frequencies
from warta.transforms.stories.vectors import TABLE_FOLDER, table_of, table_of_scheme, term_of


def test_every_table_knows_common_words_and_names_its_scheme() -> None:
    """A common word weighs little, an unknown one most; Malay is read with Indonesian."""
    for language, common in (("id", "yang"), ("en", "the")):
        table = table_of(language)
        assert table is not None
        assert table.idf[term_of(common)] < 0.1
        assert max(table.idf.values()) <= table.unknown
        assert table_of_scheme(table.scheme) == table
    assert table_of("ms-MY") == table_of("id")
    assert table_of_scheme("tfidf0/id/32") is None


def test_a_table_is_made_of_frequencies_alone(tmp_path: Path) -> None:
    """Wordfreq's files are MessagePack: words by their rank in hundredths of a power of ten."""
    head = b"\x83\xa6format\xa2cB\xa7version\x01\xa1x\xcc\xff"
    body = b"\x93\x90\x92\xa3the\xa2a1\xdc\x00\x01\xd9\x05ferry"
    path = tmp_path / "list.msgpack.gz"
    path.write_bytes(gzip.compress(b"\x94" + head + body[1:]))
    shares = read_frequencies(path)
    assert list(shares) == ["the", "ferry"]
    card = {"words": 2, "text_words": 100, "unknown": 9.0, "steps": 20}
    arrays = build(shares, card)
    assert np.array_equal(arrays["terms"], sorted([term_of("the"), term_of("ferry")]))
    assert arrays["idf"].dtype == np.uint8


def test_every_table_has_its_card() -> None:
    """A table without a card, or a card without a table, is a fault of packaging."""
    names = {path.stem for path in TABLE_FOLDER.glob("*.npz")}
    assert names == {path.stem for path in TABLE_FOLDER.glob("*.toml")}
