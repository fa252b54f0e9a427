"""Cleaning rules by language, read from `transforms/data/rules/*.toml`.

The head of `id.toml` says what a rule is and does, that of `any.toml` what is looked for at the end
of texts of any language. A file names the languages it serves: an
Indonesian text is also looked at with the Malay rules, because the two are easily confused.
"""

import functools
import re
from dataclasses import dataclass
from typing import Any

from warta.transforms.core.languages import primary_subtag
from warta.transforms.core.rule_files import RULES_FOLDER, read_rule_files, rule_pattern

TAIL_KINDS = ("footer", "bare_footer", "read_on", "excerpt")
"""Kinds that are looked for at the end of a text alone."""
KINDS = frozenset(
    {"drop_line", "drop_inline", "cut_from", "related", "credit", "byline", *TAIL_KINDS}
)
EVERY_LANGUAGE = "*"
_NAME_WORD = (
    r"(?:(?:the|of|and|for|in|on|at|by|di|dan|de|la|van|pada|tanggal)|(?-i:[A-Z0-9@“\"'‘(&|])[^\s\n]*"
    r"|[\w-]+\.[\w.-]{2,}[^\s\n]*)"
)
# Atomic: a word that fits in several ways must not be tried in all of them.
_OUTLET = rf"(?>{_NAME_WORD})(?:\s(?>{_NAME_WORD})){{0,11}}"
OUTLET = re.compile(_OUTLET)
"""The name of an outlet, with a date after it or not: words with capitals, small ones between."""
_PLACEHOLDERS = {
    "{title}": r"(?P<title>\S[^\n]{1,249}?)",
    "{site}": r"(?P<site>\S[^\n]{1,79}?)[.!]?",
    "{outlet}": rf"{_OUTLET}[.!]?",
    "{start}": r"(?:\A|(?<=\n)|(?<=[.!?…\"”’)\]]\s))",
    "{end}": r"(?m:[ \t]*$)",
    "{more}": r"(?:\s?(?:\.{3}|…|:))?(?:\s?[→»›⟶➔➝>]{1,3})?",
}
"""What patterns of these kinds may name."""
NEVER = re.compile(r"(?!)")
"""Matches nothing: for a language that has no rule of a kind."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a file, ready to match."""

    id: str
    does: str
    written: str
    """Its regular expression, placeholders written out."""
    flags: int
    marks: tuple[str, ...]
    inside: bool
    """Whether rules for lines come first where its piece is a line of its own."""
    role: str
    hits: tuple[str, ...]
    spares: tuple[str, ...]

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return what it looks for, by itself: most are compiled into one for all, and never asked.

        Raises:
          ValueError: It is not a regular expression.
        """
        return rule_pattern(self.id, self.written, self.flags)


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
    tails: tuple[Rule, ...]
    """What is looked for at the end of a text."""
    tail_marks: tuple[str, ...]
    """Of `tails`: without one of them in the last lines, none can hit."""
    title_words: frozenset[str]
    sentence_starts: frozenset[str]
    sure_starts: frozenset[str]
    """Words with a capital that no headline has so: a sentence begins."""
    openers: frozenset[str]
    """Common words that sentences open with; in headlines in title case they have capitals too."""
    offices: frozenset[str]
    """Words with a capital that a person's office begins with."""
    speech: frozenset[str]
    """Words in small letters that only a person is the subject of."""


def read_rule(table: dict[str, Any]) -> Rule:
    """Return the rule that one `[[rule]]` of a file is.

    Raises:
      ValueError: An unknown kind, or no marks where the kind needs them.
    """
    name, does = table["id"], table["does"]
    if does not in KINDS:
        raise ValueError(f"rule {name}: does not know how to {does!r}")
    if does in {"drop_inline", "related", *TAIL_KINDS} and not table.get("marks"):
        raise ValueError(f"rule {name}: {does} needs marks")
    return Rule(
        id=name,
        does=does,
        written=_written_out(table["pattern"]),
        flags=0 if table.get("exact_case") else re.IGNORECASE,
        marks=tuple(table.get("marks", ())),
        inside=table.get("inside", False),
        role=table.get("role", ""),
        hits=tuple(table["hits"]),
        spares=tuple(table["spares"]),
    )


