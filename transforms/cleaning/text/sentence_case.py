"""Where a headline in sentence case ends that runs on into the next sentence.

"Baca juga: Warga pesisir tanam seribu bakau Menurut Rahma, ...": agencies write so. Here capitals
are of names, and of the word that opens the next sentence: a common word with a capital, no stop
before it, shows where that is. Where none is seen, the headline is cut before its next name,
which may be that sentence's subject: rather words of the headline stay than one of the sentence
goes.
"""

import re
from collections.abc import Callable, Sequence
from itertools import islice

from warta.transforms.cleaning.text.rules import RuleSet

MIN_WORDS = 4
"""Shortest headline: what ends before is not one."""
MAX_WORDS = 24
"""Longest one, with the next sentence's first words."""
OPENING_WORDS = 5
"""Among so many, a headline in sentence case has a small word that others write with a capital."""
NAME_WORDS = 4
"""So many words with a capital before a common word may be of one name with it."""
MIN_PLAIN = 4
"""Letters of the shortest word that counts as common because the text has it in small letters."""
_WORD = re.compile(r"\S+")
_STOP = re.compile(r"[^\W\d]{2}[.!?][\"”’)]{0,2}$")
_QUOTE = re.compile(r"[\"“][A-Z]")
_VERB = re.compile(
    r"(?:me(?:m|n|ng|ny|l|r|w|y)|di|ber|ter)[a-z]{4,}"
    r"|(?:telah|adalah|akan|juga|yang|is|are|was|were|has|had|have|will|would|told|said)\Z"
)
_FORMED = re.compile(
    r"Me(?:m|n|ng|ny|l|r|w|y)[a-z]{4,}|(?:Pe(?!rs)|Ke)[a-z]{3,}an(?:nya)?|[A-Z][a-z]{3,}nya"
)
"""Words that are not names by their form: "Membangun", "Peningkatan", "Menurutnya"."""
_LAST = frozenset(["ini", "itu", "lagi", "saja", "juga"])
"""Small words of titles that a headline may end with."""
_CLITIC = re.compile(r"['’](?:s|re|ve|ll|d|m|t)\Z")
"""What English writes with its word: "It's"."""
_MARKS = "\"'“”‘’()[],.:;!?-–…"

Words = Sequence[re.Match[str]]


def sentence_case_end(
    rest: str, rules: RuleSet, is_plain: Callable[[str], bool], *, whole: bool
) -> int | None:
    """Return how many code points of a line are the headline in sentence case that it opens with.

    Args:
      rest: The line after "Baca juga:", as far as a headline can reach.
      rules: Small words of titles, and words that open sentences.
      is_plain: Whether a word in small letters occurs elsewhere in the text.
      whole: Whether nothing but other junk follows `rest` in its line.

    Returns:
      None where it is not such a headline, or shows no end.

    Example:
      >>> from warta.transforms.cleaning.text.rules import load_rules
      >>> line = "Warga pesisir tanam seribu bakau Menurut Rahma, air surut."
      >>> line[: sentence_case_end(line, load_rules("id"), lambda _: False, whole=True)]
      'Warga pesisir tanam seribu bakau '
    """
    if not _is_sentence_case(rest, rules):
        return None
    words = list(islice(_WORD.finditer(rest), MAX_WORDS + 1))
    if len(words) < MIN_WORDS:
        return None
    name = None
    for index in range(MIN_WORDS, min(len(words), MAX_WORDS)):
        if _STOP.search(words[index - 1][0]):
            return words[index if name is None else name].start()
        if _opens(words, index, rules, is_plain):
            if name is None or _is_headline_still(words, name, index, rules):
                return words[index].start()
            return words[name].start()
        if name is None and _is_name(words, index, rules):
            name = index
    if name is not None:
        return words[name].start()
    return len(rest) if whole and len(words) <= MAX_WORDS else None


def _is_sentence_case(rest: str, rules: RuleSet) -> bool:
    opening = [word.strip(_MARKS) for word in rest.split(None, OPENING_WORDS)[1:OPENING_WORDS]]
    return any(word[:1].islower() and word not in rules.title_words for word in opening)


def _opens(words: Words, index: int, rules: RuleSet, is_plain: Callable[[str], bool]) -> bool:
    """Return whether a sentence surely begins here: no stop before, and a word not a name."""
    written, before = words[index][0], words[index - 1][0]
    if before[-1] in ",:;-–":
        return False
    if _QUOTE.match(written):
        return True
    word = _CLITIC.sub("", written.strip(_MARKS))
    if not written[0].isupper() or (word.isupper() and len(word) > 1):
        return False
    if word in rules.sure_starts:
        return True
    following = words[index + 1][0] if index + 1 < len(words) else ""
    if not following[:1].islower() and written[-1] != ",":
        return False
    if word in rules.sentence_starts or word in rules.openers or _FORMED.fullmatch(word):
        return True
    return len(word) >= MIN_PLAIN and is_plain(word.lower())


def _is_headline_still(words: Words, name: int, index: int, rules: RuleSet) -> bool:
    """Return whether the words from a name to the start of a sentence are the headline's.

    No sentence ends without a stop: where a sure start has none before it, they are not a sentence.
    """
    between = words[name:index]
    opener = words[index][0]
    if _QUOTE.match(opener) or opener.strip(_MARKS) in rules.sure_starts:
        return not any(word[0][-1] in ".!?" for word in between)
    # "Kota Pekalongan menjadi": a name may go on with a word that looks common.
    is_name = len(between) <= NAME_WORDS and all(word[0][0].isupper() for word in between)
    return not is_name and not _acts(between, rules)


def _acts(words: Words, rules: RuleSet) -> bool:
    """Return whether somebody named is said to do something: that may be a sentence of its own."""
    return any(_VERB.match(word[0]) or word[0].strip(_MARKS) in rules.speech for word in words)


def _is_name(words: Words, index: int, rules: RuleSet) -> bool:
    """Return whether a name is here that may be the next sentence's first word.

    After a small word of titles, such as "di", the first word of a name is the headline's.
    """
    if not words[index][0].strip(_MARKS)[:1].isupper() or words[index - 1][0][-1] in ",:;-–":
        return False
    before = words[index - 1][0].strip(_MARKS)
    if before[:1].isupper():
        return words[index - 2][0].strip(_MARKS) in rules.title_words
    return before not in rules.title_words or before in _LAST
