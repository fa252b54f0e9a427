"""Read whom and what a line credits: "Editor: ...", "Sumber: ..."."""

import re
from collections.abc import Iterable

from warta.transforms.cleaning.text.dateline import agency_name
from warta.transforms.cleaning.text.rules import Rule, load_rules
from warta.transforms.core.records import Author

MAX_RULE_LINE_CHARS = 300
"""Lines longer than this are paragraphs: rules for whole lines pass them by."""

_NAME_PARTS = re.compile(r"\s*(?:[,;/&|]|\bdan\b|\band\b)\s*")


class Credits:
    """The authors and the information sources that lines name, in their order."""

    def __init__(self) -> None:
        self.info_sources: list[str] = []
        self.authors: list[Author] = []

    def note(self, rule: Rule, line: str) -> None:
        """Note what a line names that a rule hits, if the rule is one of credits or bylines."""
        if rule.does not in ("credit", "byline"):
            return
        match = rule.pattern.fullmatch(line)
        if match is None:
            return
        names = match["source" if rule.does == "credit" else "person"].strip()
        parts = [part for part in _NAME_PARTS.split(names) if part]
        if rule.does == "credit":
            self.info_sources += map(agency_name, parts)
        else:
            self.authors += [Author(part, rule.role) for part in parts]


def read_credits(lines: Iterable[str], language: str) -> Credits:
    """Return whom and what lines credit that are beside a text: each is read by itself.

    Args:
      lines: As a page has them.
      language: BCP-47; picks the rules.

    Example:
      >>> found = read_credits(["Editor: Bagas Wiratama", "Sumber: Kantor Berita Contoh"], "id")
      >>> found.authors, found.info_sources
      ([Author(name='Bagas Wiratama', role='editor')], ['Kantor Berita Contoh'])
    """
    rules, found = load_rules(language), Credits()
    for line in lines:
        hit = rules.lines.fullmatch(line) if len(line) <= MAX_RULE_LINE_CHARS else None
        if hit is not None and hit.lastgroup is not None:
            found.note(rules.rules[hit.lastgroup], line)
    return found
