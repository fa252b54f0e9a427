"""Take names of bodies and well-known persons, with their Wikidata ids, from a clone of ELEVANT.

ELEVANT (https://github.com/ad-freiburg/elevant, Apache-2.0) keeps what linkers found in texts: ids
with Wikidata's English labels and kinds (CC0). No text of those sets is taken.

Run it: python -m training.labels CLONE
"""

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from training.gazetteer import LABELS, NATIONAL_TEAM
from training.hand_made_names import MORE_NAMES, more_names
from warta.transforms.tagging.entity_types import ORGANISATION, PERSON
from warta.transforms.tagging.linking.known_entities import KnownEntity
from warta.transforms.tagging.linking.normal_form import normal_form
from warta.transforms.tagging.ner.word_tables import load_rules

SOURCE = "Wikidata label (CC0) in ELEVANT"
SETS = 2
"""A body that texts of fewer sets name is left out: it is known to few."""
_ENTITY = re.compile(r'"entity_id": "(Q\d+)", "name": ("(?:[^"\\]|\\.)*")(?:, "type": "([^"]*)")?')
_BODY, _WORKS = "Q43229", {"Q43229", "Q2424752", "Q17537576"}
_TEXTS = re.compile(r"aida|derczynski|kore50|msnbc|fair|oke-20\d\d|reuters|rss-500|spotlight")
_OF_NO_COUNTRY = re.compile(
    r"^(?:(?:Ministry|Department|Supreme Court|Parliament|General Confederation) of"
    r" (?:the )?[A-Z]\w+$"
    r"|Competition Commission|Civil Aviation Authority|General Administration|The Methodist)"
    r"|(?:Party|Union|Commission|Authority|College|High School|District Court.*|Division)$"
    r"|\b(?:men's|women's|Davis Cup|King Cup|under-\d\d|rugby union|cricket|R\.?F\.?C)\b"
)
"""Names that other countries' bodies have too, and teams that news calls otherwise."""
PERSONS = frozenset(
    re.split(
        r"[|\n]+",
        """
Al Gore|Alex Ferguson|Andy Murray|Angelina Jolie|Arantxa Sánchez Vicario|Benito Mussolini
Britney Spears|Conor McGregor|Deng Xiaoping|Didier Deschamps|Diego Maradona|Gary Neville
Ho Chi Minh|Jake Paul|Joaquin Phoenix|Jürgen Klinsmann|Kim Kardashian|Kobe Bryant|Lady Gaga
Lindsay Davenport|Margaret Thatcher|Martin Luther King Jr.|Mia Audina|Mikhail Gorbachev
Mike Tyson|Miley Cyrus|Mitt Romney|Muammar Gaddafi|Nancy Reagan|Novak Djokovic|Paris Hilton
Paulo Bento|Phil Neville|Rafael Nadal|Robert Pires|Roger Federer|Ronald Reagan|Shaquille O'Neal
Steffi Graf|Susi Susanti|Tiger Woods|William Shakespeare|Zinedine Zidane
""".strip(),
    )
)
"""Persons whose name no other person in the news has."""


class Label(NamedTuple):
    """What Wikidata calls an item."""

    name: str
    kinds: frozenset[str]
    sets: int
    """How many sets of texts name it."""


def labels(files: Iterable[tuple[str, str]]) -> dict[str, Label]:
    """Return the items in the files of results, by id.

    Args:
      files: the name and the text of each.
    """
    names: dict[str, Counter[str]] = defaultdict(Counter)
    kinds: dict[str, set[str]] = defaultdict(set)
    sets: dict[str, set[str]] = defaultdict(set)
    for file, text in files:
        of = _TEXTS.search(file)
        for qid, name, found in _ENTITY.findall(text):
            names[qid][json.loads(name)] += 1
            sets[qid].add(of.group() if of else file)
            kinds[qid] |= set(filter(None, found.split("|")))
    return {
        qid: Label(each.most_common(1)[0][0], frozenset(kinds[qid]), len(sets[qid]))
        for qid, each in names.items()
    }


def rows(items: dict[str, Label], wanted: dict[str, str]) -> Iterator[KnownEntity]:
    """Yield the items that are bodies or the persons above, and those that are asked for.

    Args:
      items: labels by id.
      wanted: the type of each id that is taken whatever kind it is.
    """
    holders = Counter(normal_form(item.name) for item in items.values())
    everyday = load_rules("en")
    for qid, item in sorted(items.items()):
        kind = wanted.get(qid)
        alone = holders[normal_form(item.name)] == 1
        words = item.name.split()
        plain = all(everyday.count(word.lower()).lower for word in words)
        is_body = _BODY in item.kinds and item.kinds <= _WORKS and item.sets >= SETS
        if not kind and alone and item.name in PERSONS:
            kind = PERSON
        if not kind and alone and is_body and len(words) > 1 and not plain:
            kind = "" if _OF_NO_COUNTRY.search(item.name) else ORGANISATION
        if kind:
            field = "national team" if NATIONAL_TEAM.search(item.name) else ""
            yield KnownEntity(item.name, kind, qid, (), SOURCE, "", field)


def main() -> None:
    """Write the table of labels."""
    if len(sys.argv) != len(("", "CLONE")):
        sys.exit("usage: python -m training.labels CLONE (of github.com/ad-freiburg/elevant)")
    folder = Path(sys.argv[1])
    files = sorted(folder.glob("evaluation-results/*/*.jsonl")) + sorted(
        folder.glob("benchmarks/*.jsonl")
    )
    if not files:
        sys.exit(f"no results in {folder}: give the folder of a clone")
    items = labels((file.name, file.read_text(encoding="utf-8")) for file in files)
    wanted = {row.wikidata_id: row.type for _, row in more_names() if row.wikidata_id in items}
    taken = [row.line() for row in rows(items, {str(qid): kind for qid, kind in wanted.items()})]
    header = "\t".join(KnownEntity._fields)
    LABELS.write_text("\n".join([header, *taken, ""]), encoding="utf-8")
    print(f"{LABELS.name}: {len(taken)} rows, {len(wanted)} of them in {MORE_NAMES.name}")


if __name__ == "__main__":
    main()
