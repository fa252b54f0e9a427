"""How good the topics are: on the project's own labelled set, and on others where they are found.

`python -m evaluation.topics [DATA]` prints every figure; DATA is the folder of other sets.
"""

import csv
import dataclasses
import json
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from warta.transforms.tagging.topics.calibration import Calibration
from warta.transforms.tagging.topics.classify import TopicTagger

OWN_SET = Path(__file__).parent / "topic_set"
DATA = Path(__file__).parent.parent.parent / "shared" / "data"

UNREAD = "wikinews 2020"
"""No error on this set was ever read; of sets that are called read, the lexicons know the words."""
ENOUGH = 20
"""Texts that a share is taken of; with fewer, a single one is a twentieth."""

SIB200_TOPICS = {
    "politics": "11000000",
    "sports": "15000000",
    "health": "07000000",
    "entertainment": "01000000",
    "science/technology": "13000000",
    "travel": "10000000",
}
"""Labels of sib200 that one top-level topic stands for; "geography" has none and is left out."""
SIB200_FOLDERS = {"id": "ind_Latn", "en": "eng_Latn", "ms": "zsm_Latn"}


_SENTENCE_END = re.compile(r"(?<=[.!?])\s")


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled text; the first of `topics` is the best, all are acceptable."""

    language: str
    split: str
    topics: tuple[str, ...]
    headline: str
    text: str
    hard: bool = False
    """Written to mislead: the topic's own words are scarce, another topic's are not."""
    second: tuple[str, ...] = ()
    """Second-level topics, any of which is right; () where none was labelled."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The best topic of a text, "" where none was sure enough, against its labels."""

    case: Case
    best: str
    confidence: float
    second: str = ""
    """The first topic under the best one, "" where none is named."""

    @property
    def right(self) -> bool:
        """Whether an editor would accept the best topic."""
        return self.best in self.case.topics


def read_own_set(folder: Path = OWN_SET) -> list[Case]:
    """Return the cases of evaluation/topic_set, all languages and both splits."""
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.open()]
    return [
        Case(
            r["language"],
            r["split"],
            tuple(r["topics"]),
            r["headline"],
            r["text"],
            r["hard"],
            tuple(r.get("second", ())),
        )
        for r in map(json.loads, lines)
    ]


def views(case: Case) -> Iterator[Case]:
    """Yield a text, and parts that a feed may give: body, first sentence, headline."""
    first = _SENTENCE_END.split(case.text, maxsplit=1)[0]
    yield case
    yield dataclasses.replace(case, headline="")
    yield dataclasses.replace(case, headline="", text=first)
    yield dataclasses.replace(case, text="")


def judge(cases: Iterable[Case], calibration: Calibration | None = None) -> list[Outcome]:
    """Return what the tagger says of each case, by headline and text alone.

    Args:
      cases: labelled texts.
      calibration: makes the confidences in place of the shipped one.
    """
    outcomes = []
    for case in cases:
        tagger = TopicTagger.load(case.language)
        if calibration:
            tagger = dataclasses.replace(tagger, calibration=calibration)
        topics = tagger.topics(case.headline, case.text, None, (), ())
        if not topics:
            outcomes.append(Outcome(case, "", 0.0))
            continue
        best = topics[0]
        under = (t.qcode for t in topics if tagger.taxonomy[t.qcode].parent == best.qcode)
        codes = [qcode.removeprefix("medtop:") for qcode in (best.qcode, next(under, ""))]
        outcomes.append(Outcome(case, codes[0], best.confidence, codes[1]))
    return outcomes


def accuracy(outcomes: list[Outcome]) -> float:
    """Share of texts whose best topic is acceptable; no topic counts as wrong."""
    return sum(outcome.right for outcome in outcomes) / len(outcomes)


def topic_f1(outcomes: list[Outcome]) -> dict[str, float]:
    """F1 of each labelled topic; an acceptable best topic counts as the label itself."""
    labels = [o.best if o.right else o.case.topics[0] for o in outcomes]
    hits = Counter(o.best for o in outcomes if o.right)
    said, wanted = Counter(o.best for o in outcomes), Counter(labels)
    return {topic: 2 * hits[topic] / (said[topic] + wanted[topic]) for topic in wanted}


def reliability(outcomes: list[Outcome]) -> dict[str, tuple[int, float, float]]:
    """Return by tenth of confidence: texts, mean confidence, share right."""
    bins: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.best:
            low = min(int(outcome.confidence * 10), 9) / 10
            bins.setdefault(f"{low:.1f}-{low + 0.1:.1f}", []).append(outcome)
    return {
        name: (len(group), statistics.mean(o.confidence for o in group), accuracy(group))
        for name, group in sorted(bins.items())
    }


def widest_gap(outcomes: list[Outcome]) -> float:
    """Return the widest gap of confidence and share right, of tenths with enough texts."""
    bins = reliability(outcomes).values()
    return max(abs(mean - right) for n, mean, right in bins if n >= ENOUGH)


def calibration_error(outcomes: list[Outcome]) -> float:
    """Mean distance between confidence and share right over the tenths, weighted by texts."""
    bins = reliability(outcomes).values()
    return sum(n * abs(mean - right) for n, mean, right in bins) / sum(n for n, _, _ in bins)