def _written_out(pattern: str) -> str:
    """Return a pattern with its placeholders replaced.

    A group's name counts once in a pattern: of alternatives that all name {title}, each further one
    takes a name of its own, "title_2".
    """
    for name, meaning in _PLACEHOLDERS.items():
        first, *others = pattern.split(name)
        pattern = first
        for number, rest in enumerate(others, start=1):
            group = meaning if number == 1 else re.sub(r"(P<[a-z]+)>", rf"\1_{number}>", meaning)
            pattern += group + rest
    return pattern


def _either(rules: list[Rule], before: str = "", after: str = "") -> re.Pattern[str]:
    """One pattern for many rules, each a group of its name: one call a line in place of thirty."""
    if not rules:
        return NEVER
    branches = (
        f"(?P<{rule.id}>(?{'i' if rule.flags & re.IGNORECASE else ''}:"
        f"{re.sub(r'[(][?]P<[a-z_0-9]+>', '(?:', rule.written)}))"
        for rule in rules
    )
    try:
        return re.compile(f"{before}(?:{'|'.join(branches)}){after}")
    except re.error:
        for rule in rules:
            _ = rule.pattern  # the one that is wrong is named
        raise


def _by_root(rules: list[Rule]) -> tuple[tuple[str, tuple[tuple[str, Rule], ...]], ...]:
    """Return the marks of rules by their root word, each with its rule."""
    roots: dict[str, list[tuple[str, Rule]]] = {}
    for rule in rules:
        for mark in rule.marks:
            root = (mark.strip("([").split() or [mark])[0]
            roots.setdefault(root, []).append((mark, rule))
    return tuple((root, tuple(marked)) for root, marked in roots.items())


def build_rules(tables: list[dict[str, Any]]) -> RuleSet:
    """Return the rules of parsed files as one set, in the order of the files."""
    rules = [read_rule(rule) for table in tables for rule in table["rule"]]
    by_kind = {kind: [rule for rule in rules if rule.does == kind] for kind in KINDS}
    whole_lines = by_kind["drop_line"] + by_kind["credit"] + by_kind["byline"]
    tails = [rule for kind in TAIL_KINDS for rule in by_kind[kind]]
    return RuleSet(
        rules={rule.id: rule for rule in rules},
        lines=_either(whole_lines),
        headings=_either(by_kind["cut_from"], r"[\s#>*•|–—-]{0,5}", r"[\s:»>|*.]{0,5}"),
        inline=tuple(by_kind["drop_inline"]),
        related=tuple(by_kind["related"]),
        roots=_by_root(by_kind["drop_inline"] + by_kind["related"]),
        tails=tuple(tails),
        tail_marks=tuple(dict.fromkeys(mark for rule in tails for mark in rule.marks)),
        title_words=frozenset(word for table in tables for word in table["title_words"]),
        sentence_starts=frozenset(word for table in tables for word in table["sentence_starts"]),
        sure_starts=frozenset(word for table in tables for word in table.get("sure_starts", ())),
        speech=frozenset(word for table in tables for word in table.get("speech", ())),
        openers=frozenset(word for table in tables for word in table.get("openers", ())),
        offices=frozenset(word for table in tables for word in table.get("offices", ())),
    )


@functools.lru_cache(maxsize=256)
def load_rules(language: str) -> RuleSet:
    """Return the rules of every file that serves a language, those for all languages last.

    Args:
      language: BCP-47.
    """
    primary = primary_subtag(language)
    files = read_rule_files(RULES_FOLDER)
    wanted = {primary, EVERY_LANGUAGE}
    serving = [name for name, table in files.items() if wanted & set(table["languages"])]
    serving.sort(key=lambda name: (EVERY_LANGUAGE in files[name]["languages"], name != primary))
    return build_rules([files[name] for name in serving])
