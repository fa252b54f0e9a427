"""Boilerplate within one line: fragments left, and sentences lost, where their places are known.

`python -m evaluation.joined [FOLDER]` prints the figures. A scraper that joins paragraphs leaves
"Baca juga: <Headline> Next sentence" in a line. Here that is made: sentences of one article are
joined, and after every few of them comes a link with the headline of another article, or a fragment
of `joined_set.toml`, which is our own. So it is known what must go and what must stay.

Articles are of `stories/wira.jsonl.gz` and, in English, of `stories/basil.jsonl.gz`, which are not
part of the project, in two halves by a hash of their addresses or titles: half "a" was looked at
while rules were written, of half "b" only the figures. Headlines come as their publishers write
them, and in Indonesian again in sentence case, as agencies write them.
"""

import gzip
import hashlib
import html
import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from evaluation.cleaning import SENTENCE_WORDS, squeeze
from warta.transforms.cleaning.text.boilerplate import remove_boilerplate
from warta.transforms.cleaning.text.dateline import find_dateline
from warta.transforms.cleaning.text.shapes import is_title

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
FRAGMENTS = Path(__file__).parent / "joined_set.toml"
EVERY = 4
"""So many sentences are between two fragments,"""
EVERY_SPARSE = 12
"""and so many at the density of news, where an article has a link or two: kinds `sparse_...`."""
MAX_SENTENCES = 24
"""Of one article."""
MAX_WORDS = 60
"""Of one sentence."""
LEFT_WORDS = 3
"""A fragment of which so many words in a row are in the body is left in part."""
LINKS = (
    "Baca juga: ", "Baca Juga: ", "BACA JUGA: ", "Baca Juga : ", "Lihat juga: ", "Simak juga: ",
    "Baca: ", "Pilihan Editor: ",
)  # fmt: skip
ENGLISH_LINKS = (
    "Read more: ", "Also read: ", "RELATED: ", "Read also: ", "See also: ", "READ MORE: ",
)  # fmt: skip
_SENTENCE_END = re.compile(r"(?<=[^\W\d][^\W\d][.!?])\s+(?=[A-Z“\"])")
_JUNK = re.compile(
    r"(?:baca|lihat|simak) juga|artikel ini|dapatkan|laporan (?:wartawan|reporter)"
    r"|tribun\w*\.|kompas\.com\b|telegram|\b(?:penulis|editor|sumber)\b|klik|>>|http",
    re.IGNORECASE,
)
_DAMAGE = re.compile(r"[a-z]\.\s+[a-z]|\n|^\w+ \(\d")
"""Stops where a scraper lost a comma: what follows is not a sentence of its own."""
_WORD = re.compile(r"[^\W\d_]+")
_MARKS = re.compile(r"[\\;\"]")


class Made(NamedTuple):
    """A text whose parts are known."""

    text: str
    sentences: list[str]
    fragments: list[str]


def measure(data: Path = DATA) -> dict[str, float]:
    """Return shares of fragments left and of sentences lost, by half and kind; {} without data."""
    fragments = tomllib.loads(FRAGMENTS.read_text(encoding="utf-8"))
    figures: dict[str, float] = {}
    for half in "ab":
        chosen = _read(data / "stories" / "wira.jsonl.gz", half)
        titles = [record["title"] for record in chosen]
        lowered = _sentence_case(titles, " ".join(record["text"] for record in chosen))
        kinds = {
            "titles": _links(titles, LINKS),
            "agency": _links(lowered, LINKS),
            **{name: _round(pieces) for name, pieces in fragments["id"].items()},
        }
        figures |= _figures(chosen, "id", half, kinds)
        chosen = _read(data / "stories" / "basil.jsonl.gz", half)
        kinds = {
            "english": _links([record["title"] for record in chosen], ENGLISH_LINKS),
            **{f"english_{name}": _round(pieces) for name, pieces in fragments["en"].items()},
        }
        figures |= _figures(chosen, "en", half, kinds)
    return figures


