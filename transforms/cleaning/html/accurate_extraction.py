"""Accurate extraction: what our extractor found, set against two others that look differently.

Of the three, two must agree. Ours gives the text; trafilatura takes short lines out of it that it
did not find, and Resiliparse's own extractor confirms long ones that only trafilatura found. All
three are good at other pages, so that their agreement is better than any of them (figures in the
README). It costs several times what the fast way does, and needs the extra `accurate`.
"""

import re
from importlib.util import find_spec

from resiliparse.extract.html2text import extract_plain_text

MAX_CHARS = 2_000_000
"""Longer pages go without: trafilatura is superlinear on some."""
MAX_TAGS = 20_000
"""The same for pages with more tags; the largest of 248 news pages has 9,207."""
SHORT_CHARS = 80
"""Longest line that is dropped without a second vote: what is longer is hardly a label."""
SENTENCE_BLANKS = 4
"""A short line with a full stop and as many blanks stays all the same."""
LONG_CHARS = 120
"""Shortest line that two votes bring in."""
POOR_SHARE = 0.3
"""With less text than this share of trafilatura's sentences, warta's own missed the article."""
AGREED_SHARE = 0.5
"""With less of our text in trafilatura's, it missed the article, and has no vote."""

_NOT_WORD = re.compile(r"\W+")


def is_installed() -> bool:
    """Return whether trafilatura can be asked."""
    return find_spec("trafilatura") is not None


def is_askable(markup: str) -> bool:
    """Return whether a page is small enough for the others."""
    return len(markup) <= MAX_CHARS and markup.count("<") <= MAX_TAGS


def improve(text: str, markup: str, headline: str = "") -> str:
    """Return the text of a page that two of three extractors agree on.

    Args:
      text: One paragraph a line; empty where warta's own extraction found nothing.
      markup: The page, decoded, within the limits of `is_askable`.
      headline: A line that repeats it is left out.
    """
    second = _ask_trafilatura(markup).split("\n")
    second = [line for line in second if line.casefold() != headline.casefold()]
    return decide(text, "\n".join(second), _ask_resiliparse(markup))


def decide(text: str, second: str, third: str) -> str:
    """Return the lines that two of three texts of one page have; see the shares above.

    Lines that only the second and the third have go after the line that precedes them in the
    second.
    """
    if len(text) < POOR_SHARE * sum(len(line) for line in second.split("\n") if _is_sure(line)):
        return second
    lines = text.split("\n")
    squeezed = _squeeze(second)
    agreed = sum(len(line) for line in lines if _squeeze(line) in squeezed)
    if agreed < AGREED_SHARE * len(text):
        return text
    kept = [line for line in lines if _is_sure(line) or _squeeze(line) in squeezed]
    return "\n".join(_with_found(kept, _squeeze(text), second, _squeeze(third)))


def _is_sure(line: str) -> bool:
    """Return whether a line stays with our vote alone: rather a label left than a sentence lost."""
    return len(line) > SHORT_CHARS or (line[-1:] == "." and line.count(" ") >= SENTENCE_BLANKS)


def _with_found(kept: list[str], own: str, second: str, third: str) -> list[str]:
    """Lines kept, and long lines of the second that the third confirms, each in its place."""
    at = {_squeeze(line): place for place, line in enumerate(kept)}
    following: dict[int, list[str]] = {}
    place = -1
    for line in second.split("\n"):
        squeezed = _squeeze(line)
        place = at.get(squeezed, place)
        if len(line) >= LONG_CHARS and squeezed not in own and squeezed in third:
            following.setdefault(place, []).append(line)
    merged = following.get(-1, [])
    for number, line in enumerate(kept):
        merged += [line, *following.get(number, [])]
    return merged


def _squeeze(text: str) -> str:
    """Return letters and digits alone: extractors differ in blanks and marks of lists."""
    return _NOT_WORD.sub("", text)


def _ask_trafilatura(markup: str) -> str:
    import trafilatura  # an extra, and .3 s to import

    # Its own deduplication is not deterministic (its issue 778) and off by default.
    found = trafilatura.extract(markup, fast=True, include_comments=False)
    return "\n".join(map(_without_marks, str(found).split("\n"))) if found else ""


def _without_marks(line: str) -> str:
    """Return a line of trafilatura's without the marks of lists and tables."""
    line = line.strip()
    if line.startswith("|"):
        return " ".join(" ".join(line.split("|")).split())
    return line.removeprefix("- ")


def _ask_resiliparse(markup: str) -> str:
    return str(extract_plain_text(markup, main_content=True, alt_texts=False))
