"""What a line looks like: a sentence, a title, the bullet of a list. No language needed."""

import re

_SENTENCE_END = re.compile(r"(?<![.…])[.。।۔።][\"'”’»)\]]{0,3}$")
_LOUD_END = re.compile(r"[!?！？؟…][\"'”’»)\]]{0,3}$|\.\.\.?[\"'”’»)\]]{0,3}$|[\"”»]$")
_INNER_END = re.compile(r"[^\s.!?]{2}[.!?][\"'”’)]{0,2}\s+[\"'“‘(]?[A-Z]")
_LIST_MARK = re.compile(r"[-–—•*▪■●◦·»>]+\s*")
_NOT_LETTER = " \t\"'“”‘’()[]«»,.:;!?-–—"

LONG_LINE_WORDS = 30
"""No headline is as long."""
TITLE_SHARE = 0.7
"""Share of long words with a capital from which a line counts as a title."""
STRICT_TITLE_SHARE = 0.85
"""The same where the small words of titles are not known, and German writes nouns so."""


def is_title(line: str, small_words: frozenset[str] = frozenset()) -> bool:
    """Return whether most words of four letters or more begin with a capital; numbers do not count.

    Args:
      line: One line, in a script that has capitals; others are never titles.
      small_words: Words in small letters that titles may hold.
    """
    words = [word.strip(_NOT_LETTER) for word in line.split()]
    long_words = [word for word in words if len(word) > 3 and word not in small_words]
    names = [word for word in long_words if not word[0].isdigit()]
    if not names:
        return False
    raised = sum(word[0].isupper() for word in names)
    return raised >= (TITLE_SHARE if small_words else STRICT_TITLE_SHARE) * len(names)


def is_sentence(line: str, small_words: frozenset[str] = frozenset()) -> bool:
    """Return whether a line reads like running text, not like a title, label or list entry."""
    words = line.count(" ") + 1
    if words >= LONG_LINE_WORDS or (words <= 2 and len(line) > 100):
        return True
    end = line[-6:]
    if _SENTENCE_END.search(end):
        # Scripts without blanks between words: length in characters decides.
        return words >= 4 or len(line) > 30
    if _LOUD_END.search(end) and words >= 6:
        return not is_title(line, small_words)
    inner = words >= 12 and _INNER_END.search(line) is not None
    return inner and not is_title(line, small_words)


def is_list_mark(line: str) -> bool:
    """Return whether a line is nothing but a bullet or a dash."""
    return _LIST_MARK.fullmatch(line) is not None


def without_list_mark(line: str) -> str:
    """Return the line without the bullet it begins with."""
    return _LIST_MARK.sub("", line, count=1) if _LIST_MARK.match(line) else line


def fold(text: str) -> str:
    """Return letters and digits alone, case folded: for comparing headlines."""
    return "".join(filter(str.isalnum, text.casefold()))