def _read(path: Path, half: str) -> list[dict[str, str]]:
    """Return the articles of one half, their titles as plain text; [] where there is no file."""
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [
        {"title": html.unescape(_MARKS.sub("", record["title"])).strip(), "text": record["text"]}
        for record in records
        if record["title"] and _half(record.get("url") or record["title"]) == half
    ]


def _figures(
    articles: list[dict[str, str]], language: str, half: str, kinds: dict[str, Iterator[str]]
) -> dict[str, float]:
    figures: dict[str, float] = {}
    for kind, pieces in kinds.items():
        made = [_make(article["text"], pieces) for article in articles]
        for name, value in rates(made, language).items() if made else ():
            figures[f"{kind}_{name}_{half}"] = value
        if kind in ("titles", "agency", "english"):
            made = [_make(article["text"], pieces, EVERY_SPARSE) for article in articles]
            for name, value in rates(made, language).items() if made else ():
                figures[f"sparse_{kind}_{name}_{half}"] = value
    return figures


def rates(made: Iterable[Made], language: str) -> dict[str, float]:
    """Return shares: fragments left whole, left in part, and sentences lost."""
    counts: Counter[str] = Counter()
    for one in made:
        body = squeeze(remove_boilerplate(one.text, language, None).body)
        counts["fragments"] += len(one.fragments)
        counts["left"] += sum(squeeze(fragment) in body for fragment in one.fragments)
        counts["part"] += sum(_is_left_in_part(fragment, body) for fragment in one.fragments)
        counts["sentences"] += len(one.sentences)
        counts["lost"] += sum(squeeze(sentence) not in body for sentence in one.sentences)
    return {
        "left": counts["left"] / max(1, counts["fragments"]),
        "part": counts["part"] / max(1, counts["fragments"]),
        "lost": counts["lost"] / max(1, counts["sentences"]),
    }


def _is_left_in_part(fragment: str, body: str) -> bool:
    words = fragment.split()
    starts = range(max(1, len(words) - LEFT_WORDS + 1))
    return any("".join(words[at : at + LEFT_WORDS]) in body for at in starts)


def _half(url: str) -> str:
    return "ab"[hashlib.sha256(url.encode()).digest()[0] % 2]


def _make(text: str, pieces: Iterator[str], every: int = EVERY) -> Made:
    """Return an article's sentences in one line, with a piece after every few of them."""
    sentences = list(_own_sentences(text))[:MAX_SENTENCES]
    parts: list[str] = []
    fragments = []
    for number, sentence in enumerate(sentences, start=1):
        parts.append(sentence)
        if number % every == 0:
            fragments.append(next(pieces))
            parts.append(fragments[-1])
    return Made(" ".join(parts), sentences, fragments)


def _own_sentences(text: str) -> Iterator[str]:
    text = html.unescape(html.unescape(text))
    for sentence in _SENTENCE_END.split(text)[1:]:
        words = sentence.count(" ") + 1
        is_whole = SENTENCE_WORDS <= words <= MAX_WORDS and sentence[-1] in ".!?"
        if not is_whole or _JUNK.search(sentence) or _DAMAGE.search(sentence):
            continue
        if not is_title(sentence) and find_dateline(sentence) is None:
            yield sentence.strip()


def _round(pieces: list[str]) -> Iterator[str]:
    while True:
        yield from pieces


def _links(titles: list[str], openings: tuple[str, ...]) -> Iterator[str]:
    """Yield links to titles without end, their openings in turns."""
    number = 0
    while True:
        for title in reversed(titles):
            yield openings[number % len(openings)] + title
            number += 1


def _sentence_case(titles: list[str], texts: str) -> list[str]:
    """Return titles whose words are small where the articles write them so more often than not."""
    counts = Counter(_WORD.findall(texts))

    def lower(match: re.Match[str]) -> str:
        word = match[0]
        is_common = counts[word.lower()] > counts[word]
        return word.lower() if is_common and word[1:].islower() else word

    found = []
    for title in titles:
        small = _WORD.sub(lower, title)
        found.append(small[:1].upper() + small[1:])
    return found


def main() -> None:
    """Print the figures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    for name, value in measure(folder).items():
        print(f"{name:32}{value:>9.4f}")


if __name__ == "__main__":
    main()
