"""Junk inside lines: marks of players and advertisements, and links to other articles.

"Baca juga: <title>" is often glued into a paragraph, with no full stop after the title. It goes
only as far as it surely is a title; where that is unsure, it stays.
"""

import bisect
import itertools
import re
from collections.abc import Iterator

from warta.transforms.cleaning.text.headline_end import headline_end, more_headlines
from warta.transforms.cleaning.text.rules import Rule, RuleSet
from warta.transforms.cleaning.text.sentence_case import sentence_case_end
from warta.transforms.cleaning.text.shapes import is_sentence, is_title

MAX_RELATED_CHARS = 220
"""Longer than headlines are: what runs on farther is a paragraph."""
MAX_MARGIN_CHARS = 40
"""How far before a link is looked whether it opens its line."""
MIN_LINK_CHARS = 10
"""Shortest title between two links."""
MAX_MARKS = 2_000
"""How many places a rule is tried at: bounds the time that hostile text can take."""

_BREAK = re.compile(r"[\n\r\v\f\x85\u2028\u2029]")
_EDGE = " \t-–—•*>|(["
"""What may be before a link that opens its line."""
_WORD = re.compile(r"\S+")
_LOUD = re.compile(r"[!?][\"'”’)]?(?=\s+[\"“‘'A-Z])")
_TITLE_GOES_ON = re.compile(r".?[!?]\s+[A-Z]\w+ [A-Z]")
"""A title with a question or a call inside: "Ombak Tinggi! Ini Wilayahnya"."""
_QUOTE_OPENS = re.compile(r"\s(?=[\"“][A-Z])")
_STOP = re.compile(r"[^\W\d]{2}[.…][\"”’)]?\s(?!\s*[a-z])")
"""A scraper that loses letters before commas leaves stops where a sentence goes on."""
_ACTIVE_VERB = re.compile(r"Me(?:m|n|ng|ny|l|r|w|y)[a-z]{4,}$")


def inline_cuts(text: str, rules: RuleSet) -> Iterator[tuple[int, int, str]]:
    """Return the pieces inside lines that a rule takes: (start, end, rule id)."""
    lowered = text.lower()
    if len(lowered) != len(text):
        # A few letters grow when lowered: their offsets would be off.
        lowered = text.translate(
            {ord(letter): " " for letter in set(text) if len(letter.lower()) > 1}
        )
        lowered = lowered.lower()
    links: list[tuple[re.Match[str], Rule]] = []
    pieces: list[tuple[int, int, str]] = []
    for root, marked in rules.roots:
        if root not in lowered:
            continue
        for mark, rule in marked:
            for match in _find_marked(mark, rule, text, lowered):
                if rule.does == "related":
                    links.append((match, rule))
                elif _BREAK.search(match[0]) is None and not (
                    rule.inside and _is_line(text, match, rules)
                ):
                    pieces.append((match.start(), match.end(), rule.id))
    yield from pieces
    starts = [start for start, _, _ in pieces]
    starts += [match.start() for match, _ in links if match[0][0].isupper()]
    starts.sort()
    for match, rule in links:
        following = bisect.bisect_left(starts, match.end() + MIN_LINK_CHARS)
        bound = starts[following] if following < len(starts) else len(text)
        yield from _related_cut(text, match, rule.id, rules, bound)


def _find_marked(mark: str, rule: Rule, text: str, lowered: str) -> Iterator[re.Match[str]]:
    """Yield matches of a rule: looked for at its marks alone, far cheaper than everywhere."""
    start = lowered.find(mark)
    for _ in range(MAX_MARKS):
        if start < 0:
            break
        inside_word = start > 0 and mark[0].isalpha() and lowered[start - 1].isalnum()
        match = None if inside_word else rule.pattern.match(text, start)
        if match is not None:
            yield match
        start = lowered.find(mark, match.end() if match else start + 1)


def _is_line(text: str, match: re.Match[str], rules: RuleSet) -> bool:
    """Return whether a piece is a line of its own that a rule for lines takes."""
    opens = match.start() == 0 or _BREAK.match(text, match.start() - 1) is not None
    ends = match.end() == len(text) or _BREAK.match(text, match.end()) is not None
    return opens and ends and rules.lines.fullmatch(match[0]) is not None


