"""Made stories with many angles: a first report that is rewritten, and what follows for days.

The same seed gives the same articles. Of each kind of event there is a wide story, and another
one in the same place, some days later. What an article is to its story is known.
"""

import hashlib
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from evaluation.story_set.make import FIRST_DAY, OUTLETS, PARTS, MadeArticle

FOLLOW_UP_DAYS = 3


@dataclass(frozen=True, slots=True)
class WideArticle(MadeArticle):
    """One article of a wide story."""

    relation: str | None
    """What it is to its story; None: its first article."""
    of: str | None
    """Of a rewrite, the article that it rewrites."""


def wide_articles(seed: int = 1) -> list[WideArticle]:
    """Return all articles, by date and id."""
    found = [
        article
        for path in sorted(Path(__file__).parent.glob("*.toml"))
        for article in _of_language(path.stem, tomllib.loads(path.read_text("utf-8")), seed)
    ]
    return sorted(found, key=lambda article: (article.published, article.id))


def _of_language(language: str, table: dict[str, Any], seed: int) -> Iterator[WideArticle]:
    for kind, texts in table.items():
        if isinstance(texts, dict):
            chance = random.Random(f"{seed} {language} {kind}")  # noqa: S311  repeatable, no secret
            place, rival, country = (
                *chance.sample(table["places"], 2),
                chance.choice(table["countries"]),
            )
            shared = {"place": place, "rival": rival, "country": country}
            name, day = f"{language}-{kind}", chance.randrange(6)
            yield from _Story(language, table, name, shared, chance).wide(texts, day)
            twin = _Story(language, table, f"{name}-twin", shared, chance)
            yield from twin.twin(texts["twin"], day + texts["twin"]["after"])


class _Story:
    def __init__(
        self,
        language: str,
        table: Mapping[str, Any],
        name: str,
        shared: Mapping[str, str],
        chance: random.Random,
    ) -> None:
        self._language, self._name, self._chance = language, name, chance
        # A story and its twin are in one half.
        half = hashlib.sha256(name.removesuffix("-twin").encode()).digest()
        self._held = half[0] % 2 == 1
        self._facts = {**shared, **_facts(table, chance)}
        self._written = 0

    def wide(self, texts: Mapping[str, Any], start: int) -> Iterator[WideArticle]:
        """Yield the articles of a story with many angles."""
        for slot in ("thing", "topic"):
            self._facts[slot] = self._chance.choice(texts.get(f"{slot}s", [""]))
        yield from self._first(texts, start)
        for angle in texts["angles"]:
            # What came before is repeated, as outlets do.
            body = self._forms(angle["text"], [0, 0, 0]) + self._recap(texts["recap"])
            own = self._article(angle["headline"], 0, body, start, angle["day"])
            yield own
            if " | " in angle["text"][0]:
                body = self._reworded(angle["text"], [1, 1, 1]) + self._recap(texts["recap"])[:1]
                yield self._article(angle["headline"], 1, body, start, angle["day"], own.id)

    def twin(self, texts: Mapping[str, Any], start: int) -> Iterator[WideArticle]:
        """Yield the articles of another story of the kind."""
        yield from self._first(texts, start)
        later = texts["later"]
        body = self._forms(later["text"], [0, 0, 0])
        yield self._article(later["headline"], 0, body, start, later["day"])

    def _first(self, texts: Mapping[str, Any], start: int) -> Iterator[WideArticle]:
        """Yield the first report, and what another outlet makes of it."""
        count = texts["core"][0].count(" | ") + 1
        forms = [self._chance.randrange(count) for _ in texts["core"]]
        body = self._forms(texts["core"], forms)
        first = self._article(texts["headline"], forms[0], body, start, 0)
        yield first
        forms = [form + 1 + self._chance.randrange(count - 1) for form in forms]
        body = self._reworded(texts["core"], forms)
        yield self._article(texts["headline"], forms[0], body, start, 0, first.id)

    def _article(
        self,
        headline: str,
        form: int,
        sentences: Sequence[str],
        start: int,
        day: int,
        of: str | None = None,
    ) -> WideArticle:
        count, self._written = self._written, self._written + 1
        relation = "rewrite" if of else "follow_up" if day >= FOLLOW_UP_DAYS else "same_event"
        title = self._form(headline, form)
        return WideArticle(
            f"{self._name}-{count:02}",
            self._name,
            title[0].upper() + title[1:],
            " ".join(sentences),
            FIRST_DAY + timedelta(days=start + day),
            self._language,
            OUTLETS[self._language][count % 3],
            self._held,
            relation if count else None,
            of,
        )

    def _reworded(self, sentences: Sequence[str], forms: Sequence[int]) -> list[str]:
        """Return sentences in other words: the lead first, the others in another order."""
        lead, *rest = self._forms(sentences, forms)
        self._chance.shuffle(rest)
        return [lead, *rest[: len(rest) - self._chance.randrange(2)]]

    def _recap(self, sentences: Sequence[str]) -> list[str]:
        """Return what an article repeats: a sentence mostly, or two."""
        count = min(len(sentences), 2 if self._chance.random() < 0.3 else 1)
        chosen = self._chance.sample(sentences, count)
        return self._forms(chosen, [self._chance.randrange(6) for _ in chosen])

    def _forms(self, sentences: Sequence[str], forms: Sequence[int]) -> list[str]:
        self._facts["part"] = self._chance.choice(PARTS[self._language])
        return [self._form(one, form) for one, form in zip(sentences, forms, strict=False)]

    def _form(self, sentence: str, form: int) -> str:
        forms = sentence.split(" | ")
        return forms[form % len(forms)].format(**self._facts)


def _facts(table: Mapping[str, Any], chance: random.Random) -> dict[str, str]:
    surnames = chance.sample(table["last_names"], 4)
    numbers = {"n1": (2, 9), "n3": (11, 95), "n4": (12, 60)}
    found = {name: str(chance.randint(*bounds)) for name, bounds in numbers.items()}
    for number, surname in enumerate(surnames, 1):
        found |= {f"p{number}": f"{chance.choice(table['first_names'])} {surname}"}
        found[f"s{number}"] = surname
    return found | {"quarter": chance.choice(table["quarters"])}
