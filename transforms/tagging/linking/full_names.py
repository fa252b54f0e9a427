"""The full name behind each name of one article: parts, nicknames, acronyms, and letters lost."""

from collections import Counter
from collections.abc import Mapping, Sequence

from warta.transforms.tagging.entities import FieldSpan, Span
from warta.transforms.tagging.entity_types import ORGANISATION, PERSON
from warta.transforms.tagging.linking.names import (
    full_names,
    introduced_acronyms,
    introduced_nicknames,
    is_misspelt,
    is_nickname,
)
from warta.transforms.tagging.linking.normal_form import normal_form
from warta.transforms.tagging.ner.gazetteer import Row

SHORTEST_LOST = 4
"""Letters of the shortest name that is taken for one of the article without its last letter."""
ALONE = 3
"""A name that is alone so many times as often as within a longer one is no part of that."""


class FullNames:
    """What the names of one article are in full.

    Args:
      texts: field -> its text, for acronyms that the text introduces in brackets.
      spans: the names, each with its field.
      rows: what known names are, by name and type.
    """

    def __init__(
        self,
        texts: Mapping[str, str],
        spans: Sequence[FieldSpan],
        rows: Mapping[tuple[str, str], Row],
    ) -> None:
        self._rows = rows
        self._persons = full_names([item.span for item in spans])
        self._acronyms: dict[str, str] = {}
        for field, text in texts.items():
            own = [item.span for item in spans if item.field == field]
            self._acronyms |= introduced_acronyms(text, own)
            self._persons |= introduced_nicknames(text, own, self._persons)
        self._whole = _without_last_letters(texts, spans)
        self._times = Counter(item.span.surface for item in spans)

    def of(self, span: Span) -> str:
        """Return the full name of a name."""
        whole = self._whole.get((span.surface, span.type))
        if whole:
            return self._persons.get(whole.lower(), whole) if span.type == PERSON else whole
        if span.type == PERSON and not is_nickname(span):
            return self._persons.get(span.surface.lower(), span.surface)
        if span.type == ORGANISATION and not self._keeps_meaning(span):
            return self._acronyms.get(span.surface, span.surface)
        return span.surface

    def is_part_of_persons(self, surface: str) -> bool:
        """Return whether a word is a person's for the article names that person in full.

        What is far more often alone than beside another word is no part of a name.
        """
        full = self._persons.get(surface.lower())
        return full is not None and self._times[surface] <= ALONE * self._times[full]

    def _keeps_meaning(self, span: Span) -> bool:
        """Return whether a known name keeps its meaning: the article may introduce another."""
        if span.row is None:
            return False
        introduced = self._acronyms.get(span.surface)
        if introduced is None or span.row.is_users:
            return True
        names = (span.row.name, *span.row.aliases)
        other = self._rows.get((introduced, ORGANISATION))
        return (
            normal_form(introduced) in set(map(normal_form, names))
            or other is span.row
            or any(is_misspelt(introduced, name) for name in names)
        )


def _without_last_letters(
    texts: Mapping[str, str], spans: Sequence[FieldSpan]
) -> dict[tuple[str, str], str]:
    """Return the names that lack but the last letter of another one of the article.

    Scrapers lose it before a stop: "Aldila Jelit." is Aldila Jelita.
    """
    ends = {
        (span.surface, span.type)
        for field, span in spans
        if span.row is None
        and texts[field][span.end : span.end + 1] == "."
        and len(span.surface) >= SHORTEST_LOST
        and not span.surface.isupper()
    }
    if not ends:
        return {}
    named = {(item.span.surface, item.span.type) for item in spans}
    whole = {(name[:-1], kind): name for name, kind in named if (name[:-1], kind) in ends}
    for field, span in spans:
        key = span.surface, span.type
        if key in whole and not ends_before_stop(texts[field], span.end):
            del whole[key]
    return whole


def ends_before_stop(text: str, end: int) -> bool:
    """Return whether a name may have lost its last letter: scrapers do that before a stop.

    Example:
      >>> ends_before_stop("Aldila Jelit. Ia", 12), ends_before_stop("Aldila Jelita", 13)
      (True, False)
    """
    return text[end : end + 2] in (".", ". ", ".\n")
