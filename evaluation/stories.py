"""How good stories are: on labelled sets where they are found, and on made ones.

`python -m evaluation.stories [DATA]` prints every figure. BCubed F1 unless a name says otherwise.
"""

import gzip
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.service import measure_service
from evaluation.story_relations import SEEDS, measure_relations
from evaluation.story_set.make import MadeArticle, made_articles
from evaluation.story_set.wide import wide_articles
from tests.support.lakes import article
from warta.transforms.cleaning.text.boilerplate import find_headline, remove_boilerplate
from warta.transforms.stories.clustering import OpenStory
from warta.transforms.stories.grouping import (
    KeyedArticle,
    StoryKey,
    base_scheme,
    group_articles,
    story_key,
)
from warta.transforms.stories.links import LinkStory, link_languages
from warta.transforms.stories.relations import REWRITE_SHARE, aligned_sentences
from warta.transforms.stories.vector_rows import sum_rows, vector_rows
from warta.transforms.stories.vectors import table_of
from warta.transforms.tagging.tag import ArticleTagger

ARRIVAL = date(2026, 11, 1).toordinal()
STORY_DAYS = 14
CLOSED_SET_SCORE = 0.05
"""Of links across languages where every document has a partner."""
_ONE_EVENT = (
    ("bbc.381746", "scotsman.133791"),
    ("cnbc.com.6769", "reuters.218861"),
    ("euronews-en.153835", "reuters.218863"),
)
"""Documents of two outlets on one event, by reading: one match, one speech, one earthquake."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled article."""

    id: str
    story: str
    key: StoryKey | None
    day: int | None
    body: str


def bcubed(found: Sequence[object], truth: Sequence[object]) -> dict[str, float]:
    """Return BCubed precision, recall and F1, and the F1 of pairs.

    Args:
      found: Cluster of each article.
      truth: Its story.

    Example:
      >>> bcubed([1, 1, 2], ["a", "a", "a"])["recall"]
      0.5555555555555556
    """
    together = Counter(zip(found, truth, strict=True))
    sizes, stories = Counter(found), Counter(truth)
    precision = sum(n * n / sizes[one] for (one, _), n in together.items()) / len(found)
    recall = sum(n * n / stories[one] for (_, one), n in together.items()) / len(found)
    right, made, true = (
        sum(n * (n - 1) / 2 for n in counts.values()) for counts in (together, sizes, stories)
    )
    return {
        "f1": 2 * precision * recall / (precision + recall),
        "precision": precision,
        "recall": recall,
        "pair_f1": 2 * right / (made + true) if made + true else 0.0,
    }


