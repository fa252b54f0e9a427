"""`warta rules suggest`: short lines that a publisher repeats, proposed as cleaning rules.

Repetition is evidence, not proof: a true sentence of background comes back in article after
article. So nothing is cut here; what is printed is for a person to read, choose from and paste.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from warta.transforms.lake.reading import scan_table
from warta.transforms.lake.storage import Lake

MAX_LINE_CHARS = 100
"""Longer lines are paragraphs."""
MAX_LABEL_WORDS = 4
MIN_SHARE = 0.02
"""A line in fewer of a publisher's articles than this share is chance."""
MIN_LABELLED = 3
"""A label counts as one where so many different texts follow it."""
MAX_KEYS = 200_000
"""Lines held for one publisher; those seen once go where there are more."""
EXAMPLES = 3
SENTENCE_ENDS = '.!?"”'

_COLUMNS = ("publisher_name", "canonical_domain", "in_language", "duplicate_of", "article_body")
_BATCH_ROWS = 1_024
_NUMBER = re.compile(r"\d+")
_NOT_SLUG = re.compile(r"[^a-z]+")
_LABEL = re.compile(r"([^\W\d_][^:\n]{1,40}?)\s{0,2}:\s{0,2}(?=\S)")


@dataclass
class _Seen:
    """One line, or all lines of one label: in how many articles, where, and what it looks like."""

    articles: int = 0
    at_end: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, line: str, *, at_end: bool) -> None:
        self.articles += 1
        self.at_end += at_end
        if len(self.examples) < EXAMPLES and line not in self.examples:
            self.examples.append(line)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A line that a publisher repeats, and the rule that would take it."""

    publisher: str
    language: str
    pattern: str
    articles: int
    """Articles of the publisher that hold it."""
    of: int
    """Articles of the publisher in all; copies are not counted."""
    at_end: int
    """How often it was among the last three lines."""
    examples: tuple[str, ...]


class _Publisher:
    """What is counted of one publisher."""

    def __init__(self) -> None:
        self.articles = 0
        self.languages: Counter[str] = Counter()
        self.lines: defaultdict[str, _Seen] = defaultdict(_Seen)
        self.labels: defaultdict[str, _Seen] = defaultdict(_Seen)

    def add(self, body: str, language: str) -> None:
        self.articles += 1
        self.languages[language] += 1
        lines = body.split("\n")
        seen: set[str] = set()
        for place, line in enumerate(lines):
            if not 1 < len(line) <= MAX_LINE_CHARS:
                continue
            at_end = place >= len(lines) - 3
            self._count(self.lines, _fold(line), line, seen, at_end=at_end)
            label = _label(line)
            if label:
                self._count(self.labels, f"{_fold(label)}:", line, seen, at_end=at_end)

    def _count(
        self,
        into: defaultdict[str, _Seen],
        key: str,
        line: str,
        seen: set[str],
        *,
        at_end: bool,
    ) -> None:
        if key in seen:
            return
        seen.add(key)
        into[key].add(line, at_end=at_end)
        if len(into) > MAX_KEYS:
            for rare in [known for known, found in into.items() if found.articles == 1]:
                del into[rare]


def suggest_rules(uri: str, *, min_articles: int = 5) -> list[Suggestion]:
    """Return a lake's suggestions by publisher, those in most articles first.

    Args:
      uri: Of the lake.
      min_articles: A line in fewer articles of a publisher is not proposed.

    Raises:
      LakeError: It is not a lake, or one of its files is damaged.
      StorageError: The URI cannot be used.
    """
    lake = Lake(uri)
    lake.check()
    publishers: defaultdict[str, _Publisher] = defaultdict(_Publisher)
    for name, language, body in _bodies(lake):
        publishers[name].add(body, language)
    return [
        suggestion
        for name in sorted(publishers)
        for suggestion in _suggest(name, publishers[name], min_articles)
    ]


def _bodies(lake: Lake) -> Iterator[tuple[str, str, str]]:
    """Yield publisher, language and body of every article that is not a copy of another."""
    for batch in scan_table(lake, "articles", _COLUMNS):
        for row in batch.to_pylist():
            if row["duplicate_of"] is None and row["article_body"]:
                publisher = row["publisher_name"] or row["canonical_domain"] or "(none)"
                yield publisher, row["in_language"] or "und", row["article_body"]


def _suggest(name: str, publisher: _Publisher, min_articles: int) -> Iterator[Suggestion]:
    floor = max(min_articles, MIN_SHARE * publisher.articles)
    language = publisher.languages.most_common(1)[0][0]
    labelled = {
        key: seen
        for key, seen in publisher.labels.items()
        if seen.articles >= floor and len(seen.examples) >= MIN_LABELLED
    }
    whole = {
        key: seen
        for key, seen in publisher.lines.items()
        if seen.articles >= floor and f"{_fold(_label(seen.examples[0]) or '')}:" not in labelled
    }
    found = [(seen, _label_pattern(seen.examples[0])) for seen in labelled.values()]
    found += [(seen, _line_pattern(seen.examples[0])) for seen in whole.values()]
    for seen, pattern in sorted(found, key=lambda pair: (-pair[0].articles, pair[1])):
        yield Suggestion(
            name,
            language,
            pattern,
            seen.articles,
            publisher.articles,
            seen.at_end,
            tuple(seen.examples),
        )


def _fold(text: str) -> str:
    """Lines that differ in case and numbers alone are the same line."""
    return _NUMBER.sub("0", text.casefold()).strip()


def _label(line: str) -> str | None:
    """Return the words before a colon, where the line reads like "Label: something"."""
    found = _LABEL.match(line)
    if found is None or line.endswith((".", "!", "?", '"', "”", ":")):
        return None
    return found[1] if len(found[1].split()) <= MAX_LABEL_WORDS else None


def _line_pattern(line: str) -> str:
    pieces = (re.escape(piece).replace(r"\ ", " ") for piece in _NUMBER.split(line))
    return r"\d{1,8}".join(pieces)


def _label_pattern(line: str) -> str:
    return _line_pattern(_label(line) or line) + r"\s{0,2}:[^\n]{1,80}"


def render(suggestions: Iterable[Suggestion]) -> str:
    """Return TOML to paste into transforms/data/rules, with the evidence as comments."""
    ids: Counter[str] = Counter()
    return "\n".join([_block(suggestion, ids) for suggestion in suggestions])


def _block(suggestion: Suggestion, ids: Counter[str]) -> str:
    slug = "_".join(_NOT_SLUG.sub(" ", suggestion.examples[0].casefold()).split()[:3]) or "line"
    name = f"{suggestion.language.partition('-')[0]}_{slug}"
    ids[name] += 1
    if ids[name] > 1:
        name = f"{name}_{ids[name]}"
    hits = ", ".join(json.dumps(line, ensure_ascii=False) for line in suggestion.examples)
    doubt = "# Reads like a sentence: is it background that comes back?\n"
    return (
        f"# {_one_line(suggestion.publisher)}: in {suggestion.articles} of {suggestion.of} articles"
        f", {suggestion.at_end} times at the end\n"
        f"{doubt if suggestion.examples[0][-1] in SENTENCE_ENDS else ''}"
        "[[rule]]\n"
        f'id = "{name}"\n'
        'does = "drop_line"\n'
        f"pattern = {json.dumps(suggestion.pattern, ensure_ascii=False)}\n"
        f"hits = [{hits}]\n"
        "spares = []  # a line of an article that looks alike and must stay\n"
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:80]
