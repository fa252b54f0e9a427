"""What stories cost an article: `python -m benchmarks.stories`, a part of `make bench`.

Vectors are made: 200 words drawn by Zipf's law of 300,000, the 36 rarest kept, two of three shared
with another article of the same event. Each size runs in a process of its own, for its memory.
"""

import argparse
import functools
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.reading import open_parquet
from warta.transforms.lake.storage import Lake
from warta.transforms.stories.clustering import OpenStories
from warta.transforms.stories.grouping import ArticleColumns, OpenColumns, group_columns
from warta.transforms.stories.likeness import ClusterRows
from warta.transforms.stories.vector_rows import VectorRows
from warta.transforms.stories.vectors import table_of, vectorise

SAMPLES = Path(__file__).parent.parent / "sample_data" / "sources" / "text"
SIZES = ((5_000, 75_000), (50_000, 400_000))
"""New articles, and open stories beside them."""
_WORDS = 300_000
_DAY = 739_000
_WEIGHTS = np.linspace(300, 100, 32).astype(np.int32)
_SCHEME = "tfidf1/id/32"


def make_terms(count: int, draw: np.random.Generator) -> Iterator[npt.NDArray[np.int32]]:
    """Yield the heaviest terms of made articles, of shape (n, 36), some thousand at a time."""
    shares = np.cumsum(1 / np.arange(1, _WORDS + 1) ** 0.9)
    hashes = np.random.default_rng(0).permutation(1 << 24)[:_WORDS].astype(np.int32)
    for start in range(0, count, 5_000):
        size = (min(5_000, count - start), 200)
        ranks = np.searchsorted(shares, draw.random(size) * shares[-1])
        ranks.sort(axis=1)
        yield hashes[ranks[:, :-37:-1]]


def story_columns(ids: Sequence[str], draw: np.random.Generator) -> dict[str, object]:
    """Return the story columns of made Indonesian articles, of which one in five follows another.

    Their terms are those of the shipped table; one in fifty has a quarter of them from a sample,
    of whose sentences the new articles of the bench are made: a run meets those.
    """
    table = table_of("id")
    if table is None:
        raise ValueError("no table for Indonesian")
    known = np.array(sorted(table.idf, key=table.idf.__getitem__), dtype=np.int32)[1000:]
    terms = known[draw.integers(0, len(known), (len(ids), 32))]
    samples = _sample_terms()
    for row in np.flatnonzero(draw.random(len(ids)) < 1 / 50):
        terms[row, :8] = draw.choice(samples[draw.integers(len(samples))], 8, replace=False)
    follows = draw.random(len(ids)) < 1 / 5
    follows[0] = False
    first = np.maximum.accumulate(np.where(follows, 0, np.arange(len(ids))))
    return {
        "story_id": [ids[place] for place in first.tolist()],
        "story_relation": ["same_event" if one else None for one in follows],
        "story_of": [ids[place] if row != place else None for row, place in enumerate(first)],
        "story_similarity": [0.5 if one else None for one in follows],
        "story_scheme": [table.scheme] * len(ids),
        "story_terms": list(terms),
        "story_weights": [_WEIGHTS] * len(ids),
    }


@functools.cache
def _sample_terms() -> list[npt.NDArray[np.int32]]:
    """Return the heaviest terms of the Indonesian samples of plain text."""
    vectors = [
        vectorise(None, path.read_text(encoding="utf-8"), "id")
        for path in sorted(SAMPLES.glob("*.txt"))
    ]
    return [np.array(one.terms, dtype=np.int32) for one in vectors if one and len(one.terms) == 32]


def _vectors(blocks: Iterable[npt.NDArray[np.int32]]) -> VectorRows:
    """Return rows of the first 32 terms that differ, with falling weights."""
    parts: list[npt.NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]
    sizes = []
    for block in blocks:
        for row in block:
            _, first = np.unique(row, return_index=True)
            kept = row[np.sort(first)[:32]]
            parts.append(kept)
            sizes.append(len(kept))
        parts = [np.concatenate(parts)]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    numbers = np.arange(starts[-1]) - np.repeat(starts[:-1], sizes)
    return VectorRows(starts, parts[0], _WEIGHTS[numbers])


def made_input(new: int, opened: int) -> tuple[ArticleColumns, OpenColumns]:
    """Return new articles, two thirds of whose terms are those of an event, and open stories."""
    draw = np.random.default_rng(1)
    events = np.concatenate(list(make_terms(new * 3 // 5, draw)))
    own = np.concatenate(list(make_terms(20_000, draw)))
    numbers = np.arange(new)
    articles = ArticleColumns(
        [f"a{number:06}" for number in range(new)],
        (_DAY + numbers % 3).astype(np.int32),
        [_SCHEME] * new,
        _vectors(
            np.concatenate([events[some % len(events), :24], own[some % len(own)]], axis=1)
            for some in np.array_split(numbers, max(1, new // 5_000))
        ),
    )
    days = (_DAY - np.arange(opened) % 10).astype(np.int32)
    ones = np.ones(opened, dtype=np.int32)
    rows = ClusterRows(_vectors(make_terms(opened, draw)), ones, days, days, ones * _DAY)
    stories = OpenStories([f"s{number:06}" for number in range(opened)], rows)
    return articles, OpenColumns([_SCHEME] * opened, stories)


def measure_grouping(new: int, opened: int) -> tuple[float, float]:
    """Return the milliseconds of CPU a new article takes, and the most megabytes in use."""
    articles, stories = made_input(new, opened)
    began = time.process_time()
    group_columns(articles, stories, story_days=14, arrival=_DAY)
    spent = time.process_time() - began
    return 1000 * spent / new, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_vector() -> float:
    """Return the milliseconds of CPU that the vector of an article of 300 words takes."""
    draw = np.random.default_rng(2)
    words = np.array([f"kata{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}" for n in range(676)])
    texts = [" ".join(draw.choice(words, 300)) for _ in range(500)]
    vectorise(texts[0][:60], texts[0], "id")
    began = time.process_time()
    for text in texts:
        vectorise(text[:60], text, "id")
    return 1000 * (time.process_time() - began) / len(texts)


def stored_bytes(lake: Lake) -> float:
    """Return the bytes that an article's story columns take in a lake's files."""
    rows = size = 0
    for file in read_snapshot(lake).files("articles"):
        with open_parquet(lake, file.path) as parquet:
            for group in map(parquet.metadata.row_group, range(parquet.num_row_groups)):
                rows += group.num_rows
                for column in map(group.column, range(group.num_columns)):
                    if column.path_in_schema.startswith("story_"):
                        size += column.total_compressed_size
    return size / rows


def show() -> None:
    """Print all figures, each size from a process of its own."""
    print(f"stories: a vector {measure_vector():.2f} ms")
    for new, opened in SIZES:
        size = ["--size", str(new), str(opened)]
        subprocess.run([sys.executable, "-m", "benchmarks.stories", *size], check=True)


def main() -> None:
    """Print the figures of one size, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, nargs=2, metavar=("NEW", "OPEN"))
    size = parser.parse_args().size
    if size is None:
        show()
        return
    spent, memory = measure_grouping(*size)
    print(f"stories: {size[0]:,} new beside {size[1]:,}: {spent:.2f} ms each, {memory:.0f} MB")


if __name__ == "__main__":
    main()
