"""Fingerprints and duplicates: the same everywhere, found when edited, not found when unrelated."""

import os
import random
import select
import signal
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.articles import sample_paragraphs
from tests.support.lakes import article, table_of, words, write_plainly, write_run
from tests.support.waiting import PATIENCE_S
from warta.transforms.dedup import candidates
from warta.transforms.dedup.candidates import MAX_ALL_PAIRS, pairs_within
from warta.transforms.dedup.duplicates import measure
from warta.transforms.dedup.signatures import (
    BANDS,
    MAX_CHARS,
    MINHASH_SCHEME,
    band_hashes,
    overlap,
    shingles,
    sign,
)
from warta.transforms.lake.storage import Lake

TOPIC_SET = Path(__file__).parents[3] / "evaluation" / "topic_set"
TEXT = "Nelayan Teluk Awur pulang lebih awal. Angin kencang memutus tali perahu mereka."


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (TEXT, TEXT.upper(), True),
        (TEXT, TEXT.replace(". ", " — ").replace(".", "!"), True),
        (TEXT, TEXT.replace(" ", "\n\n"), True),
        (TEXT, TEXT.replace("Awur", "Aur"), False),
        ("satu dua", "dua satu", True),  # two words are one bag
        ("satu dua tiga", "tiga dua satu", False),
        ("ÉCOLE normale supérieure", "école Normale SUPÉRIEURE", True),
        ("新闻报道今天", "新闻报道今天", True),
        ("新闻报道今天", "新闻报道明天", False),
    ],
)
def test_words_decide_and_nothing_else(left: str, right: str, same: bool) -> None:
    """Case, punctuation and white space do not count; the order of words does."""
    assert (np.unique(shingles(left)).tolist() == np.unique(shingles(right)).tolist()) is same


def test_a_text_without_words_has_no_shingles() -> None:
    """Nothing, blanks and punctuation give an empty set, and can still be signed."""
    texts = ["", "  \n", "—!?", "\x00"]
    assert [len(shingles(text)) for text in texts] == [0, 0, 0, 0]
    assert sign(texts).minhash.shape == (4, 128)
    assert sign([]).bands.shape == (0, BANDS)


def test_trigrams_are_counted_as_a_person_would() -> None:
    """Six words hold four trigrams; ideographs count one by one."""
    assert len(shingles("satu, dua, tiga; empat lima enam")) == 4
    assert len(shingles("新闻报道今天")) == 4


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=300))
def test_any_text_can_be_signed(text: str) -> None:
    """No text, however odd, breaks the fingerprint, and the same text has the same one."""
    first, second = sign([text, "between"]), sign([text])
    assert (first.minhash[0] == second.minhash[0]).all()
    assert (first.bands[0] == second.bands[0]).all()


def test_long_texts_are_bounded() -> None:
    """Only the first part of a huge text counts."""
    text = "kata " * (MAX_CHARS // 5)
    assert len(shingles(text + words(500, 1))) <= len(shingles(text)) + 3


def test_signatures_are_the_same_in_another_process() -> None:
    """Python's hash randomisation, or another day, changes nothing."""
    code = (
        "from warta.transforms.dedup.signatures import sign;"
        f"print(sign([{TEXT!r}]).minhash.tobytes().hex())"
    )
    env = {"PYTHONHASHSEED": "7", "PATH": ""}
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=env, check=True, timeout=PATIENCE_S
    )
    assert out.stdout.decode().strip() == sign([TEXT]).minhash.tobytes().hex()


def test_the_scheme_pins_the_signature() -> None:
    """A change of the algorithm must change the scheme's name: stored signatures outlive us."""
    assert MINHASH_SCHEME == "rensa-rminhash-2/128/32x4/words3/seed42"
    assert sign([TEXT]).minhash[0, :3].tolist() == PINNED


PINNED = [3382230618, 3222392986, 3244119718]


