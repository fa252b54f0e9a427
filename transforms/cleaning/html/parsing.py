"""Markup to a tree, after a look at what would cost the parser minutes or gigabytes: it is refused.

Real pages are far from the bounds, so that each is first compared with a figure that is too high,
but cheap to have; only what that does not clear is measured.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import filterfalse
from typing import NamedTuple

from resiliparse.parse.html import HTMLTree

from warta.transforms.core.options import InputLimits
from warta.transforms.core.rejections import RejectedRecord

MAX_TAGS = 500_000
"""Real pages have some thousands (the largest of 248 has 9,207); this many take seconds."""
MAX_REOPENED = 500_000
"""Elements that a parser may have to make for formatting left open, at about 400 bytes each."""
MAX_ATTRIBUTES = 1_000
"""Attributes of one tag: the parser's time grows with their square (10,000: .1 s)."""
STRETCH_TAGS = 256
"""So many tags are counted at once; the bound of the depth is too high by half of it."""
LONG_TAG_CHARS = 4_000
"""A shorter tag cannot have too many attributes to worry about."""

_TAG_NAME = re.compile(r"<(/?[a-zA-Z][^\s/>]*)")
_FLAT_TAGS = """
area base body br col colgroup dd dt embed head hr html img input li link meta optgroup option p
param source tbody td tfoot th thead tr track wbr
"""
_FLAT = frozenset(
    form for tag in _FLAT_TAGS.split() for form in (tag, f"/{tag}", tag.upper(), f"/{tag.upper()}")
)
"""Void elements, and those that close by themselves: leaving them open nests nothing."""
_FORMATTING_TAGS = "a b big code em font i nobr s small strike strong tt u"
_FORMATTING = frozenset(_FORMATTING_TAGS.split())
"""Elements that a parser opens again in every block that follows (WHATWG HTML, 13.2.4.3)."""
_NOT_MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(script|style)\b(?![^>]{0,200}ld\+json)[^>]*+(?:>|\Z).*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_ATTRIBUTE = re.compile(r"[^\s/=>]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?")


class ParsedPage(NamedTuple):
    """A parsed page."""

    tree: HTMLTree
    markup: str
    """What it was parsed from."""
    tags: frozenset[str]
    """Names of all elements that the markup may hold, in lower case; and of some that it does not,
    as scripts speak of tags too."""


class Nesting(NamedTuple):
    """How deep elements are nested, at most."""

    depth: int
    formatting: int
    """Elements of formatting that are open at once."""


def parse_markup(markup: str, limits: InputLimits) -> ParsedPage:
    """Return the tree of markup that a parser can take in reasonable time and memory.

    Raises:
      RejectedRecord: "too_deep", or "bad_markup" for too many tags, elements or attributes.
    """
    tags = markup.count("<")
    if tags > MAX_TAGS:
        raise RejectedRecord("bad_markup", f"{tags} tags, over {MAX_TAGS}")
    names = tag_names(markup)
    if not _is_within(bound_nesting(names), tags, limits) and not _is_within(
        measure_nesting(names), tags, limits
    ):
        # Scripts may hold any number of half tags: what is measured again is what is parsed.
        markup = _NOT_MARKUP.sub(" ", markup)
        _check_nesting(measure_nesting(tag_names(markup)), markup.count("<"), limits)
    _check_attributes(markup)
    try:
        tree = HTMLTree.parse(markup)
    except UnicodeEncodeError:
        tree = HTMLTree.parse(_SURROGATE.sub("\ufffd", markup))
    return ParsedPage(tree, markup, frozenset(map(str.lower, set(names))))


def tag_names(markup: str) -> list[str]:
    """Return the names of all tags, as written; those of end tags begin with a slash."""
    return _TAG_NAME.findall(markup)


def _is_within(nesting: Nesting, tags: int, limits: InputLimits) -> bool:
    return nesting.depth <= limits.max_depth and nesting.formatting * tags <= MAX_REOPENED


def _check_nesting(nesting: Nesting, tags: int, limits: InputLimits) -> None:
    if nesting.depth > limits.max_depth:
        raise RejectedRecord("too_deep", f"elements nested over {limits.max_depth} deep")
    if (cost := nesting.formatting * tags) > MAX_REOPENED:
        raise RejectedRecord("bad_markup", f"formatting left open makes {cost} elements")


def bound_nesting(names: Sequence[str]) -> Nesting:
    """Return what `measure_nesting` does, or more: by counts of names alone, in half the time.

    In a stretch of tags no more elements of a name are open at once than were before it and start
    in it; and after it no more than that without those that end in it, but for its own.
    """
    open_now: dict[str, int] = {}
    deepest = most_formatting = 0
    for at in range(0, len(names), STRETCH_TAGS):
        started: dict[str, int] = {}
        ended: list[tuple[str, int]] = []
        for raw, times in Counter(names[at : at + STRETCH_TAGS]).items():
            if raw in _FLAT:
                continue
            name = raw.lower()
            if name[0] == "/":
                ended.append((name[1:], times))
            else:
                started[name] = started.get(name, 0) + times
                open_now[name] = open_now.get(name, 0) + times
        deepest = max(deepest, sum(open_now.values()))
        formatting = sum(open_now[name] for name in _FORMATTING & open_now.keys())
        most_formatting = max(most_formatting, formatting)
        for name, times in ended:
            if name in open_now:
                open_now[name] = max(open_now[name] - times, started.get(name, 0))
    return Nesting(deepest, most_formatting)


def measure_nesting(names: Sequence[str]) -> Nesting:
    """Return upper bounds for the tree of markup, never an underestimate.

    An end tag counts only against start tags of its own name. Linear in the number of names.
    """
    open_now: dict[str, int] = {}
    depth = deepest = formatting = most_formatting = 0
    for raw in filterfalse(_FLAT.__contains__, names):
        name = raw.lower()
        if name[0] != "/":
            open_now[name] = open_now.get(name, 0) + 1
            depth += 1
            if depth > deepest:
                deepest = depth
            if name in _FORMATTING:
                formatting += 1
                if formatting > most_formatting:
                    most_formatting = formatting
        else:
            name = name[1:]
            left = open_now.get(name)
            if left:
                open_now[name] = left - 1
                depth -= 1
                if name in _FORMATTING:
                    formatting -= 1
    return Nesting(deepest, most_formatting)


def _check_attributes(markup: str) -> None:
    for chunk in long_chunks(markup):
        tag = chunk.partition(">")[0] if chunk[0].isalpha() else ""
        if sum(1 for _ in _ATTRIBUTE.finditer(tag)) > MAX_ATTRIBUTES:
            raise RejectedRecord("bad_markup", f"a tag with over {MAX_ATTRIBUTES} attributes")


def long_chunks(markup: str) -> Iterator[str]:
    """Yield what is longer than `LONG_TAG_CHARS` between two "<", or after the last.

    A chunk as long covers one of the windows that are looked through, as far as the first "<".
    """
    window = LONG_TAG_CHARS // 2
    at = 0
    while at < len(markup):
        if markup.find("<", at, at + window) >= 0:
            at += window
            continue
        start, end = markup.rfind("<", 0, at), markup.find("<", at)
        end = len(markup) if end < 0 else end
        if start >= 0 and end - start - 1 > LONG_TAG_CHARS:
            yield markup[start + 1 : end]
        at = end
