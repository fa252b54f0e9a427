"""Words that were seen before: where they are, what is known of them, when they are forgotten."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warta.transforms.tagging.entities import EntityTagger
from warta.transforms.tagging.ner import vocabulary
from warta.transforms.tagging.ner.crf import load_weights
from warta.transforms.tagging.ner.features import word_class, word_features
from warta.transforms.tagging.ner.gazetteer import Gazetteer
from warta.transforms.tagging.ner.tokens import join_tokens, opens_sentence, tokenise
from warta.transforms.tagging.ner.vocabulary import TextBatch, Vocabulary
from warta.transforms.tagging.ner.word_scores import CLASS_NUMBERS, FeatureTable, WordScores
from warta.transforms.tagging.ner.word_tables import load_rules

RULES = load_rules("id")
NO_NAMES = Gazetteer(iter(()))
SENTENCE = ["Wirya", "Saptono", "ke", "Jepang", "."]
ODD = "aB1 .,-'’\n\r\t\0\x1c\x85\u00a0\u2003\u3000é漢🌧\ud800"
TEXTS = st.lists(
    st.text(
        st.sampled_from("aB1 .,-'’\n\r\t\0\x1c\x85\u00a0\u2003\u3000é漢🌧\ud800") | st.characters()
    ),
    max_size=4,
)


@settings(deadline=None, max_examples=150)
@given(TEXTS)
def test_a_batch_has_the_words_of_its_texts_at_their_places(texts: list[str]) -> None:
    """Each text is cut as alone, whatever its blanks are: words, places, openings, neighbours."""
    batch = Vocabulary(RULES, NO_NAMES).read(texts)
    assert len(batch.bounds) == len(texts) + 1
    for number, text in enumerate(texts):
        tokens = tokenise(text)
        first, last = batch.bounds[number] + 1, batch.bounds[number + 1]
        assert [word.text for word in batch.words[first:last]] == tokens.words
        assert batch.starts[first:last] == tokens.starts
        assert batch.ends[first:last] == tokens.ends
        assert batch.opens[first:last] == [opens_sentence(tokens, at) for at in range(len(tokens))]
        touching = [tokens.touch(at) for at in range(len(tokens) - 1)]
        assert batch.touches[first:last] == [*touching, False][: len(tokens)]
        lines = [text[:start].count("\n") for start in tokens.starts]
        assert (np.diff(batch.lines[first:last]) == np.diff(lines)).all()
    assert not any(batch.words[bound].text for bound in batch.bounds)
    assert not any(batch.touches[bound] for bound in batch.bounds)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text("aB. -", max_size=6), max_size=8))
def test_words_that_others_cut_stay_as_they_are(words: list[str]) -> None:
    """As many words as are given, also empty ones and ones with blanks."""
    batch = Vocabulary(RULES, NO_NAMES).of_words(words)
    tokens = join_tokens(words)
    assert [word.text for word in batch.words[1:-1]] == words
    assert batch.starts[1:-1] == tokens.starts
    assert batch.ends[1:-1] == tokens.ends
    assert batch.opens[1:-1] == [opens_sentence(tokens, at) for at in range(len(words))]
    assert batch.touches == [False, *[True] * (len(words) - 1), *[False] * 2][: len(words) + 2]


def summed(word: str, table: dict[str, np.ndarray], labels: int) -> np.ndarray:
    """Return what the features of a word add at each offset, by their names."""
    named = word_features(word, RULES)
    none = np.zeros(labels)
    return np.asarray([sum((table.get(name, none) for name in named[at]), none) for at in named])


def test_scores_of_words_are_the_sums_of_their_features() -> None:
    """What is gathered by rows is what training names: in news, in cues, in odd words."""
    weights = load_weights("id")
    table = dict(zip(weights.features, weights.by_label, strict=True))
    words = [*SENTENCE, "Menteri", "PT", "bin", "McDonald", "B-52", "2026", "Résumé", "“", "a" * 99]
    stored = WordScores(FeatureTable.build(weights.features, weights.by_label))
    batch = Vocabulary(RULES, NO_NAMES, stored).of_words(words)
    for row, word in zip(batch.rows[1:-1].tolist(), words, strict=True):
        assert np.allclose(stored.bank[row], summed(word, table, len(weights.labels)), atol=1e-5)
        assert stored.kinds[row] == CLASS_NUMBERS[word_class(word)]


def test_full_stores_forget_words_and_change_no_label(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many words pass, memory stays bounded and the labels stay the same."""
    tagger = EntityTagger.load("id")
    before = tagger.label([SENTENCE])
    monkeypatch.setattr(vocabulary, "KEPT_WORDS", 10)
    for number in range(50):
        assert tagger.label([SENTENCE]) == before
        tagger.label([[f"Kata{number}"]])


def test_words_that_come_again_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full store loses the words that came once; rows, classes and scores move together."""
    weights = load_weights("id")
    table = FeatureTable.build(weights.features, weights.by_label)
    stored, fresh = WordScores(table), WordScores(table)
    own, other = Vocabulary(RULES, NO_NAMES, stored), Vocabulary(RULES, NO_NAMES, fresh)
    monkeypatch.setattr(vocabulary, "KEPT_WORDS", 40)
    for number in range(200):
        own.read([f"Kota kecil di kata{number}"])
        assert len(own._words) <= 42
        assert len(own._words) == len(own._row_of) + 1
    assert {"Kota", "kecil", "di"} < set(own._row_of)
    text = "Menteri Kota kecil (di) Jepang."
    mine, theirs = own.read([text]), other.read([text])
    assert facts(mine) == facts(theirs)
    assert (stored.bank[mine.rows] == fresh.bank[theirs.rows]).all()
    assert (stored.kinds[mine.rows] == fresh.kinds[theirs.rows]).all()


def facts(batch: TextBatch) -> list[object]:
    """Return what a batch says of its words."""
    words = [word.text for word in batch.words]
    return [words, batch.starts, batch.ends, batch.opens, batch.capitals, batch.title_words]


def test_long_and_many_chunks_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither words that are not words nor numbers in brackets gather without end."""
    words = Vocabulary(RULES, NO_NAMES)
    monkeypatch.setattr(vocabulary, "KEPT_CHARS", 5_000)
    monkeypatch.setattr(vocabulary, "KEPT_CHUNKS", 30)
    for number in range(20):
        words.read([f"({number}), " + "x" * (1_000 + number)])
        assert words._chars <= 5_000 + 2 * 1_100
        words.read([f"di-{number}. di,{number}"])
        assert len(words._chunks) <= 30 + 3
