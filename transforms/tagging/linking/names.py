"""Short names, acronyms and full names of one article: which of them are one name."""

import re
from collections import defaultdict
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import pairwise

from warta.transforms.tagging.entities import Span
from warta.transforms.tagging.entity_types import ORGANISATION, PERSON
from warta.transforms.tagging.linking.normal_form import normal_form
from warta.transforms.tagging.ner.tokens import abbreviates

MOST_BEARERS = 50
"""How many persons with one first or last name are compared: no news article has more."""
HONORIFICS = frozenset(
    ("h", "hj", "kh", "dr", "drs", "ir", "prof", "habib", "tgb", "r", "mr", "ms")
)
SHORTEST_MISSPELT, MOST_MISSPELT = 12, 2
"""Letters of the shortest name that is recognised despite wrong ones, and how many of those."""
LONGEST_LINK = 40
"""Letters between a person and the nickname that the text introduces."""
_NICKNAMED = re.compile(
    r",? (?:alias|aka|nicknamed|(?:atau )?(?:yang )?(?:akrab|biasa|kerap|lebih akrab) "
    r"(?:disapa|dipanggil|dijuluki)(?: dengan)?) [\"“'‘]?",
    re.IGNORECASE,
)
_ENGLISH = re.compile(r"\b(?:of|for|and)\b")
"""In a body's English name: the tables have it in Indonesian."""
_CAPITALISED = re.compile(r"\b[A-Z]\w*")
LONGEST_MEANING = 100
"""Letters before an acronym in brackets in which the words are that it stands for."""
_BRACKETED = re.compile(r"\s*\(\s*([A-Z][A-Za-z/-]{1,11})\s*\)")


def introduced_acronyms(text: str, spans: list[Span]) -> dict[str, str]:
    """Return the organisation named right before each acronym in brackets."""
    found: dict[str, str] = {}
    for span in spans:
        if span.type != ORGANISATION or " " not in span.surface:
            continue
        bracket = _BRACKETED.match(text, span.end)
        if bracket:
            acronym = bracket.group(1)
            if abbreviates(acronym, span.surface):
                found.setdefault(acronym, span.surface)
    return found


def introduced_nicknames(
    text: str, spans: list[Span], full_names: dict[str, str]
) -> dict[str, str]:
    """Return the person right before each nickname: "Hartono Wibisana alias Cak Ton".

    Args:
      text: the text of the names.
      spans: its names, in order.
      full_names: what the names of persons are short for.
    """
    found: dict[str, str] = {}
    for name, nickname in pairwise(spans):
        if not (name.type == nickname.type == PERSON) or " " not in name.surface or nickname.row:
            continue
        if nickname.start - name.end <= LONGEST_LINK and _NICKNAMED.fullmatch(
            text, name.end, nickname.start
        ):
            full = full_names.get(name.surface.lower(), name.surface)
            found.setdefault(nickname.surface.lower(), full)
    return found


def is_introduced_otherwise(text: str, acronym: str, names: Iterable[str]) -> bool:
    """Return whether a text introduces an acronym as short for something else than these names.

    Example:
      >>> names = ("Palang Merah Indonesia", "PMI")
      >>> is_introduced_otherwise("para Pekerja Migran Indonesia (PMI)", "PMI", names)
      True
      >>> is_introduced_otherwise("relawan Palang Merah Indonesia (PMI)", "PMI", names)
      False
    """
    bracket = text.find(f"({acronym})")
    if bracket < 0:
        return False
    before = text[max(0, bracket - LONGEST_MEANING) : bracket]
    words = _CAPITALISED.findall(before)[-len(acronym) :]
    if "".join(word[0] for word in words) != acronym or _ENGLISH.search(
        before, before.find(words[0])
    ):
        return False
    meaning = set(normal_form(" ".join(words)).split())
    # Half the words the same is the same body, named a little differently.
    return all(
        2 * len(meaning & set(normal_form(name).split())) < len(meaning)
        and not is_misspelt(" ".join(words), name)
        for name in names
    )


def is_misspelt(written: str, name: str) -> bool:
    """Return whether what is written is a long name but for a letter or two.

    Example:
      >>> is_misspelt("Komisi Pemeberantasan Korupsi", "Komisi Pemberantasan Korupsi")
      True
      >>> is_misspelt("Pekerja Migran Indonesia", "Palang Merah Indonesia")
      False
    """
    one, other = normal_form(written), normal_form(name)
    if min(len(one), len(other)) < SHORTEST_MISSPELT or abs(len(one) - len(other)) > MOST_MISSPELT:
        return False
    equal = sum(block.size for block in SequenceMatcher(None, one, other).get_matching_blocks())
    return max(len(one), len(other)) - equal <= MOST_MISSPELT


def without_honorifics(name: str) -> str:
    """Return a person's name without what is before it out of respect.

    Example:
      >>> without_honorifics("H. Rano Saputra")
      'Rano Saputra'
    """
    words = name.split()
    while len(words) > 1 and words[0].rstrip(".").lower() in HONORIFICS:
        del words[0]
    return " ".join(words)


def is_nickname(span: Span) -> bool:
    """Return whether a known name is no part of the full name of its bearer: "Jokowi"."""
    row = span.row
    return row is not None and span.surface.lower() not in row.name.lower().split()


def full_names(spans: list[Span]) -> dict[str, str]:
    """Return the one full name of the article that holds each part of a person's name.

    A part that two persons share is neither's; the longest spelling of one person stands for all.
    """
    longest = sorted(
        {span.surface for span in spans if span.type == PERSON and " " in span.surface},
        key=lambda name: (-len(name), name),
    )
    holders: dict[str, set[str]] = defaultdict(set)
    bearers: dict[str, list[str]] = defaultdict(list)
    names: dict[str, str] = {}
    for name in longest:
        words = name.lower().split()
        candidates = bearers[words[0]][:MOST_BEARERS] + bearers[words[-1]][:MOST_BEARERS]
        whole = next((kept for kept in candidates if _within(words, kept)), name)
        names[name.lower()] = whole
        for end in {words[0], words[-1]}:
            bearers[end].append(whole)
        for word in words:
            holders[word].add(whole)
    parts = {word: next(iter(whole)) for word, whole in holders.items() if len(whole) == 1}
    return parts | names


def _within(words: list[str], name: str) -> bool:
    """Return whether a name is another with words left out, but for its first or its last."""
    kept = name.lower().split()
    return set(words) <= set(kept) and (words[0] == kept[0] or words[-1] == kept[-1])


def without_state(name: str) -> str:
    """Return the name of a body without the state's at its end; it is empty where none is there.

    Example:
      >>> without_state("Kementerian Kesehatan Republik Indonesia")
      'Kementerian Kesehatan'
      >>> without_state("Bank Indonesia")
      ''
    """
    for state in (" RI", " Republik Indonesia"):
        if name.endswith(state):
            return name.removesuffix(state)
    return ""
