"""Take out of a text what is not the article, and say what was taken.

Rather leave a junk line than lose a sentence: headings of lists cut only where no sentence follows,
the language-free scan takes only runs of titles at the very end, and a link inside running text
goes only as far as it is surely a title.
"""

import itertools
import re
from dataclasses import dataclass

from warta.transforms.cleaning.text.credits import MAX_RULE_LINE_CHARS, Credits
from warta.transforms.cleaning.text.dateline import Dateline, find_dateline
from warta.transforms.cleaning.text.inline import inline_cuts
from warta.transforms.cleaning.text.lead import find_lead
from warta.transforms.cleaning.text.rules import RuleSet, load_rules
from warta.transforms.cleaning.text.shapes import (
    fold,
    is_list_mark,
    is_sentence,
    is_title,
    without_list_mark,
)
from warta.transforms.cleaning.text.tails import (
    MAX_TAIL_CHARS,
    TAIL_LINES,
    TailContext,
    find_tail,
    tail_marks,
)
from warta.transforms.core.records import Author, Place, RemovedSpan
from warta.transforms.core.rejections import RejectedRecord

MAX_HEADING_CHARS = 60
MAX_LINES = 100_000
"""Lines of a text, but for empty ones: what has more is data, and each takes half a kilobyte."""
MAX_HEADLINE_CHARS = 2_000
"""Longer first lines are paragraphs and no headline repeated."""
DATELINE_LINES = 3
"""How many lines at the top may hold the dateline: captions are above it."""
MIN_TAIL_WORDS = 5
"""Shortest title that the language-free scan takes: names and labels have fewer words."""
MAX_TAIL_WORDS = 20
"""Longer lines are blurbs or data, and may be the article's."""

