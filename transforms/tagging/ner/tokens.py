"""Cut a text into words; find which open sentences or are in headings."""

import re
from dataclasses import dataclass
from itertools import accumulate, compress
from operator import not_, sub

_PIECE = re.compile(
    r"""
    \s+
    | (?:[AEae]l|A(?:sh?|r|n|bd))-\w++            # Al-Assad is one name, Rusia-AS are two
    | [A-Z](?:\.[A-Z])++\.?+                     # U.S., S.H.
    # A small word and a name that a scraper has glued together: "olehBadan"; "iPhone" is one.
    | [a-zà-ÿ]{3,}+(?=[A-Z][a-z]{2})
    # Ma'ruf, Kompas.com, Jong-un; "WIB.Warga" is two words that a scraper has glued together.
    # The end of an English genitive is a word of its own: "Bank Kabut's Rina Sasmita" is two names.
    | (?:People|Women|Men|Children|King|Queen)['’]s\b
    | \w++
      (?:(?:(?<!\w\w\w)\.|\.(?![A-Z][a-z]{2})|\.(?=(?:Com|Net|Org)\b)|['’](?!s\b))\w++)*+
      (?:-[a-zà-ÿ]\w*+)*+
    | (?<=\w)['’]s\b
    | [^\w\s]
    """,
    re.VERBOSE,
)
SENTENCE_ENDS = frozenset('.!?…:•;"“”‘([|')
_HEADING_WORDS = range(3, 26)
"""Words of four letters or more in a heading: fewer may be a name, more are not a heading."""
_HEADING_SHARE = 0.7
"""Share of longer words with a capital from which a line without a final stop is a heading."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Words and marks of a text: `text[starts[i]:ends[i]] == words[i]`, in code points."""

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]

    def __len__(self) -> int:
        return len(self.words)

    def surface(self, first: int, last: int) -> str:
        """Return the text of the words [first, last)."""
        return self.text[self.starts[first] : self.ends[last - 1]]

    def touch(self, index: int) -> bool:
        """Return whether at most one blank separates word `index` from the next."""
        end = self.ends[index]
        start = self.starts[index + 1]
        return start == end or (start == end + 1 and self.text[end] in " \u00a0")


def tokenise(text: str) -> Tokens:
    """Return the words and marks of a text, in order; blanks belong to none.

    Example:
      >>> tokenise("Ma'ruf tiba.").words
      ["Ma'ruf", 'tiba', '.']
      >>> tokenise("kata iPhone olehBadan").words
      ['kata', 'iPhone', 'oleh', 'Badan']
    """
    # One pass cuts the text into words and blanks: their lengths add up to their places.
    chunks = cut(text)
    kept = list(map(not_, map(str.isspace, chunks)))
    words = list(compress(chunks, kept))
    ends = list(compress(accumulate(map(len, chunks)), kept))
    return Tokens(text, words, list(map(sub, ends, map(len, words))), ends)


def cut(text: str) -> list[str]:
    """Return the words, blanks and marks of a text, in order.

    Example:
      >>> cut("(Rusia-AS),")
      ['(', 'Rusia', '-', 'AS', ')', ',']
    """
    return _PIECE.findall(text)


def join_tokens(words: list[str]) -> Tokens:
    """Return words that others have cut, in a text with one blank between them."""
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for word in words:
        starts.append(position)
        ends.append(position + len(word))
        position += len(word) + 1
    return Tokens(" ".join(words), words, starts, ends)


def opens_sentence(tokens: Tokens, index: int) -> bool:
    """Return whether the word is first in a sentence, a quotation or a line."""
    if index == 0:
        return True
    if tokens.words[index - 1][-1:] in SENTENCE_ENDS:
        return True
    return "\n" in tokens.text[tokens.ends[index - 1] : tokens.starts[index]]


def is_title_case(line: str) -> bool:
    """Return whether a line reads like a heading: no final stop, and capitals nearly everywhere."""
    stripped = line.rstrip()
    if not stripped or stripped[-1] in ".,;:\"”'":
        return False
    words = [word for word in stripped.split() if len(word) > 3 and word[0].isalpha()]
    if len(words) not in _HEADING_WORDS:
        return False
    return sum(word[0].isupper() for word in words) >= _HEADING_SHARE * len(words)


def headings(text: str) -> list[tuple[int, int]]:
    """Return the code points [start, end) of a text's lines in title case."""
    found: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        if is_title_case(line):
            found.append((start, start + len(line)))
        start += len(line) + 1
    return found


def abbreviates(acronym: str, name: str) -> bool:
    """Return whether an acronym's letters occur in a name in their order, the first at its head."""
    letters = iter(name.lower())
    wanted = [letter for letter in acronym.lower() if letter.isalpha()]
    return wanted[:1] == [name[:1].lower()] and all(letter in letters for letter in wanted)
