"""Where the headline of another article ends that runs on into a sentence.

"Baca juga: <Headline Without Final Stop> Next sentence ...": a headline writes its words with
capitals, a sentence its first words alone. What is sought is the first stretch of small words, and
the start of the sentence that it belongs to. Where that is unsure, rather a word of the headline
stays than one of the sentence goes.
"""

import re
from collections.abc import Callable, Sequence

from warta.transforms.cleaning.text.rules import RuleSet
from warta.transforms.cleaning.text.shapes import is_title

MIN_HEADLINE_WORDS = 3
"""Shortest headline: what ends before is not one."""
NAME_WORDS = 7
"""How many words before the first small ones may name who the sentence speaks of."""
OFFICE_WORDS = 14
"""How far before that an office may be: "Kepala Dinas Pekerjaan Umum Kota ... Nama berkata"."""
UNSURE_WORDS = 2
"""How many words with a capital are left before a start that is not known as one."""
_WORD = re.compile(r"\S+")
_ITEM = re.compile(r"\d{1,2}\.")
_DAY = re.compile(r"\(\d{1,2}/\d{1,2}(?:/\d{2,4})?\)[.,;]?")
"""A day in brackets: headlines give none."""
_DERIVED = re.compile(r"(?:Pe|Ke)\w{3,}an(?:nya)?|[A-Z]\w{3,}nya")
"""Common nouns by their form: "Pertimbangan", "Tujuannya"."""
_VERB = re.compile(r"(?:me(?:m|n|ng|ny|l|r|w|y)|di|ber|ter)[a-z]{4,}")
"""A verb in small letters: headlines in title case have none, but for their small words."""
_PREFIXED = re.compile(r"(?:ke|se|al|el|an|as|ad|d|l)[-'’%][A-Z\d]")
"""Small letters before a name or a number: "al-Awan", "ke-12"."""
NEAR_COMMA = 3
"""How many words after a comma are what somebody new is."""
MIN_PIECE_WORDS, MAX_PIECE_WORDS = 2, 14
"""Words of a further piece of a headline."""
_PIECE = re.compile(r"\s+[^.!?\n]{3,150}[.!?](?=\s)")
_GLUED = re.compile(r"[\w.-]*[a-z\d](?<!Mc)([A-Z][a-z]+),?")
"""A word with the next sentence's first glued to it."""
_MARKS = "\"'“”‘’()[],.:;!?-–…"

Words = Sequence[re.Match[str]]


def headline_end(
    rest: str, rules: RuleSet, is_named: Callable[[str], bool], is_plain: Callable[[str], bool]
) -> int | None:
    """Return how many code points of a line are the headline that it opens with.

    Args:
      rest: The line after "Baca juga:", as far as a headline can reach.
      rules: Small words of titles, words that open sentences, and offices.
      is_named: Whether a name occurs elsewhere in the text.
      is_plain: Whether a word in small letters occurs elsewhere in the text.

    Returns:
      None where no sentence is seen to follow.
    """
    words = list(_WORD.finditer(rest))
    weak = None
    for index in range(MIN_HEADLINE_WORDS, len(words)):
        following = words[index + 1][0] if index + 1 < len(words) else ""
        if _ITEM.fullmatch(words[index][0]) and following[:1].isupper():
            return words[index].start()
        if _DAY.fullmatch(words[index][0]):
            start = weak if weak is not None and index - weak <= NAME_WORDS else index - 1
            return words[start].start() if start >= MIN_HEADLINE_WORDS else None
        glued = _GLUED.fullmatch(words[index][0])
        if glued and (_begins(glued[1], rules) or glued[1] in rules.offices):
            return words[index].start() + glued.start(1)
        if _is_running(words, index, rules):
            first = weak if weak is not None and index - weak <= NAME_WORDS else index
            start = _sentence_start(rest, words, first, rules, is_named, is_plain)
            return words[start].start() if start >= MIN_HEADLINE_WORDS else None
        if _is_small(words, index, rules):
            weak = index if weak is None or index - weak > NAME_WORDS else weak
    return None


def more_headlines(rest: str, end: int, rules: RuleSet) -> int:
    """Return where a headline ends that a scraper cut at its commas.

    "Jalan Lama Ditutu. Dua Truk Rusa." is one, its letters before the commas lost.

    Args:
      rest: The line after "Baca juga:".
      end: The end of its first piece.
      rules: As in `headline_end`.
    """
    while True:
        piece = _PIECE.match(rest, end)
        if piece is None or not rest[piece.end() :].strip()[:1].strip() or _goes_on(rest, piece):
            return end
        words = list(_WORD.finditer(piece[0]))
        whole = range(1, len(words))
        if (
            not MIN_PIECE_WORDS <= len(words) <= MAX_PIECE_WORDS
            or _begins(_bare(words[0]), rules)
            or _bare(words[0]) in rules.offices
            or any(_is_small(words, index, rules) for index in whole)
            or not is_title(piece[0], rules.title_words)
        ):
            return end
        end = piece.end()


