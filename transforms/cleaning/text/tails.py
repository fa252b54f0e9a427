"""Footers and links at the end of a text: "The post ... appeared first on ...", "Continue reading".

Publishing systems add them to every entry. A sentence that merely speaks of such a thing stays: a
footer that names a title must name the article's own, and a link must end its line.
"""

import re
from typing import NamedTuple

from warta.transforms.cleaning.text.rules import OUTLET, Rule, RuleSet
from warta.transforms.cleaning.text.shapes import fold, is_title

TAIL_LINES = 6
"""How many lines at the end may hold a footer or a link."""
MAX_TAIL_CHARS = 400
"""How much of a line's end is looked at: more than a title of 250 with its footer takes."""
MAX_STARTS = 24
"""How many sentence ends, and blanks, of a line are tried: bounds the time of hostile text."""
MIN_SHARED = 0.5
"""Share of words that a footer's title and the headline have in common, of the longer one."""
MIN_TITLE_WORDS = 4
"""Shortest title that a footer is believed by its looks alone."""

MAX_SITE_WORDS = 5
"""Longest name of a site that a footer with the very headline may give in small letters."""

_SENTENCE_END = re.compile(r"[.!?…:\])”\"'’»→>|]\s+")
_BLANK = re.compile(r"\s+")
_ARROW = re.compile(r"[→»›⟶➔➝>]|^[(\[].*[)\]]$")
_QUOTES = " \t\"'“”‘’«»„"
_WORDS = re.compile(r"\w+")


class Tail(NamedTuple):
    """What is cut off the end of a line: from code point `start` on, by `rule`."""

    start: int
    rule: str


class TailContext(NamedTuple):
    """What is known of the article whose end is looked at."""

    headline: str | None
    publisher: str | None


def tail_marks(text: str, rules: RuleSet) -> tuple[str, ...]:
    """Return the marks of footers and links in a text: far cheaper than looking for a footer."""
    lowered = text.lower()
    return tuple([mark for mark in rules.tail_marks if mark in lowered])


def find_tail(
    line: str,
    rules: RuleSet,
    context: TailContext,
    *,
    last: bool,
    marks: tuple[str, ...] | None = None,
) -> Tail | None:
    """Return the footer or link that ends a line.

    Args:
      line: Without blanks at its end.
      rules: Of the text's language.
      context: Footers that name its headline or its publisher are believed.
      last: Whether no other line follows: "[...]" is cut there alone.
      marks: Those that the line's end may hold, where `tail_marks` was asked.

    Returns:
      Where the cut begins, and its rule; None where the line ends in the article's own words.

    Example:
      >>> from warta.transforms.cleaning.text.rules import load_rules
      >>> line = "The ferry sails again. Continue reading →"
      >>> find_tail(line, load_rules("en"), TailContext(None, None), last=True)
      Tail(start=23, rule='any_read_on')
    """
    skipped = max(0, len(line) - MAX_TAIL_CHARS)
    window = line[skipped:]
    likely = _likely(window, rules, marks)
    if not likely:
        return None
    opening = [] if skipped else [0]
    opening += [end.end() for end in _SENTENCE_END.finditer(window)][-MAX_STARTS:]
    blanks = [blank.end() for blank in _BLANK.finditer(window)][-MAX_STARTS:]
    for start in dict.fromkeys((*opening, *blanks)):
        for rule, furthest in likely:
            match = rule.pattern.fullmatch(window, start) if start <= furthest else None
            if match is None:
                continue
            if rule.does == "excerpt":
                holds = last
            elif rule.does == "read_on":
                holds = _is_link(match, context, opens=start in opening)
            else:
                whole = skipped + start == 0
                holds = start in opening and _is_footer(rule, match, context, whole=whole)
            if holds:
                return Tail(skipped + start, rule.id)
    return None


def _likely(window: str, rules: RuleSet, marks: tuple[str, ...] | None) -> list[tuple[Rule, int]]:
    """Return the rules with a mark in a line's end, each with where it can begin at the latest."""
    lowered = window.lower()
    # Some letters are longer in lower case: then a mark may be anywhere.
    shifts = len(lowered) != len(window)
    marks = rules.tail_marks if marks is None else marks
    places = {
        mark: len(window) if shifts else lowered.rfind(mark) for mark in marks if mark in lowered
    }
    if not places:
        return []
    found = [(rule, max([places.get(mark, -1) for mark in rule.marks])) for rule in rules.tails]
    return [(rule, place) for rule, place in found if place >= 0]


def cut_tails(line: str, rules: RuleSet, context: TailContext) -> str:
    """Return one line, such as a summary, without the footers and links at its end.

    Example:
      >>> from warta.transforms.cleaning.text.rules import load_rules
      >>> line = "The ferry sails again. [...] Read more"
      >>> cut_tails(line, load_rules("en"), TailContext(None, None))
      'The ferry sails again.'
    """
    line = line.rstrip()
    while line and tail_marks(line[-MAX_TAIL_CHARS:], rules):
        tail = find_tail(line, rules, context, last=True)
        if tail is None:
            break
        line = line[: tail.start].rstrip()
    return line


def _is_link(match: re.Match[str], context: TailContext, *, opens: bool) -> bool:
    """Return whether a match is a link to read on: an arrow needs no sentence end before it."""
    if _ARROW.search(match[0]) is not None:
        return True
    title = match.groupdict().get("title")
    return opens and not match[0][0].islower() and (not title or _is_headline(title, context))


def _is_footer(rule: Rule, match: re.Match[str], context: TailContext, *, whole: bool) -> bool:
    """Return whether a match is the publishing system's footer, and no sentence of the article."""
    groups = {name: value for name, value in match.groupdict().items() if value}
    title = next((value for name, value in groups.items() if name.startswith("title")), None)
    if title is None:
        return True
    site = next((value for name, value in groups.items() if name.startswith("site")), "")
    if fold(title) == fold(context.headline or "") and len(site.split()) <= MAX_SITE_WORDS:
        return True
    published_here = bool(context.publisher) and fold(site) == fold(context.publisher or "")
    if not published_here and site.isascii() and OUTLET.fullmatch(site) is None:
        return False
    if _is_headline(title, context) or (published_here and whole and rule.does == "footer"):
        return True
    quoted = title[0] in _QUOTES and title[-1] in _QUOTES
    bare = title.strip(_QUOTES)
    fits = is_title(bare) and len(_WORDS.findall(bare)) >= MIN_TITLE_WORDS
    return whole and fits and (quoted or rule.does != "bare_footer")


def _is_headline(title: str, context: TailContext) -> bool:
    """Return whether a title is the headline, but for small changes or a cut end."""
    named = _WORDS.findall(title.casefold())
    known = _WORDS.findall((context.headline or "").casefold())
    if not named or not known:
        return False
    if title.rstrip(_QUOTES).endswith(("...", "…")) and known[: len(named)] == named:
        return len(named) >= MIN_TITLE_WORDS
    shared = len(set(named) & set(known))
    return shared >= MIN_SHARED * max(len(set(named)), len(set(known)))