def stories_of(
    articles: Sequence[Labelled], runs: int = 1, story_days: int = STORY_DAYS
) -> list[int]:
    """Return the story of each article, when they come in some runs, in the order given."""
    found = [0] * len(articles)
    opened: list[tuple[str, OpenStory]] = []
    numbers: list[int] = []
    for part in range(runs):
        rows = range(part * len(articles) // runs, (part + 1) * len(articles) // runs)
        keyed = [_keyed(articles[row]) for row in rows]
        for group in group_articles(keyed, opened, story_days=story_days, arrival=ARRIVAL):
            members = [rows[row] for row in group.rows]
            if group.story is None:
                numbers.append(min(members))
                opened.append(("", OpenStory("", None, None, 0, (), ())))
            index = len(opened) - 1 if group.story is None else group.story
            opened[index] = _grown(opened[index], [articles[row] for row in members])
            for row in members:
                found[row] = numbers[index]
    return found


def _keyed(one: Labelled) -> KeyedArticle:
    key = one.key or StoryKey("")
    return KeyedArticle(one.id, one.day, key.scheme, key.terms, key.weights)


def _grown(story: tuple[str, OpenStory], members: Sequence[Labelled]) -> tuple[str, OpenStory]:
    """Return an open story with more members: what a later run reads of it."""
    scheme, before = story
    days = [day for day in (before.first_day, before.last_day) if day is not None]
    vectors = [(before.terms, before.weights)]
    for one in members:
        days += [one.day] if one.day is not None else []
        if one.key is not None and base_scheme(one.key.scheme) == one.key.scheme:
            scheme = one.key.scheme
            vectors.append((one.key.terms, one.key.weights))
    sums = sum_rows(vector_rows(vectors), np.zeros(len(vectors), dtype=np.int64), 1)
    name = before.story_id or members[0].id
    bounds = (min(days, default=None), max(days, default=None))
    count = before.articles + len(vectors) - 1
    return scheme, OpenStory(name, *bounds, count, *sums.row(0), ARRIVAL)


def read_set(path: Path, label: str) -> list[Labelled]:
    """Return the labelled articles of a file, cleaned as a run cleans them."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [
        _labelled(row, str(row[label]), number)
        for number, row in enumerate(rows)
        if not row.get("ignore")
    ]


def _labelled(row: dict[str, Any], story: str, number: int) -> Labelled:
    headline, language = row["title"] or None, row["language"]
    body = remove_boilerplate(row["text"], language, headline, None).body
    key = story_key(headline, body, language)
    return Labelled(f"{number:05}", story, key, _day(row.get("published")), body)


def _day(written: str | None) -> int | None:
    try:
        return date.fromisoformat((written or "")[:10]).toordinal()
    except ValueError:
        return None


def made_set(articles: Iterable[MadeArticle], language: str, *, held: bool) -> list[Labelled]:
    """Return the made articles of a language and half."""
    return [
        Labelled(
            one.id,
            one.story,
            story_key(one.title, one.text, language),
            one.published.toordinal(),
            one.text,
        )
        for one in articles
        if one.language == language and one.held == held
    ]


def wide_figures(language: str, *, held: bool) -> dict[str, float]:
    """Return how well wide events are found, in one run and in eight: means over several seeds."""
    figures: dict[str, float] = defaultdict(float)
    half = "held" if held else "fitted"
    for seed in SEEDS:
        articles = made_set(wide_articles(seed), language, held=held)
        truth = [one.story for one in articles]
        for name, runs in (("", 1), ("_8_runs", 8)):
            found = bcubed(stories_of(articles, runs), truth)
            figures[f"wide_{language}_{half}{name}"] += found["f1"] / len(SEEDS)
            figures[f"wide_{language}_{half}{name}_pairs"] += found["pair_f1"] / len(SEEDS)
    return dict(figures)


def seeds(folder: Path) -> list[Labelled]:
    """Return the articles of one story line that the project was asked for with."""
    found = []
    for path in sorted(folder.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        headline = find_headline(text, "id")
        body = remove_boilerplate(text, "id", headline, None).body
        found.append(Labelled(path.stem, "seeds", story_key(headline, body, "id"), None, body))
    return found


def measure(data: Path) -> dict[str, float]:
    """Return all figures."""
    figures: dict[str, float] = {}
    folder = data / "stories"
    for name, label in (
        ("wira", "event"),
        ("ecbplus", "story"),
        ("basil", "story"),
        ("neus", "story"),
    ):
        if (folder / f"{name}.jsonl.gz").is_file():
            figures |= _figures(name, read_set(folder / f"{name}.jsonl.gz", label))
    for language in ("id", "en"):
        for held in (False, True):
            name = f"made_{language}_{'held' if held else 'fitted'}"
            articles = made_set(made_articles(), language, held=held)
            truth = [one.story for one in articles]
            figures[name] = bcubed(stories_of(articles), truth)["f1"]
            figures |= wide_figures(language, held=held)
    figures |= measure_service()
    for held in (False, True):
        half = "held" if held else "fitted"
        for kind, share in measure_relations(held=held).items():
            figures[f"relations_{half}_{kind}"] = share
    if (folder / "ntrex-first-60.jsonl.gz").is_file():
        figures |= _across_languages(folder / "ntrex-first-60.jsonl.gz")
    if (data.parent / "seeds").is_dir() and (folder / "wira.jsonl.gz").is_file():
        figures |= _of_seeds(
            seeds(data.parent / "seeds"), read_set(folder / "wira.jsonl.gz", "event")
        )
    return figures


def _figures(name: str, articles: list[Labelled]) -> dict[str, float]:
    truth = [one.story for one in articles]
    began = time.process_time()
    whole = bcubed(stories_of(articles), truth)
    spent = time.process_time() - began

    def in_runs(arriving: list[Labelled]) -> float:
        return bcubed(stories_of(arriving, 16), [one.story for one in arriving])["f1"]

    ordered = sorted(articles, key=lambda one: (one.day or 0, one.id))
    shuffled = list(articles)
    random.Random(1).shuffle(shuffled)  # noqa: S311  repeatable, not secret
    return {
        name: whole["f1"],
        f"{name}_precision": whole["precision"],
        f"{name}_recall": whole["recall"],
        f"{name}_pairs": whole["pair_f1"],
        f"{name}_16_runs": in_runs(ordered),
        f"{name}_shuffled_16": in_runs(shuffled),
        f"{name}_alone": bcubed(range(len(truth)), truth)["f1"],
        f"{name}_ms_article": 1000 * spent / len(articles),
    }


def _across_languages(path: Path) -> dict[str, float]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if row["language"] in ("id", "en")]
    tagger = ArticleTagger.load()
    figures: dict[str, float] = {}
    for name, halves in (("whole", False), ("halves", True)):
        stories = [_link_story(row, halves, tagger) for row in rows]
        documents = {row["id"]: row["document"] for row in rows}
        links = link_languages(stories, STORY_DAYS, least=CLOSED_SET_SCORE)
        right = sum(documents[one] == documents[other] for one, other, _ in links)
        event_of = dict(_ONE_EVENT)
        events = {row: event_of.get(document, document) for row, document in documents.items()}
        one_event = sum(events[one] == events[other] for one, other, _ in links)
        figures[f"ntrex_{name}_precision"] = one_event / max(len(links), 1)
        figures[f"ntrex_{name}_of_one_document"] = right / max(len(links), 1)
        figures[f"ntrex_{name}_recall"] = right / (len(rows) / 2)
    return figures


def _link_story(row: dict[str, Any], halves: bool, tagger: ArticleTagger) -> LinkStory:
    language, lines = row["language"], row["text"].split("\n")
    if halves:
        lines = lines[0 if language == "id" else 1 :: 2]
    text = "\n".join(lines)
    key = story_key(None if halves else row["title"], text, language) or StoryKey("")
    tagged = tagger.tag(replace(article("a", text), in_language=language))
    named = {one.wikidata_id: one.mentions for one in tagged.entities if one.wikidata_id}
    return LinkStory(row["id"], language, None, None, key.terms, key.weights, named)


def _of_seeds(five: list[Labelled], others: list[Labelled]) -> dict[str, float]:
    """Return whether the seeds are one story in any order and cut, with no outsider."""
    orders = list(_orders(five))
    together = sum(len(set(stories_of(order, runs))) == 1 for order in orders for runs in (1, 2, 5))
    among = stories_of([*others, *five])
    inside = set(among[-len(five) :])
    outsiders = sum(story in inside for story in among[: -len(five)])
    table = table_of("id")
    rewrites = defaultdict(list)
    for first, one in enumerate(five):
        for second in range(first + 1, len(five)):
            if table is not None:
                share = aligned_sentences(one.body, five[second].body, table)
                rewrites[share >= REWRITE_SHARE].append((first, second))
    return {
        "seeds_together": together / (3 * len(orders)),
        "seeds_outsiders": float(outsiders + len(inside) - 1),
        "seeds_rewrites_right": float(rewrites[True] == [(0, 1)]),
    }


def _orders(five: list[Labelled]) -> Iterator[list[Labelled]]:
    for seed in range(20):
        order = list(five)
        random.Random(seed).shuffle(order)  # noqa: S311  repeatable, not secret
        yield order


def main() -> None:
    """Print every figure."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/data")
    for name, value in measure(data).items():
        print(f"{name:<32}{value:>9.4f}")


if __name__ == "__main__":
    main()