def _related_cut(
    text: str, match: re.Match[str], rule: str, rules: RuleSet, bound: int
) -> Iterator[tuple[int, int, str]]:
    """Yield a link to another article with its title, as far as that surely reaches.

    At `bound` other junk begins: a title that is cut off there ends there.
    """
    limit = min(len(text), match.end() + MAX_RELATED_CHARS + 1)
    line_break = _BREAK.search(text, match.end(), limit)
    line_end = line_break.start() if line_break else limit
    margin = _BREAK.split(text[max(0, match.start() - MAX_MARGIN_CHARS) : match.start()])[-1]
    opens_line = not margin.strip(_EDGE) and len(margin) < MAX_MARGIN_CHARS
    is_label = match[0][0].isupper() and match[0].rstrip()[-1] == ":"
    if not opens_line and not is_label and margin.rstrip(" \t\"'”’)")[-1:] not in ".!?…:":
        return
    rest = text[match.end() : line_end]
    is_bounded = bound - match.end() < len(rest)
    if is_bounded:
        rest = rest[: bound - match.end()]
    if is_bounded and _STOP.search(rest) is None and is_title(rest, rules.title_words):
        length: int | None = len(rest)
    else:
        length = title_length(rest, rules, opens_line=opens_line)
    if length is None or _TITLE_GOES_ON.match(rest, max(0, length - 2)):
        elsewhere = _Elsewhere(text)
        longer = headline_end(rest, rules, elsewhere.is_named, elsewhere.is_plain)
        length = max(length or 0, longer or 0) or None
        if is_label:
            whole = is_bounded or len(rest) <= MAX_RELATED_CHARS
            longer = sentence_case_end(rest, rules, elsewhere.is_plain, whole=whole)
            # What has an end in title case is not a headline with a sentence after it.
            if length is None or (longer and rest[:longer].rstrip()[-1] not in ".!?"):
                length = max(length or 0, longer or 0) or None
    if length is not None:
        start = match.start() - (len(margin) if opens_line else 0)
        yield start, match.end() + length, rule


class _Elsewhere:
    """What else a text has."""

    def __init__(self, text: str) -> None:
        self._text = text

    def is_named(self, name: str) -> bool:
        """Return whether a name with a capital comes twice or more."""
        first = self._text.find(name)
        return name[:1].isupper() and self._text.find(name, first + 1) > first

    def is_plain(self, word: str) -> bool:
        """Return whether a word is somewhere in small letters."""
        return f" {word}" in self._text


def title_length(rest: str, rules: RuleSet, *, opens_line: bool) -> int | None:
    """Return how many code points after "Baca juga:" are the title; None where that is not sure.

    Args:
      rest: The line after the opening words, cut at MAX_RELATED_CHARS + 1.
      rules: For the small words of titles and the words that begin sentences.
      opens_line: The link is alone at the start of its line, so that a rest without inner
        sentence end is the title, whatever its case.
    """
    if not rest.strip():
        return None
    whole = len(rest) <= MAX_RELATED_CHARS
    ends = [match.end() for match in _LOUD.finditer(rest)]
    ends += [match.start() for match in _QUOTE_OPENS.finditer(rest)]
    ends += _sentence_starts(rest, rules)
    stops = [match.end() for match in _STOP.finditer(rest)]
    if whole and opens_line and not stops and not _runs_on(rest, ends, rules):
        return len(rest)
    for end in sorted([*ends, *stops, *([len(rest)] if whole else [])]):
        # All ends are between words: a word that no title has is in all longer pieces too.
        if not _is_pure_title(rest[:end], rules):
            return None
        if is_title(rest[:end], rules.title_words):
            return more_headlines(rest, end - 1, rules) if end in stops else end
    return None


def _runs_on(rest: str, ends: list[int], rules: RuleSet) -> bool:
    """Return whether a line without inner full stop still holds more than a title."""
    if rest.rstrip().endswith(".") and len(rest) > MAX_RELATED_CHARS * 0.7:
        return True
    return any(is_sentence(rest[end:].strip(), rules.title_words) for end in ends)


def _is_pure_title(chunk: str, rules: RuleSet) -> bool:
    """Return whether every word is raised, a number, or small by the habit of titles."""
    words = [word.strip("\"'“”‘’()[],.:;!?-–") for word in chunk.split()]
    return all(not word or not word[0].islower() or word in rules.title_words for word in words)


def _sentence_starts(rest: str, rules: RuleSet) -> list[int]:
    """Return where a sentence begins without a full stop before: "... Anaknya Sejumlah petugas"."""
    words = list(_WORD.finditer(rest))
    return [
        word.start()
        for word, following in itertools.pairwise(words[2:])
        if following[0][0].islower()
        and following[0] not in rules.title_words
        and (word[0] in rules.sentence_starts or _ACTIVE_VERB.match(word[0]))
    ]
