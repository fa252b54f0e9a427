"""Join the parts of a person's name that a hyphen goes through: "Rina Sasmita-Hall"."""

from bisect import bisect_right

from warta.transforms.tagging.entity_types import PERSON
from warta.transforms.tagging.ner.annotated_text import AnnotatedText
from warta.transforms.tagging.ner.candidates import Candidate
from warta.transforms.tagging.ner.classifier import ScoredSpan

_Pair = tuple[int, str, str]
"""The number of a text in the batch, and the words before and after a hyphen."""


def joined(text: AnnotatedText, scored: list[ScoredSpan]) -> list[ScoredSpan]:
    """Return names, with each person whose name goes on after a hyphen as one.

    Only a language whose rules have such hyphens has them: elsewhere "Ayu-Bagus" is a ticket of
    two persons. There too it is, where a part is a known name, is named alone in the text, or
    where both parts are full names.

    Args:
      text: The texts.
      scored: Their names, in order.
    """
    words = text.words
    marks = [
        at
        for name, _ in scored
        for at in (name.first - 1, name.last)
        if words[at].cues.name_hyphens
    ]
    hyphens = {at for at in marks if _is_between_capitals(text, at)}
    if not hyphens:
        return scored
    names = _Names(text, scored, hyphens)
    full = {names.pair(at) for at in hyphens if names.is_full_name(at)}
    return names.merged({at for at in hyphens if names.pair(at) in full and names.may_join(at)})


def _is_between_capitals(text: AnnotatedText, index: int) -> bool:
    """Return whether the mark at `index` is between two capitalised words, without blanks."""
    starts, ends = text.batch.starts, text.batch.ends
    return (
        text.words[index - 1].capital
        and text.words[index + 1].capital
        and starts[index] == ends[index - 1]
        and starts[index + 1] == ends[index]
    )


class _Names:
    """The names of texts, asked about by the hyphens between them."""

    def __init__(self, text: AnnotatedText, scored: list[ScoredSpan], hyphens: set[int]) -> None:
        self._text = text
        self._scored = scored
        self._before = {name.last: name for name, _ in scored}
        self._after = {name.first - 1: name for name, _ in scored}
        beside = {index for at in hyphens for index in (at - 1, at + 1)}
        self._alone = {
            self._word(index)
            for name, _ in scored
            for index in range(name.first, name.last)
            if index not in beside
        }

    def pair(self, at: int) -> _Pair:
        """Return the words about a hyphen."""
        number, before = self._word(at - 1)
        return number, before, self._word(at + 1)[1]

    def is_full_name(self, at: int) -> bool:
        """Return whether one part of a name is at one side of a hyphen, the rest at the other."""
        return self.may_join(at) and (
            _is_long(self._before.get(at)) != _is_long(self._after.get(at))
        )

    def may_join(self, at: int) -> bool:
        """Return whether a hyphen has parts of a person's name about it, and no two names."""
        before, after = self._before.get(at), self._after.get(at)
        if _is_long(before) and _is_long(after):
            return False
        if self._word(at - 1) in self._alone or self._word(at + 1) in self._alone:
            return False
        return self._is_part(before, at - 1) and self._is_part(after, at + 1)

    def _is_part(self, name: Candidate | None, index: int) -> bool:
        if name is not None:
            return name.type == PERSON and name.row is None
        word = self._text.words[index]
        return not (word.plain or word.nameless or word.cues.not_names or word.text.isupper())

    def _word(self, index: int) -> tuple[int, str]:
        return bisect_right(self._text.batch.bounds, index), self._text.words[index].text

    def merged(self, hyphens: set[int]) -> list[ScoredSpan]:
        """Return the names, those about these hyphens as one."""
        found: list[ScoredSpan] = []
        for name, score in self._scored:
            # A part that was not taken for a name is one word.
            first = name.first - 2 if name.first - 1 in hyphens else name.first
            last = name.last + 2 if name.last in hyphens else name.last
            if found and first < found[-1][0].last:
                part, least = found.pop()
                first, score = part.first, min(score, least)
            found.append((name.moved(first, last), score))
        return found


def _is_long(name: Candidate | None) -> bool:
    return name is not None and name.last - name.first > 1
