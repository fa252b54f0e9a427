"""Make the tables of inverse document frequencies that stories are found with: `make story-tables`.

The words and their frequencies are those of wordfreq (https://github.com/rspeer/wordfreq):
install it beside the project with `pip install wordfreq==3.1.1`, or name its folder of data files.
Counts only: no text is read. The thresholds in the cards were fitted with these very tables; other
tables need other thresholds (see docs/guides/stories.md).
"""

import argparse
import gzip
import importlib.util
import math
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from warta.transforms.stories.vectors import TABLE_FOLDER, term_of, words_of


def document_frequency(word_frequency: float, words: int) -> float:
    """Return the share of texts of `words` words that hold a word.

    Args:
      word_frequency: Share of the word among all words.
      words: Length of a text.

    Example:
      >>> round(document_frequency(0.01, 100), 2)
      0.63
    """
    return 1 - math.exp(-word_frequency * words)


def build(frequencies: dict[str, float], card: dict[str, Any]) -> dict[str, Any]:
    """Return the arrays of a table: hashed terms, sorted, and idf in steps.

    Args:
      frequencies: Share of each word among all words.
      card: What the table's card says: words, text_words, unknown, steps.
    """
    ordered = sorted(frequencies, key=lambda word: (-frequencies[word], word))[: card["words"]]
    steps: dict[int, int] = {}
    for word in ordered:
        rarity = -math.log(document_frequency(frequencies[word], card["text_words"]))
        # Two words of one hash count as the commoner one, which comes first.
        steps.setdefault(term_of(word), round(card["steps"] * min(rarity, card["unknown"])))
    terms = np.array(sorted(steps), dtype=np.int32)
    return {"terms": terms, "idf": np.array([steps[term] for term in terms.tolist()], np.uint8)}


def read_frequencies(path: Path) -> dict[str, float]:
    """Return the words of one of wordfreq's lists, as they count in vectors, with their shares."""
    with gzip.open(path) as file:
        bins = next(_unpack(memoryview(file.read())))[1:]
    found: dict[str, float] = {}
    for centibels, words in enumerate(bins):
        for word in words:
            if words_of(word) == [word]:
                found[word] = 10 ** (-centibels / 100)
    return found


def _unpack(data: memoryview) -> Iterator[Any]:
    """Yield the values of a MessagePack file that holds arrays, strings, maps and small numbers."""
    at = 0

    def number(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(data[at - size : at], "big")

    def value() -> Any:
        kind = number(1)
        if kind < 0x80:
            return kind
        if kind < 0x90:
            return {value(): value() for _ in range(kind & 0x0F)}
        if kind < 0xA0:
            return [value() for _ in range(kind & 0x0F)]
        if kind < 0xC0:
            return text(kind & 0x1F)
        sizes = {0xD9: 1, 0xDA: 2, 0xDB: 4, 0xDC: 2, 0xDD: 4, 0xCC: 1, 0xCD: 2, 0xCE: 4}
        if kind not in sizes:
            raise ValueError(f"unexpected MessagePack type {kind:#x}")
        size = number(sizes[kind])
        if kind in (0xDC, 0xDD):
            return [value() for _ in range(size)]
        return text(size) if kind in (0xD9, 0xDA, 0xDB) else size

    def text(size: int) -> str:
        nonlocal at
        at += size
        return str(data[at - size : at], "utf-8")

    while at < len(data):
        yield value()


def main() -> None:
    """Write every table that has a card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="wordfreq's data files")
    folder = parser.parse_args().folder or _installed()
    for path in sorted(TABLE_FOLDER.glob("*.toml")):
        card = tomllib.loads(path.read_text(encoding="utf-8"))
        frequencies: dict[str, float] = {}
        for name in card["lists"]:
            for word, share in read_frequencies(folder / name).items():
                frequencies[word] = max(share, frequencies.get(word, 0.0))
        arrays = build(frequencies, card)
        np.savez_compressed(path.with_suffix(".npz"), **arrays)
        print(f"{path.stem}: {len(arrays['terms']):,} terms")


def _installed() -> Path:
    spec = importlib.util.find_spec("wordfreq")
    if spec is None or spec.origin is None:
        raise SystemExit("install wordfreq 3.1.1, or name the folder of its data files")
    return Path(spec.origin).parent / "data"


if __name__ == "__main__":
    main()
