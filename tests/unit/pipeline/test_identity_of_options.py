"""Hashes of records and ids of batches are what they were when lakes were made.

The values are those of the code in which one class, `Limits`, held all of these options: its text
is part of what is hashed.
"""

import pytest

from warta.pipeline import inputs
from warta.pipeline.options import RunOptions
from warta.transforms.core.ids import record_hash
from warta.transforms.core.options import CleaningOptions, DedupOptions, InputLimits, fingerprint
from warta.transforms.core.records import Reference, Source, SourceItem

DEFAULT = (InputLimits(), CleaningOptions())
OTHER = (
    InputLimits(max_record_bytes=1000, max_depth=9, reject_raw_bytes=64),
    CleaningOptions(max_seconds=1.5, min_words=11, extraction="accurate", keep_bad_dates=True),
)
ITEM = SourceItem(
    Source("inbox/*.jsonl", language="id", publisher="Harian Contoh", time_zone="Asia/Jakarta"),
    "inbox/a.jsonl",
    "@0",
    "jsonl",
    b"{}",
    "Kapal berlabuh di dermaga baru.",
    "text",
    url="https://harian.example/kapal",
    headline="Kapal",
    authors=("Sari",),
    keywords=("laut",),
    identity="guid-7",
)
FOLDER = Source("inbox/*.jsonl", language="id")
REFERENCES = [
    Reference(FOLDER, "inbox/a.jsonl", "jsonl", size=10, stamp="10-1"),
    Reference(FOLDER, "inbox/b.jsonl", "jsonl", size=20, start=5, end=20, stamp="20-2"),
]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            DEFAULT,
            "Limits(max_record_bytes=10000000, max_depth=512, max_seconds=20.0, min_words=5, "
            "reject_raw_bytes=65536, extraction='fast', keep_bad_dates=False)",
        ),
        (
            OTHER,
            "Limits(max_record_bytes=1000, max_depth=9, max_seconds=1.5, min_words=11, "
            "reject_raw_bytes=64, extraction='accurate', keep_bad_dates=True)",
        ),
    ],
)
def test_the_text_of_options_is_that_of_the_first_lakes(
    given: tuple[InputLimits, CleaningOptions], text: str
) -> None:
    """Byte for byte."""
    assert fingerprint(*given) == text


@pytest.mark.parametrize(
    ("given", "expected"), [(DEFAULT, 4681755676102658527), (OTHER, -6117978635955690570)]
)
def test_old_lakes_know_their_records(
    given: tuple[InputLimits, CleaningOptions], expected: int
) -> None:
    """The hash of a record is the one that the lake holds."""
    assert record_hash(ITEM, f"1.2.3 {fingerprint(*given)}") == expected


@pytest.mark.parametrize(
    ("given", "expected"), [(DEFAULT, "7d1f62c23fae5643d40c"), (OTHER, "25d65b46e44423bb7a5b")]
)
def test_a_killed_runs_batch_is_recognised_after_an_update(
    monkeypatch: pytest.MonkeyPatch, given: tuple[InputLimits, CleaningOptions], expected: str
) -> None:
    """Its id is the one under which it was staged."""
    monkeypatch.setattr(inputs, "versions", lambda: {"warta": "1.2.3", "tables": "abc"})
    limits, cleaning = given
    dedup = DedupOptions(days=9, near_threshold=0.7)
    options = RunOptions((), "lake", limits, cleaning, dedup=dedup)
    assert inputs.commit_id_of(REFERENCES, options) == expected
