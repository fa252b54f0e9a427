"""Cleaning rules by language, read from `transforms/data/rules/*.toml`.

What a rule is and does is told at the head of `id.toml`. A file names the languages it serves: an
Indonesian text is also looked at with the Malay rules, because the two are easily confused.
"""

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RULES_FOLDER = Path(__file__).parent.parent.parent / "data" / "rules"
KINDS = frozenset({"drop_line", "drop_inline", "cut_from", "related", "credit", "byline"})
NEVER = re.compile(r"(?!)")
"""Matches nothing: stands where a language has no rule of a kind."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a file, ready to match."""

    id: str
    does: str
    pattern: re.Pattern[str]
    marks: tuple[str, ...]
    role: str
    hits: tuple[str, ...]
    spares: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules for one language. `lines` and `headings` name the rule that hit in `lastgroup`."""

    rules: dict[str, Rule]
    lines: re.Pattern[str]
    headings: re.Pattern[str]
    inline: tuple[Rule, ...]
    related: tuple[Rule, ...]
    roots: tuple[tuple[str, tuple[tuple[str, Rule], ...]], ...]
    """Marks of both, by the word they have in common: where that is missing, so are they all."""
    title_words: frozenset[str]
    sentence_starts: frozenset[str]


def read_rule(table: dict[str, Any]) -> Rule:
    """One `[[rule]]` of a file -> Rule.

    Raises:
      ValueError: an unknown kind, a pattern that is no regular expression, or no marks where the
        kind needs them.
    """
    name, does = table["id"], table["does"]
    if does not in KINDS:
        raise ValueError(f"rule {name}: does not know how to {does!r}")
    if does in {"drop_inline", "related"} and not table.get("marks"):
        raise ValueError(f"rule {name}: {does} needs marks")
    flags = 0 if table.get("exact_case") else re.IGNORECASE
    try:
        pattern = re.compile(table["pattern"], flags)
    except re.error as error:
        raise ValueError(f"rule {name}: {error}") from error
    return Rule(
        id=name,
        does=does,
        pattern=pattern,
        marks=tuple(table.get("marks", ())),
        role=table.get("role", ""),
        hits=tuple(table["hits"]),
        spares=tuple(table["spares"]),
    )


def _either(rules: list[Rule], before: str = "", after: str = "") -> re.Pattern[str]:
    """One pattern for many rules, each a group of its name: one call a line in place of thirty."""
    if not rules:
        return NEVER
    branches = (
        f"(?P<{rule.id}>(?{'i' if rule.pattern.flags & re.IGNORECASE else ''}:"
        f"{re.sub(r'[(][?]P<[a-z]+>', '(?:', rule.pattern.pattern)}))"
        for rule in rules
    )
    return re.compile(f"{before}(?:{'|'.join(branches)}){after}")


def _by_root(rules: list[Rule]) -> tuple[tuple[str, tuple[tuple[str, Rule], ...]], ...]:
    """Rules with marks -> root word -> its marks, each with its rule."""
    roots: dict[str, list[tuple[str, Rule]]] = {}
    for rule in rules:
        for mark in rule.marks:
            root = mark.strip("([").split()[0]
            roots.setdefault(root, []).append((mark, rule))
    return tuple((root, tuple(marked)) for root, marked in roots.items())


def build_rules(tables: list[dict[str, Any]]) -> RuleSet:
    """Parsed rule files -> one RuleSet, the rules in the order of the files."""
    rules = [read_rule(rule) for table in tables for rule in table["rule"]]
    by_kind = {kind: [rule for rule in rules if rule.does == kind] for kind in KINDS}
    whole_lines = by_kind["drop_line"] + by_kind["credit"] + by_kind["byline"]
    return RuleSet(
        rules={rule.id: rule for rule in rules},
        lines=_either(whole_lines),
        headings=_either(by_kind["cut_from"], r"[\s#>*•|–—-]{0,5}", r"[\s:»>|*.]{0,5}"),
        inline=tuple(by_kind["drop_inline"]),
        related=tuple(by_kind["related"]),
        roots=_by_root(by_kind["drop_inline"] + by_kind["related"]),
        title_words=frozenset(word for table in tables for word in table["title_words"]),
        sentence_starts=frozenset(word for table in tables for word in table["sentence_starts"]),
    )


@functools.cache
def _read_files() -> dict[str, dict[str, Any]]:
    return {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted(RULES_FOLDER.glob("*.toml"))
    }


@functools.lru_cache(maxsize=256)
def load_rules(language: str) -> RuleSet:
    """BCP-47 language -> the rules of every file that serves it; none for other languages."""
    primary = language.split("-")[0].lower()
    files = _read_files()
    serving = [name for name, table in files.items() if primary in table["languages"]]
    serving.sort(key=lambda name: name != primary)
    return build_rules([files[name] for name in serving])
