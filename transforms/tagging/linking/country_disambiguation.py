"""Bodies whose names every country has: whose "Kementerian Luar Negeri" an article means."""

from collections.abc import Iterable

from warta.transforms.tagging.entities import Span
from warta.transforms.tagging.entity_types import ORGANISATION, PLACE
from warta.transforms.tagging.ner.gazetteer import Row


class CountryDisambiguator:
    """The countries that one article speaks of."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._places: dict[str, Row] = {}
        self._bodies: set[str] = set()
        for span in spans:
            if span.type == ORGANISATION:
                self._bodies.add(span.surface)
            elif span.row and span.type == PLACE:
                self._places[span.surface] = span.row

    @property
    def named(self) -> set[str]:
        """Return the countries that the article names, or places of."""
        return {
            qid
            for place in self._places.values()
            for qid in (place.country, place.wikidata_id)
            if qid
        }

    def means(self, country: str | None, surface: str, names: Iterable[str] = ()) -> bool:
        """Return whether a name means the body of a country.

        A body without a country is meant wherever its name occurs. Any other needs a place of its
        country in the article, or an article without places; and no body of the same name that the
        article gives to another country ("Kementerian Luar Negeri Rusia"). Its acronym is one
        country's own: where that is named too ("Kemenkeu"), it is no other.

        Args:
          country: Wikidata id of the body's country.
          surface: the name in the article.
          names: all names of the body.
        """
        if not country:
            return True
        abroad = {name for name, place in self._places.items() if not _lies_in(place, country)}
        by_acronym = any(" " not in name and name in self._bodies for name in names)
        if len(abroad) == len(self._places) and abroad and not by_acronym:
            return False
        return self._bodies.isdisjoint(f"{surface} {name}" for name in abroad)


def _lies_in(place: Row, country: str) -> bool:
    return country in (place.country, place.wikidata_id)