def time_500_words(cases: list[Case]) -> float:
    """Microseconds of CPU for a text of 500 Indonesian words: the least of 20, mean over texts."""
    tagger = TopicTagger.load("id")
    words = " ".join(case.text for case in cases if case.language == "id").split()
    texts = [" ".join(words[start : start + 500]) for start in range(0, len(words) - 500, 250)]
    return statistics.mean(_least_time(tagger, cases[0].headline, text) for text in texts) * 1e6


def _least_time(tagger: TopicTagger, headline: str, text: str) -> float:
    took = []
    for _ in range(20):
        started = time.process_time()
        tagger.topics(headline, text, None, (), ())
        took.append(time.process_time() - started)
    return min(took)


def measure(data: Path = DATA) -> dict[str, float]:
    """Return every figure that can be had by name; a folder of other sets may be missing."""
    own = read_own_set()
    figures: dict[str, float] = {}
    for language, split in dict.fromkeys((case.language, case.split) for case in own):
        chosen = [case for case in own if (case.language, case.split) == (language, split)]
        _summarise(f"own {language} {split}", judge(chosen), figures)
    held = judge(c for c in own if c.split == "held")
    figures["own held: worst topic's F1"] = min(topic_f1(held).values())
    figures["own held, hard texts: best topic accepted"] = accuracy(
        [o for o in held if o.case.hard]
    )
    answered = [o for o in held if o.case.second and o.right]
    named = [o for o in answered if o.second]
    figures["own held: second level named"] = len(named) / len(answered)
    figures["own held: second level right where named"] = sum(
        o.second in o.case.second for o in named
    ) / len(named)
    others = _other_sets(data)
    for name, cases in others.items():
        _summarise(name, judge(cases), figures)
    parts = [view for case in own if case.split == "held" for view in views(case)]
    figures["own held, whole and in parts: calibration error"] = calibration_error(judge(parts))
    for name, cases in others.items():
        figures[f"{name}: calibration error"] = calibration_error(judge(cases))
    held = judge([*parts, *others.get(UNREAD, ())])
    figures["held: calibration error"] = calibration_error(held)
    figures["held: widest gap of a tenth"] = widest_gap(held)
    for tenth, (texts, mean, right) in reliability(held).items():
        figures[f"held: right of {texts} at confidence {tenth} ({mean:.2f})"] = right
    figures["microseconds for 500 words"] = time_500_words(own)
    return figures


def _other_sets(data: Path) -> dict[str, list[Case]]:
    """Set that are found, by name."""
    sets: dict[str, list[Case]] = {}
    if (data / "gold-dev").is_dir():
        sets["gold-dev, read"] = list(_gold_dev(data))
    for year, name in (("2019", "wikinews 2019, read"), ("2020", UNREAD)):
        if (data / "wikinews" / f"wikinews_{year}.csv").is_file():
            sets[name] = list(_wikinews(data, year))
    if (data / "sib200").is_dir():
        for language in SIB200_FOLDERS:
            sets[f"sib200 dev {language}"] = list(_sib200(data, language))
    return sets


def _summarise(name: str, outcomes: list[Outcome], figures: dict[str, float]) -> None:
    f1 = topic_f1(outcomes)
    figures[f"{name}: best topic accepted"] = accuracy(outcomes)
    figures[f"{name}: macro-F1"] = statistics.mean(f1.values())
    figures[f"{name}: share without topic"] = sum(not o.best for o in outcomes) / len(outcomes)


def _gold_dev(data: Path) -> Iterator[Case]:
    for line in (data / "gold-dev" / "articles.jsonl").open():
        article = json.loads(line)
        accepted = tuple(dict.fromkeys((article["topic"], *article["topics_ok"])))
        yield Case("id", "dev", accepted, article["title"], article["text"])


def _wikinews(data: Path, year: str) -> Iterator[Case]:
    lines = (OWN_SET / "wikinews.tsv").read_text(encoding="utf-8").splitlines()
    labels = dict(line.split("\t") for line in lines if not line.startswith("#"))
    with (data / "wikinews" / f"wikinews_{year}.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["url"] in labels:
                text = re.sub(r"^\w+, \w+ \d+, \d{4}\s*", "", row["text"].strip())
                topics = tuple(labels[row["url"]].split())
                yield Case("en", year, topics, row["title"], text)


def _sib200(data: Path, language: str) -> Iterator[Case]:
    lines = (data / "sib200" / SIB200_FOLDERS[language] / "dev.tsv").read_text().splitlines()
    for line in lines[1:]:
        _, label, text = line.split("\t")
        if label in SIB200_TOPICS:
            yield Case(language, "dev", (SIB200_TOPICS[label],), "", text)


def main() -> None:
    """Print the figures, and F1 by topic."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    for name, value in measure(data).items():
        print(f"{name:48} {value:8.3f}" if value < 10 else f"{name:48} {value:8.0f}")
    print("\nF1 by topic, own held half")
    held = [case for case in read_own_set() if case.split == "held"]
    for topic, score in sorted(topic_f1(judge(held)).items()):
        print(f"  medtop:{topic}  {score:.2f}")


if __name__ == "__main__":
    main()