def _goes_on(rest: str, piece: re.Match[str]) -> bool:
    """Return whether small letters follow: the stop is a comma of a sentence."""
    return rest[piece.end() :].lstrip()[:1].islower()


def _begins(word: str, rules: RuleSet) -> bool:
    """Return whether a word with a capital begins a sentence."""
    return word in rules.sure_starts or word in rules.sentence_starts


def _is_small(words: Words, index: int, rules: RuleSet) -> bool:
    word = words[index][0]
    if not word[0].islower() or _PREFIXED.match(word):
        return False
    return word.strip(_MARKS) not in rules.title_words


def _is_running(words: Words, index: int, rules: RuleSet) -> bool:
    """Return whether small words begin here that no headline has."""
    if not _is_small(words, index, rules):
        return False
    if words[index][0][-1] in ",." or _VERB.match(words[index][0]):
        return True
    if words[index][0].strip(_MARKS) in rules.speech:
        return True
    following = words[index + 1][0] if index + 1 < len(words) else ""
    return following[:1].islower() or _bare(words[index - 1]) in rules.sentence_starts


def _sentence_start(
    rest: str,
    words: Words,
    index: int,
    rules: RuleSet,
    is_named: Callable[[str], bool],
    is_plain: Callable[[str], bool],
) -> int:
    """Return which word opens the sentence whose first small word is at `index`."""
    lowest = max(MIN_HEADLINE_WORDS, index - NAME_WORDS)
    for at in range(max(MIN_HEADLINE_WORDS, index - OFFICE_WORDS), index):
        if _opens_sentence(words, at, rules):
            return at
    start = last = _before_small(words, index, lowest)
    named = next(
        (at for at in range(lowest, last + 1) if is_named(_phrase(rest, words, at, last))), None
    )
    start = start if named is None else named
    start = _before_comma(words, start, lowest, NEAR_COMMA if named is None else 2)
    start = _with_what_belongs(words, start, rules)
    speaks = named is not None and words[index][0].strip(_MARKS) in rules.speech
    if speaks:
        return start
    # "Harta Nama Orang menjadi": what is said may be of something of theirs, or this is the second
    # half of a name. A sentence begins with a known word, or with a name.
    for _ in range(UNSURE_WORDS if named is None else 1):
        opener, before = _bare(words[start]), words[start - 1][0]
        if named is None and _is_common(opener, rules, is_plain):
            break
        if opener in rules.openers or _begins(opener, rules) or opener in rules.offices:
            break
        if start <= MIN_HEADLINE_WORDS or not before[0].isupper() or before[-1] in ",:?!":
            break
        start -= 1
    return start


def _is_common(word: str, rules: RuleSet, is_plain: Callable[[str], bool]) -> bool:
    """Return whether a word is not a name, so that a sentence may begin with it."""
    return _DERIVED.fullmatch(word) is not None or (
        not word[:1].isdigit() and is_plain(word.lower())
    )


def _before_comma(words: Words, start: int, lowest: int, near: int) -> int:
    """Return the start of "Nama Orang, Bidan Desa Awan berkata", seen from its last words."""
    for at in range(start, max(lowest, start - near), -1):
        if words[at - 1][0][-1] == ",":
            return max(lowest, at - 2)
    return start


def _before_small(words: Words, index: int, lowest: int) -> int:
    start = index - 1
    while start > lowest and (words[start][0][0].islower() or not _bare(words[start])):
        start -= 1
    return start


def _with_what_belongs(words: Words, start: int, rules: RuleSet) -> int:
    """Return the start with what an open bracket, a comma or an office before it adds.

    No headline ends in a comma or a small word: what is before these is the sentence's too.
    """
    lowest = max(MIN_HEADLINE_WORDS, start - OFFICE_WORDS)
    opened = start
    while ")" in words[opened][0] and "(" not in words[opened][0] and opened > lowest:
        opened -= 1
    if "(" in words[opened][0] and opened > lowest:
        start = opened - 1
    while start > lowest:
        before = words[start - 1][0]
        if before[-1] == ",":
            # "Kota Awan, Nama berkata": two words before a comma, for a name of two.
            start = max(lowest, start - 2)
        elif before[0].islower():
            start = _before_small(words, start, lowest)
        else:
            break
    for at in range(lowest, start):
        between = [one[0] for one in words[at:start]]
        if _bare(words[at]) in rules.offices and not any(
            word[0].islower() or word[-1] == ":" for word in between
        ):
            return at
    return start


def _opens_sentence(words: Words, at: int, rules: RuleSet) -> bool:
    word = _bare(words[at])
    if words[at - 1][0][-1] in ",:":
        return False
    return word in rules.sure_starts


def _bare(word: re.Match[str]) -> str:
    return word[0].strip(_MARKS)


def _phrase(rest: str, words: Words, first: int, last: int) -> str:
    return rest[words[first].start() : words[last].end()].strip(_MARKS)
