"""The stage that drops lines that ask the reader for something: "Sign up for our newsletter".

They are in the article's own block, between its paragraphs and after them, and no class names them.
"""

import re
import tomllib
from functools import cache

from warta.transforms.cleaning.html.blocks import WORDS_FILE, Blocks

MAX_PLEA_CHARS = 300
"""A longer line is a paragraph."""
MAX_DATE_CHARS = 80
DATE_LINES = 6
"""How many lines from its beginning on may be the article's date alone."""
_EDGES = " \t*•-–—>»|([.,:;!?)]"
_DATE = re.compile(
    r"(?:\w{2,10}, )?\d{1,2}(?:[./-]\d{1,2}[./-]|\.? [^\W\d]{3,9}\.?,? )(?:19|20)\d{2}"
    r"(?:,? ?[-–|/]{0,2} ?\d{1,2}[:.]\d{2}(?: ?(?:uhr|wib|wita|wit|am|pm))?)?"
    r"(?: ?[/|]{1,2} .{3,40})?",
    re.IGNORECASE,
)
"""A line that is nothing but a date, with a time or a writer's name."""


@cache
def _pleas() -> dict[str, tuple[re.Pattern[str], ...]]:
    """Return what lines may begin with, by their first words."""
    with WORDS_FILE.open("rb") as file:
        tables = tomllib.load(file)["plea"]
    found: dict[str, tuple[re.Pattern[str], ...]] = {}
    for table in tables:
        pattern = re.compile(table["pattern"])
        for word in table["first"]:
            found[word] = (*found.get(word, ()), pattern)
    return found


def is_plea(text: str) -> bool:
    """Return whether a line asks the reader for something, or speaks of its page.

    Example:
      >>> is_plea("Follow us on Facebook for more recipes.")
      True
      >>> is_plea("Follow us on a walk through the old harbour.")
      False
    """
    if len(text) > MAX_PLEA_CHARS or text[-1:] in '"”»“':
        return False
    lowered = text.lower().lstrip(_EDGES)
    patterns = _pleas().get(lowered.split(" ", 1)[0].rstrip(_EDGES))
    return patterns is not None and any(pattern.match(lowered) for pattern in patterns)


def _is_date(text: str) -> bool:
    if len(text) > MAX_DATE_CHARS or ("20" not in text and "19" not in text):
        return False
    return _DATE.fullmatch(text) is not None


def drop_pleas(blocks: Blocks) -> None:
    """Drop pleas, and a date that is a line of its own near the beginning; something must stay."""
    rules = [
        "page_plea"
        if is_plea(line.text)
        else "page_date"
        if at < DATE_LINES and _is_date(line.text)
        else ""
        for at, line in enumerate(blocks.lines)
    ]
    if all(rules):
        return
    for line, rule in zip(blocks.lines, rules, strict=True):
        if rule:
            blocks.note([line], rule)
    blocks.lines = [line for line, rule in zip(blocks.lines, rules, strict=True) if not rule]
