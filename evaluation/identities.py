"""Share of the mentions in unseen news that get a Wikidata id, and how many of those are right.

identity_set.tsv lists by URL what articles of `stories/wira.jsonl.gz` name: surface, type and id
(empty: no table has one; `?` before it: right where it is given; `|` between ids: either is
right). The articles were chosen by the hash of their URL before any was read. Errors were looked
at in the half called seen alone; of the half called held, only figures.

Run it: python -m evaluation.identities [DATA]
"""

import csv
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from evaluation.entities import PLATFORMS
from warta.transforms.cleaning.clean import clean_article
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Article, Source, SourceItem
from warta.transforms.tagging.tag import ArticleTagger

SET = Path(__file__).parent / "identity_set.tsv"
TYPES = ("person", "organisation", "place")


class Named(NamedTuple):
    """What an annotated article names: (type, ids) of each surface."""

    news: str
    half: str
    names: dict[str, tuple[str, str]]


class Outcome(NamedTuple):
    """A mention that is annotated, tagged, or both."""

    surface: str
    type: str
    """The annotated one; that of the tagger where nothing is annotated."""
    expected: str | None
    """Annotated ids; None: no such mention is annotated."""
    given: str | None

    @property
    def right(self) -> bool:
        """Whether the id that was given is the annotated one."""
        return bool(
            self.given and self.expected and self.given in self.expected.strip("?").split("|")
        )


def read_set(path: Path = SET) -> dict[str, Named]:
    """Return the annotated names by URL."""
    found: dict[str, Named] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            named = found.setdefault(row["url"], Named(row["news"], row["half"], {}))
            named.names[row["surface"]] = row["type"], row["wikidata_id"]
    return found


def annotated(data: Path, wanted: dict[str, Named]) -> Iterator[tuple[Named, Article]]:
    """Yield the annotated articles, cleaned, with their names."""
    file = data / "stories" / "wira.jsonl.gz"
    if not file.is_file():
        return
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["url"] in wanted:
                item = SourceItem(
                    source=Source(file.name),
                    source_uri=file.name,
                    source_record_id=row["url"],
                    kind="jsonl",
                    raw=b"",
                    content=row["text"],
                    content_type="text",
                    url=row["url"],
                    headline=row["title"],
                )
                yield wanted[row["url"]], clean_article(item, InputLimits(), datetime.now(UTC))


def outcomes(named: Named, article: Article) -> Iterator[Outcome]:
    """Yield what became of each mention, those alone that no annotation knows among them.

    Args:
      named: what the article names.
      article: the article, tagged.
    """
    longest_first = sorted(named.names, key=len, reverse=True)
    names = "|".join(re.escape(name) for name in longest_first)
    pattern = re.compile(rf"(?<!\w)(?:{names})(?!\w)")
    for field, text in (
        ("article_body", article.article_body),
        ("headline", article.headline or ""),
    ):
        mentions = [one for one in article.mentions if one.field == field]
        used = set()
        for match in pattern.finditer(text):
            start, end = match.span()
            over = [one for one in mentions if one.start < end and start < one.end]
            used.update(over)
            kind, ids = named.names[match.group()]
            # A place inside a longer name is a fault of spans, not of ids.
            same = [one for one in over if one.type == kind or (one.start, one.end) == (start, end)]
            given = next((one.wikidata_id for one in same if one.wikidata_id), None)
            yield Outcome(match.group(), kind, ids, given)
        for one in mentions:
            if one not in used and one.surface not in PLATFORMS:
                yield Outcome(one.surface, one.type, None, one.wikidata_id)


def measure(data: Path) -> dict[str, float]:
    """Return the shares of mentions with the right id and of right ids, by kind and half."""
    return figures(_all_outcomes(data))


def figures(found: dict[tuple[str, str], list[Outcome]]) -> dict[str, float]:
    """Return the shares of `measure`, given the outcomes by (kind of news, half)."""
    shares: dict[str, float] = {}
    for (news, half), each in sorted(found.items()):
        name = f"ids_{news}_{half}"
        known = [one for one in each if one.expected is not None]
        given = [one for one in each if one.given]
        shares[f"{name}_mentions"] = len(known)
        for kind in ("", *TYPES):
            group = [one for one in known if kind in ("", one.type)]
            if group:
                share = sum(one.right for one in group) / len(group)
                shares[f"{name}_{kind or 'all'}"] = 100 * share
        if given:
            shares[f"{name}_right"] = 100 * sum(one.right for one in given) / len(given)
    return shares


def _all_outcomes(data: Path) -> dict[tuple[str, str], list[Outcome]]:
    tagger = ArticleTagger.load()
    found: dict[tuple[str, str], list[Outcome]] = {}
    for named, article in annotated(data, read_set()):
        found.setdefault((named.news, named.half), []).extend(outcomes(named, tagger.tag(article)))
    return found


def main() -> None:
    """Print the errors of the seen half, then the figures of both."""
    found = _all_outcomes(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data"))
    for (_, half), each in found.items():
        wrong = Counter(
            (one.surface, one.type, one.expected or "", one.given or "")
            for one in each
            if half == "seen" and not one.right and (one.given or (one.expected or "?")[0] != "?")
        )
        for parts, number in wrong.most_common():
            print(number, *parts, sep="\t")
    for name, value in figures(found).items():
        print(f"{name:<36}{value:>9.2f}")


if __name__ == "__main__":
    main()