_LINE = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What cleaning made of a text."""

    body: str
    """Paragraphs separated by one newline."""
    removed: tuple[RemovedSpan, ...]
    """In order, not overlapping; offsets in code points of the text given."""
    info_sources: tuple[str, ...] = ()
    authors: tuple[Author, ...] = ()
    """From bylines in the text."""
    dateline: str | None = None
    location_created: Place | None = None


class _Draft:
    """The lines of a text while pieces are taken out of it."""

    def __init__(self, text: str, rules: RuleSet) -> None:
        self.text = text
        self.rules = rules
        self.removed: list[RemovedSpan] = []
        self.credits = Credits()
        self.lines: list[list[Span]] = []

    def take(self, start: int, end: int, rule: str) -> None:
        """Note [start, end), without the blanks around it, as removed."""
        chunk = self.text[start:end]
        start += len(chunk) - len(chunk.lstrip())
        chunk = chunk.strip()
        if chunk:
            self.removed.append(RemovedSpan(start, start + len(chunk), rule, chunk))

    def line(self, index: int) -> str:
        """Return what is left of a line."""
        chunks = self.lines[index]
        if len(chunks) == 1:
            start, end = chunks[0]
            return self.text[start:end].strip()
        return " ".join([self.text[start:end].strip() for start, end in chunks])

    def drop(self, index: int, rule: str) -> None:
        """Take a whole line out; its number stays, so that others keep theirs."""
        for start, end in self.lines[index]:
            self.take(start, end, rule)
        self.lines[index] = []


def remove_boilerplate(
    text: str, language: str, headline: str | None, publisher: str | None = None
) -> Cleaned:
    """Return the body of one document, and what was taken out of it.

    Args:
      text: Decoded, repaired, free of markup; lines are paragraphs.
      language: BCP-47; picks the rules. Without rules only datelines, repeated headlines and
        titles at the end go.
      headline: Removed where it is repeated at the top.
      publisher: A name that may open a dateline.

    Returns:
      The body and every removed span: body and spans together are the text, but for blanks.

    Raises:
      RejectedRecord: "too_large" where the text has more than `MAX_LINES` lines.
    """
    draft = _Draft(text, load_rules(language))
    cuts = list(inline_cuts(text, draft.rules))
    if (lead := find_lead(text, draft.rules.title_words)) is not None:
        cuts.append((0, lead.end, lead.rule))
    # Of two that begin alike, the longer one is taken.
    _split_lines(draft, sorted(cuts, key=lambda cut: (cut[0], -cut[1])))
    _drop_lines(draft)
    if headline:
        _drop_headline(draft, fold(headline[:MAX_HEADLINE_CHARS]))
    dateline = _take_dateline(draft, publisher)
    context = TailContext(headline, publisher)
    _cut_tails(draft, context)
    if _cut_lists(draft):
        _cut_tails(draft, context)
    _drop_links_in_two_lines(draft)
    body = "\n".join(line for line in map(draft.line, range(len(draft.lines))) if line)
    agencies = dateline.agencies if dateline else ()
    return Cleaned(
        body=body,
        removed=tuple(sorted(draft.removed, key=lambda span: span.start)),
        info_sources=tuple(dict.fromkeys([*agencies, *draft.credits.info_sources])),
        authors=tuple(dict.fromkeys(draft.credits.authors)),
        dateline=dateline.raw if dateline else None,
        location_created=dateline.place if dateline else None,
    )


def find_headline(text: str, language: str = "und") -> str | None:
    """Return the first line of a text file where it is a headline, else None.

    It is one when it is not a sentence, not boilerplate of `language`, and is set apart: an empty
    line or its own repetition follows, or it is in title case and a sentence follows.
    """
    first = _LINE.search(text.lstrip())
    if first is None:
        return None
    line = first[0].strip()
    if load_rules(language).lines.fullmatch(line[:MAX_RULE_LINE_CHARS]):
        return None
    words = line.count(" ") + 1
    if not 3 <= words <= 30 or len(line) > 250 or line[-1] in ".:,;" or is_sentence(line):
        return None
    rest = text.lstrip()[first.end() :]
    following = _LINE.search(rest.lstrip())
    if following is None or not _is_set_apart(line, rest, following[0].strip()):
        return None
    return line


def _is_set_apart(line: str, rest: str, following: str) -> bool:
    if fold(following) == fold(line):
        return True
    blank_line = rest.replace("\r", "").startswith(("\n\n", "\n \n"))
    return blank_line or (is_title(line) and is_sentence(following))


def _split_lines(draft: _Draft, cuts: list[tuple[int, int, str]]) -> None:
    """Return the lines of the text, less the inline cuts (sorted by start)."""
    position, floor = 0, 0
    for line in _LINE.finditer(draft.text):
        start, chunks = line.start(), []
        while position < len(cuts) and cuts[position][0] < line.end():
            cut_start, cut_end, rule = cuts[position]
            position += 1
            if cut_start < floor:
                continue
            chunks.append((start, cut_start))
            draft.take(cut_start, cut_end, rule)
            start = floor = cut_end
        chunks.append((start, line.end()))
        if len(draft.lines) == MAX_LINES:
            raise RejectedRecord("too_large", f"more than {MAX_LINES:,} lines of text")
        draft.lines.append([(s, e) for s, e in chunks if draft.text[s:e].strip()])


def _drop_lines(draft: _Draft) -> None:
    """Take out the lines that a rule hits as a whole, and note what they credit."""
    match_line = draft.rules.lines.fullmatch
    for index in range(len(draft.lines)):
        line = draft.line(index)
        if not line or len(line) > MAX_RULE_LINE_CHARS:
            continue
        hit = match_line(line)
        if hit is None or hit.lastgroup is None:
            continue
        rule = draft.rules.rules[hit.lastgroup]
        draft.credits.note(rule, line)
        draft.drop(index, rule.id)


def _drop_headline(draft: _Draft, folded: str) -> None:
    """Take the headline out of the first lines, as often as it is there in a row."""
    for index in range(len(draft.lines)):
        line = draft.line(index)
        if not line:
            continue
        if not folded or len(line) > MAX_HEADLINE_CHARS or fold(line) != folded:
            return
        draft.drop(index, "headline")


def _take_dateline(draft: _Draft, publisher: str | None) -> Dateline | None:
    """Take the dateline off the first line that is left, unless nothing would stay of it.

    A caption may be above: then only a dateline with an agency or outlet is taken.
    """
    first_lines = list(itertools.islice(filter(None, draft.lines), DATELINE_LINES))
    for number, chunks in enumerate(first_lines):
        start, end = chunks[0]
        start += len(draft.text[start:end]) - len(draft.text[start:end].lstrip())
        paragraph = draft.text[start : min(end, start + MAX_RULE_LINE_CHARS)]
        found = find_dateline(paragraph, publisher, proven=number > 0)
        if found is not None and draft.text[start + found.length : end].strip():
            draft.take(start, start + found.length, "dateline")
            chunks[0] = (start + found.length, end)
            return found
    return None


def _cut_tails(draft: _Draft, context: TailContext) -> None:
    """Take footers and links to read on off the last lines."""
    kept = [index for index, chunks in enumerate(draft.lines) if chunks][-TAIL_LINES:]
    ends = [
        draft.text[s:e].rstrip()[-MAX_TAIL_CHARS:] for i in kept for s, e in draft.lines[i][-1:]
    ]
    marks = tail_marks("\n".join(ends), draft.rules)
    if not marks:
        return
    last = True
    for index in reversed(kept):
        left = draft.lines[index]
        # In front of what is cut, there may be other marks.
        possible: tuple[str, ...] | None = marks
        while left:
            start, end = left[-1]
            line = draft.text[start:end].rstrip()
            # After a piece that was taken out, a blank opens the line.
            start += len(line) - len(line.lstrip())
            line = line.lstrip()
            tail = find_tail(line, draft.rules, context, last=last, marks=possible)
            if tail is None:
                break
            possible = None
            draft.take(start + tail.start, end, tail.rule)
            left[-1:] = [(start, start + tail.start)] if line[: tail.start].strip() else []
        last = last and not left


def _cut_lists(draft: _Draft) -> bool:
    """Take out the lists after the article, first by their headings, then by their looks.

    Returns:
      Whether something was taken.
    """
    before = len(draft.removed)
    small = draft.rules.title_words
    kept = [index for index, chunks in enumerate(draft.lines) if chunks]
    last = next((i for i in reversed(kept) if is_sentence(draft.line(i), small)), None)
    if last is None:
        return False
    tail = [index for index in kept if index > last]
    for place, index in enumerate(tail):
        line = draft.line(index)
        hit = draft.rules.headings.fullmatch(line) if len(line) <= MAX_HEADING_CHARS else None
        if hit is not None and hit.lastgroup is not None:
            for junk in tail[place:]:
                draft.drop(junk, hit.lastgroup)
            tail = tail[:place]
            break
    if not draft.line(last).endswith(":"):
        _cut_titles(draft, tail, small)
    return len(draft.removed) > before


def _cut_titles(draft: _Draft, tail: list[int], small: frozenset[str]) -> None:
    """Take a run of two or more titles at the very end; a list after a colon stays."""
    run: list[int] = []
    titles = 0
    for index in reversed(tail):
        line = draft.line(index)
        if is_list_mark(line):
            run.append(index)
            continue
        title = without_list_mark(line)
        fits = MIN_TAIL_WORDS <= title.count(" ") + 1 <= MAX_TAIL_WORDS
        if not fits or not is_title(title, small):
            break
        run.append(index)
        titles += 1
    if titles >= 2:
        for index in run:
            draft.drop(index, "titles_at_end")


def _drop_links_in_two_lines(draft: _Draft) -> None:
    """Take "Baca juga:" where it is alone in its line, and the title in the next."""
    kept = [index for index, chunks in enumerate(draft.lines) if chunks]
    for index, following in itertools.pairwise(kept):
        line = draft.line(index)
        if len(line) > MAX_HEADING_CHARS:
            continue
        rule = next((r.id for r in draft.rules.related if r.pattern.fullmatch(line)), None)
        if rule is None:
            continue
        draft.drop(index, rule)
        title, small = draft.line(following), draft.rules.title_words
        if is_title(title, small) and not is_sentence(title, small):
            draft.drop(following, rule)