def _edited(text: str, seed: int) -> dict[str, str]:
    choose = random.Random(seed)  # noqa: S311
    sentences = text.split(". ")
    kept = [s for s in sentences if choose.random() > 0.1]
    return {
        "sentences dropped": ". ".join(kept),
        "lead prepended": words(30, f"lead{seed}") + " " + text,
        "dateline changed": "SURABAYA, KABAR - " + text,
        "tail appended": text + " " + words(40, f"tail{seed}"),
        "most of it, and another tail": ". ".join(sentences[: len(sentences) * 7 // 10])
        + ". "
        + words(20, f"end{seed}"),
    }


def _keys(texts: list[str]) -> pa.Table:
    bands = sign(texts).bands
    return pa.table(
        {
            "minhash_bands": pa.array(bands.tolist(), pa.list_(pa.uint64())),
            "minhash_scheme": [MINHASH_SCHEME] * len(texts),
        }
    )


def test_edited_copies_meet_and_unrelated_texts_do_not() -> None:
    """Of edited pairs at least 95% are found, of unrelated ones fewer than 1 in 10,000."""
    originals = [words(220, f"story{i}") for i in range(150)]
    kinds = list(_edited(originals[0], 0))
    texts = originals + [
        edit for i, text in enumerate(originals) for edit in _edited(text, i).values()
    ]
    family = [*range(150), *(i for i in range(150) for _ in kinds)]
    sets = [np.unique(shingles(text)) for text in texts]
    pairs = pairs_within(_keys(texts), np.arange(len(texts)))
    found = {(a, b) for a, b in pairs.tolist() if max(measure(sets[a], sets[b])) >= 0.8}
    for number, kind in enumerate(kinds):
        edits = [(i, 150 + i * len(kinds) + number) for i in range(150)]
        recall = sum(pair in found for pair in edits) / len(edits)
        assert recall >= 0.95, kind
    false = sum(family[a] != family[b] for a, b in found)
    unrelated = sum(family[a] != family[b] for a, b in combinations(range(len(texts)), 2))
    assert false / unrelated < 1e-4


def test_prose_is_distinguished_from_its_copies_and_from_its_neighbours(tmp_path: Path) -> None:
    """Of the samples' articles, edited, at least 95% are marked; those of one topic never are."""
    bodies = [". ".join(body) + "." for pool in sample_paragraphs().values() for body in pool]
    originals = [
        article(f"o{n}", body=body, day="2026-11-09")
        for n, body in enumerate(dict.fromkeys(bodies))
    ]
    edits = {
        f"{kind}, of o{number}": text
        for number, original in enumerate(originals)
        for kind, text in _edited(original.article_body, number).items()
    }
    copies = [article(name, body=body, day="2026-11-10") for name, body in edits.items()]
    lines = [
        orjson.loads(line)
        for language in ("id", "en")
        for line in (TOPIC_SET / f"{language}.jsonl").read_bytes().splitlines()
    ]
    leads = [article(line["id"], body=line["text"], day="2026-11-10") for line in lines]
    lake = Lake(str(tmp_path / "lake"))
    write_run(lake, originals, "t1")
    write_run(lake, [*copies, *leads], "t2")
    rows = {row["article_id"]: row for row in table_of(lake, "articles").to_pylist()}
    sources = {one.article_id: one for one in originals}
    for kind in _edited("a. b", 0):
        of_kind = [one for one, name in zip(copies, edits, strict=True) if name.startswith(kind)]
        found = sum(rows[one.article_id]["duplicate_of"] in sources for one in of_kind)
        assert found / len(of_kind) >= 0.95, kind
    assert [one for one in leads if rows[one.article_id]["duplicate_of"]] == []


def test_many_copies_of_one_notice_cost_a_line_not_a_square() -> None:
    """Each row of a crowded band meets the earliest and its neighbours only."""
    count = 300
    pairs = pairs_within(_keys([words(60, "notice")] * count), np.arange(count))
    assert {(0, row) for row in range(1, count)} <= set(map(tuple, pairs.tolist()))
    assert len(pairs) < count * (MAX_ALL_PAIRS + 2)
    assert (pairs[:, 0] < pairs[:, 1]).all()


def test_rows_that_are_dropped_do_not_stand_between_copies() -> None:
    """In a crowded band the rows that are left meet each other, however many were between them."""
    texts = [words(60, "notice")] * 3 * MAX_ALL_PAIRS
    left = [2, 11, 20]
    dropped = {*range(len(texts))} - {*left}
    pairs = pairs_within(_keys(texts), np.arange(len(texts)), dropped)
    assert pairs.tolist() == [[2, 11], [2, 20], [11, 20]]


def test_pairs_are_merged_band_by_band(monkeypatch: pytest.MonkeyPatch) -> None:
    """However seldom or often they are merged, the pairs are the same, in the same order."""
    keys = _keys([words(60, f"notice {row % 3}") for row in range(90)])
    rank = np.arange(90)[::-1].copy()
    whole = pairs_within(keys, rank)
    monkeypatch.setattr(candidates, "_MERGED_PAIRS", 1)
    assert pairs_within(keys, rank).tolist() == whole.tolist()
    assert (whole[:, 0] > whole[:, 1]).all()


@pytest.mark.parametrize(
    ("left", "right", "jaccard", "contained"),
    [([1, 2, 3, 4], [3, 4, 5], 0.4, 2 / 3), ([1], [1], 1.0, 1.0), ([], [1], 0.0, 0.0)],
)
def test_overlap(left: list[int], right: list[int], jaccard: float, contained: float) -> None:
    """Jaccard and containment as their definitions say."""
    sets = np.array(left, dtype=np.uint64), np.array(right, dtype=np.uint64)
    assert overlap(*sets) == pytest.approx((jaccard, contained))


def test_a_dozen_words_are_too_few_to_call_copies() -> None:
    """Short texts are compared by their content only."""
    short = np.unique(shingles("Tidak ada gempa yang dirasakan warga pada hari ini"))
    assert measure(short, short) == (0.0, 0.0)


def test_bands_depend_on_their_place() -> None:
    """Equal rows in two bands give two values, so that bands never meet across."""
    bands = band_hashes(np.ones((1, 128), dtype=np.uint32))
    assert len(set(bands[0].tolist())) == BANDS
    assert int(bands.max()) < 1 << 48


def test_a_forked_process_signs_too() -> None:
    """Whatever was signed before the fork left no threads that the other process would wait for."""
    texts = [words(50, number) for number in range(400)]
    signed = sign(texts)
    child = os.fork()
    if not child:
        same = bool((sign(texts).minhash == signed.minhash).all())
        os._exit(0 if same else 1)
    exited, _, _ = select.select([os.pidfd_open(child)], [], [], 60)
    if not exited:
        os.kill(child, signal.SIGKILL)
    assert os.waitpid(child, 0) == (child, 0)


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=20))
def test_texts_signed_together_are_signed_as_alone(texts: list[str]) -> None:
    """Whatever is beside a text, of whatever script, its signature is its own."""
    together = sign(texts)
    for row, text in enumerate(texts):
        assert (together.minhash[row] == sign([text]).minhash[0]).all()


def test_repeats_of_a_record_do_not_hide_whose_copy_it_is(tmp_path: Path) -> None:
    """Rows that are dropped take none of the places where a published row meets a batch."""
    lake = Lake(str(tmp_path / "lake"))
    body = words(120, "harbour")
    write_plainly(lake, [article("first", body=body, day="2026-11-09")], "one")
    edited = f"{body} Warga menyambut."
    # The last of the batch is the one that stays: ids are in the order of text.
    repeats = [
        article("second", body=edited, source_record_id=f"@{number:02}")
        for number in reversed(range(20))
    ]
    write_plainly(lake, repeats, "two")
    rows = {row["canonical_url"]: row for row in table_of(lake, "articles").to_pylist()}
    first, second = (rows[f"https://berita.example/{name}"] for name in ("first", "second"))
    assert second["duplicate_of"] == first["article_id"]
    assert len(rows) == 2
