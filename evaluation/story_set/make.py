"""Made stories over two weeks: short articles, Indonesian and English, with hard pairs.

The same seed gives the same articles. Of each kind of event there are six stories; the first two of
them are in the same place, or between the same teams, some days apart, with other persons.
"""

import hashlib
import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FIRST_DAY = date(2026, 3, 2)
DAYS = 14
STORIES_A_KIND = 6
PARTS = {
    "id": ("pagi ini", "siang ini", "tadi malam", "dini hari tadi"),
    "en": ("this morning", "on the day", "last night", "before dawn"),
}
OUTLETS = {
    "id": ("Harian Cakrawala", "Warta Pesisir", "Kabar Lintang"),
    "en": ("The Ledger", "Coast Herald", "Morning Dispatch"),
}


@dataclass(frozen=True, slots=True)
class MadeArticle:
    """One article of a made story."""

    id: str
    story: str
    title: str
    text: str
    published: date
    language: str
    publisher: str
    held: bool
    """Of the half that nothing is fitted on."""


def made_articles(seed: int = 1) -> list[MadeArticle]:
    """Return all made articles, by date and id."""
    found = [
        article
        for path in sorted(Path(__file__).parent.glob("*.toml"))
        for article in _of_language(path.stem, tomllib.loads(path.read_text("utf-8")), seed)
    ]
    return sorted(found, key=lambda article: (article.published, article.id))


def _of_language(language: str, table: dict[str, Any], seed: int) -> Iterator[MadeArticle]:
    for kind, stages in table.items():
        if isinstance(stages, dict):
            for number in range(STORIES_A_KIND):
                yield from _story(language, table, kind, number, seed)


def _story(
    language: str, table: dict[str, Any], kind: str, number: int, seed: int
) -> Iterator[MadeArticle]:
    story = f"{language}-{kind}-{number}"
    chance = random.Random(f"{seed} {story}")  # noqa: S311  repeatable, not secret
    # The first two stories of a kind share what the second seed says: a hard pair.
    pair = f"{language}-{kind}-{max(number - 1, 0)}"
    place_chance = random.Random(f"{seed} {pair}")  # noqa: S311
    held = hashlib.sha256(pair.encode()).digest()[0] % 2 == 1
    facts = _facts(table, table[kind], chance, place_chance)
    start = FIRST_DAY + timedelta(days=(number * 5) % DAYS if number < 2 else chance.randrange(9))
    plan = [("break", 0), ("break", 0), ("detail", 1), ("detail", chance.randint(1, 2))]
    plan += [("later", chance.randint(3, 6)), ("later", chance.randint(4, 9))]
    stages = ("break", "detail", "later")
    for count, (stage, after) in enumerate(plan):
        sentences = list(table[kind][stage])
        if stage != "break":
            # What came before is repeated, in a sentence or two, as outlets do.
            sentences += chance.sample(table[kind]["break"], 2)
        if len(sentences) > 4 and chance.random() < 0.5:
            sentences.pop(chance.randrange(1, len(sentences)))
        facts["part"] = chance.choice(PARTS[language])
        text = " ".join(_form(one, facts, chance) for one in sentences)
        title = _form(table[kind]["headline"][stages.index(stage)], facts, chance)
        yield MadeArticle(
            f"{story}-{count}",
            story,
            title[0].upper() + title[1:],
            text,
            start + timedelta(days=after),
            language,
            OUTLETS[language][count % 3],
            held,
        )


def _facts(
    table: dict[str, Any], kind: dict[str, Any], chance: random.Random, place: random.Random
) -> dict[str, str]:
    surnames = chance.sample(table["last_names"], 3)
    people = [f"{chance.choice(table['first_names'])} {surname}" for surname in surnames]
    teams = place.sample(table["teams"], 2)
    numbers = {"n1": (2, 9), "n2": (3, 14), "n3": (11, 95), "n4": (2, 60), "n7": (20, 90)}
    return {
        "place": place.choice(table["places"]),
        "quarter": chance.choice(table["quarters"]),
        "thing": chance.choice(table["things"]),
        "body": chance.choice(table["bodies"]),
        "topic": chance.choice(kind.get("topics", [""])),
        "p1": people[0],
        "p2": people[1],
        "p3": people[2],
        "t1": teams[0],
        "t2": teams[1],
        "n5": str(chance.randint(2, 4)),
        "n6": str(chance.randint(0, 1) + 1),
        **{name: str(chance.randint(*bounds)) for name, bounds in numbers.items()},
    }


def _form(sentence: str, facts: dict[str, str], chance: random.Random) -> str:
    return chance.choice(sentence.split(" | ")).format(**facts)
