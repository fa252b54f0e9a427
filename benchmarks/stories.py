"""What stories cost an article: `python -m benchmarks.stories`, a part of `make bench`.

Vectors are made: 200 words drawn by Zipf's law of 300,000, the 36 rarest kept, two of three shared
with another article of the same event. Each size runs in a process of its own, for its memory.
"""

import argparse
import resource
import subprocess
import sys
import time

import numpy as np
import numpy.typing as npt

from warta.transforms.stories.clustering import OpenStory
from warta.transforms.stories.grouping import KeyedArticle, group_articles
from warta.transforms.stories.vectors import vectorise

SIZES = ((5_000, 75_000), (50_000, 400_000))
"""New articles, and open stories beside them."""
_WORDS = 300_000
_DAY = 739_000
_WEIGHTS = tuple(np.linspace(300, 100, 32).astype(int).tolist())
_SCHEME = "tfidf1/id/32"


def make_terms(count: int, draw: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return the heaviest terms of made articles, of shape (count, 36)."""
    shares = np.cumsum(1 / np.arange(1, _WORDS + 1) ** 0.9)
    hashes = np.random.default_rng(0).permutation(1 << 24)[:_WORDS]
    parts = [np.empty((0, 36), dtype=np.int64)]
    for start in range(0, count, 5_000):
        size = (min(5_000, count - start), 200)
        ranks = np.searchsorted(shares, draw.random(size) * shares[-1])
        ranks.sort(axis=1)
        parts.append(hashes[ranks[:, :-37:-1]])
    return np.concatenate(parts)


def measure_grouping(new: int, opened: int) -> tuple[float, float]:
    """Return the milliseconds of CPU a new article takes, and the most megabytes in use."""
    draw = np.random.default_rng(1)
    events, own = make_terms(new * 3 // 5, draw), make_terms(20_000, draw)
    articles = []
    for number in range(new):
        event = events[number % len(events)][:24].tolist()
        terms = list(dict.fromkeys([*event, *own[number % len(own)].tolist()]))[:32]
        day = _DAY + number % 3
        articles.append(KeyedArticle(f"a{number:06}", day, _SCHEME, terms, _WEIGHTS[: len(terms)]))
    stories = []
    for number, row in enumerate(make_terms(opened, draw)):
        terms = list(dict.fromkeys(row.tolist()))[:32]
        day = _DAY - number % 10
        story = OpenStory(f"s{number:06}", day, day, 1, terms, _WEIGHTS[: len(terms)], _DAY)
        stories.append((_SCHEME, story))
    began = time.process_time()
    group_articles(articles, stories, story_days=14, arrival=_DAY)
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
