"""Service content: pages made from templates that report no event, by rules of a language.

Weather, exam keys, horoscopes, prices, lyrics and schedules look alike from day to day and are no
story. The head of `transforms/data/rules/service/id.toml` says what a rule is.
"""

import functools
import re
from dataclasses import dataclass
from typing import Any

from warta.transforms.core.languages import primary_subtag
from warta.transforms.core.rule_files import RULES_FOLDER, read_rule_files, rule_pattern

SERVICE_FOLDER = RULES_FOLDER / "service"
MAX_HEADLINE_CHARS = 200
"""What is looked at of a headline, or of a text that has none: bounds the time of a pattern."""
NAMES_EVENTS = frozenset({"schedule", "tv"})
"""Kinds that may name an event that others report, as a match: they join its story."""
_FALLBACK = "en"
_TOKEN = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class ServiceRule:
    """One rule of a file."""

    id: str
    kind: str
    marks: frozenset[str]
    written: str
    """Its regular expression, with what `{when}` means."""
    hits: tuple[str, ...]
    spares: tuple[str, ...]

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return what it looks for, compiled when a title first has one of its marks: few ever do.

        Raises:
          ValueError: It is not a regular expression.
        """
        return rule_pattern(self.id, self.written, re.IGNORECASE)


def service_rule(
    headline: str | None, body: str, language: str | None, *, kinds: frozenset[str] | None = None
) -> ServiceRule | None:
    """Return the rule that takes an article for service content.

    Args:
      headline: Headline, if there is one.
      body: Text; its first words are looked at where there is no headline.
      language: BCP-47 code. A language without rules is never service content.
      kinds: Only rules of these kinds.

    Returns:
      The rule that hits; of several one that leaves an article its event, then the first of the
      file. None if none hits.

    Example:
      >>> service_rule("Prakiraan Cuaca Kota Sagara Besok", "", "id").id
      'id_weather'
      >>> service_rule("Cuaca Buruk, Kapal Feri Batal Berangkat", "", "id") is None
      True
    """
    title = _title(headline, body)
    by_mark = _rules_by_mark(primary_subtag(language or _FALLBACK))
    if not title or not by_mark:
        return None
    marked = [one for word in _TOKEN.findall(title.lower()) for one in by_mark.get(word, ())]
    for _, rule in sorted(set(marked), key=_rank):
        if (kinds is None or rule.kind in kinds) and rule.pattern.search(title):
            return rule
    return None


def load_service_rules(name: str) -> tuple[ServiceRule, ...]:
    """Return the rules of one file, by its name without suffix.

    Raises:
      ValueError: A rule has no marks.
    """
    table = read_rule_files(SERVICE_FOLDER)[name]
    return tuple(_rule(rule, table["when"]) for rule in table["rule"])


def service_files() -> tuple[str, ...]:
    """Return the names of the files of rules."""
    return tuple(read_rule_files(SERVICE_FOLDER))


def _rank(placed: tuple[int, ServiceRule]) -> tuple[bool, int]:
    place, rule = placed
    return rule.kind not in NAMES_EVENTS, place


def _title(headline: str | None, body: str) -> str:
    if headline and headline.strip():
        return " ".join(headline[: 2 * MAX_HEADLINE_CHARS].split())[:MAX_HEADLINE_CHARS]
    first = body[: 2 * MAX_HEADLINE_CHARS].lstrip().partition("\n")[0]
    return " ".join(first.split())[: MAX_HEADLINE_CHARS // 2]


def _rule(table: dict[str, Any], when: str) -> ServiceRule:
    if not table.get("marks"):
        raise ValueError(f"rule {table['id']} needs marks")
    return ServiceRule(
        table["id"],
        table["kind"],
        frozenset(table["marks"]),
        table["pattern"].replace("{when}", when),
        tuple(table["hits"]),
        tuple(table["spares"]),
    )


@functools.cache
def _rules_by_mark(language: str) -> dict[str, tuple[tuple[int, ServiceRule], ...]]:
    """Return by mark the rules of a language, each after its place in the file."""
    by_mark: dict[str, list[tuple[int, ServiceRule]]] = {}
    for name, table in read_rule_files(SERVICE_FOLDER).items():
        if language in table["languages"]:
            for place, rule in enumerate(load_service_rules(name)):
                for mark in rule.marks:
                    by_mark.setdefault(mark, []).append((place, rule))
    return {mark: tuple(rules) for mark, rules in by_mark.items()}
