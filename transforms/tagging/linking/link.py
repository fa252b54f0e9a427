"""Link the names of an article to who and what they are: one identity an entity.

A Wikidata id comes from a table of known names or not at all. Every other name gets an id of its
own: the same name and type have the same id in every article, on every machine.
"""

import functools
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable

from warta.transforms.core.records import Entity, Mention
from warta.transforms.tagging.entities import FieldSpan, Span
from warta.transforms.tagging.entity_types import ORGANISATION, PERSON, PLACE
from warta.transforms.tagging.linking.clubs import (
    club_abroad,
    clubs_cut_off,
    clubs_of,
    named_clubs,
)
from warta.transforms.tagging.linking.context import (
    REGENCIES,
    ArticleContext,
    Place,
    is_regency,
    is_surname,
)
from warta.transforms.tagging.linking.country_disambiguation import CountryDisambiguator
from warta.transforms.tagging.linking.full_names import FullNames, ends_before_stop
from warta.transforms.tagging.linking.known_entities import KnownEntity, known_entities
from warta.transforms.tagging.linking.names import (
    is_introduced_otherwise,
    without_honorifics,
    without_state,
)
from warta.transforms.tagging.linking.normal_form import normal_form
from warta.transforms.tagging.linking.sense_disambiguation import (
    NEAR,
    disambiguate,
    has_no_id,
    has_senses,
    is_cut_short,
    is_in_score,
    is_of_people,
    is_part_of_name,
    needed_country,
    words_said,
)
from warta.transforms.tagging.ner.candidates import COUNTRIES, INDONESIA, is_abroad
from warta.transforms.tagging.ner.gazetteer import Row

SHORTEST_CUT_OFF = 5
"""Letters of the shortest name that is taken for one whose last letter a scraper lost."""
LONGEST_ACRONYM = 6


def link(texts: dict[str, str], spans: list[FieldSpan]) -> tuple[list[Mention], list[Entity]]:
    """Return the mentions and the entities of one article.

    Args:
      texts: field -> its text, for acronyms that the text introduces in brackets.
      spans: the names found, each with its field.

    Returns:
      Mentions by field and start; entities by number of mentions, most first, then by name.
    """
    spans = list(map(_with_place_in_capitals, spans))
    identities = _Identities(texts, spans)
    mentions = list(map(identities.mention, spans, identities.full_names))
    mentions.sort(key=lambda mention: (mention.field, mention.start))
    return mentions, _entities(mentions, identities)


def _with_place_in_capitals(item: FieldSpan) -> FieldSpan:
    """Return a name in capitals as a place where places alone have it: datelines are written so."""
    span = item.span
    if span.type != PERSON or span.row or " " not in span.surface or not span.surface.isupper():
        return item
    known = known_entities()
    if known.named(span.surface, PERSON) or not known.named(span.surface, PLACE):
        return item
    return item._replace(span=span._replace(type=PLACE))


@functools.lru_cache(maxsize=1 << 16)
def local_entity_id(name: str, kind: str) -> str:
    """Return the id of an entity that no table knows: x and 16 hex digits.

    Example:
      >>> local_entity_id("PT Bumi Hijau", "organisation")
      'xd19251661beb2f42'
    """
    key = f"{kind}:{normal_form(name)}"
    return f"x{hashlib.sha256(key.encode()).hexdigest()[:16]}"


class _Identities:
    """Who each name of one article is."""

    def __init__(self, texts: dict[str, str], spans: list[FieldSpan]) -> None:
        rows = [item.span for item in spans if item.span.row]
        self._rows = {(span.surface, span.type): span.row for span in rows if span.row}
        self._texts = texts
        self._countries = CountryDisambiguator([item.span for item in spans])
        self._company = {span.row.wikidata_id for span in rows if span.row}
        self._full = FullNames(texts, spans, self._rows)
        self._local_ids: dict[tuple[str, str], str] = {}
        self._known: dict[tuple[str, str], KnownEntity | None] = {}
        self._places: dict[tuple[str, str], list[Place]] = defaultdict(list)
        self.full_names: list[str] = []
        """Of each name, in order."""
        for item in spans:
            span = item.span
            full = self._full.of(span)
            self.full_names.append(full)
            self._places[full, span.type].append((item.field, span.start, span.end))
        self._clubs = named_clubs(name for name, kind in self._places if kind == ORGANISATION)
        self._context = ArticleContext(texts, self._countries.named, self._clubs)
        self._found: dict[tuple[str, str, bool], tuple[str, str | None, str]] = {}
        """What names are wherever they come: all but places, and what may be a club."""
        self.names: dict[str, str] = {}

    def mention(self, item: FieldSpan, full: str) -> Mention:
        """Return a name's row of the table of mentions, linked, given its full name."""
        span = item.span
        place_decides = (
            span.type == PLACE
            or (span.type == PERSON and self._clubs.are_many)
            or has_senses(span.surface)
        )
        key = span.surface, span.type, span.row is None and span.method == "gazetteer"
        found = None if place_decides else self._found.get(key)
        if found is None:
            found = self._identify(item, full)
            self._found[key] = found
        entity_id, qid, kind = found
        return Mention(
            entity_id,
            qid,
            span.surface,
            kind,
            item.field,
            span.start,
            span.end,
            span.score,
            span.method,
        )

    def _identify(self, item: FieldSpan, full: str) -> tuple[str, str | None, str]:
        """Return a name's entity, its Wikidata id where that is sure, and its type."""
        span = item.span
        row = self._rows.get((full, span.type))
        club = self._club(item)
        if club:
            self.names.setdefault(club.wikidata_id, club.name)
            return club.wikidata_id, club.wikidata_id, club.type
        if span.row is None and span.method == "gazetteer":
            # A word of a longer name, whatever it means elsewhere in the article.
            return self._local(full, span.type)
        if row is None:
            known = self._known_entity(full, span.type, (full,), item)
            if known is None or self._is_another(span, (known.name, *known.aliases)):
                return self._local(full, span.type)
            self.names.setdefault(known.wikidata_id, known.name)
            return known.wikidata_id, known.wikidata_id, known.type
        if has_senses(full):
            text = self._texts[item.field]
            before, after = (
                text[max(0, span.start - NEAR) : span.start],
                text[span.end : span.end + NEAR],
            )
            row = disambiguate(row, full, before, after, self._company, self._said)
            if has_no_id(row):
                return self._local(row.name, row.type)
        if self._is_another(span, (row.name, *row.aliases)) and not row.is_users:
            return self._local(full, span.type)
        qid, name = self._id_of(row, full, item)
        entity_id = qid or local_entity_id(row.name, row.type)
        self.names.setdefault(entity_id, name)
        return entity_id, qid, row.type

    @functools.cached_property
    def _said(self) -> frozenset[str]:
        return words_said(self._texts.values())

    def _is_another(self, span: Span, names: tuple[str, ...]) -> bool:
        """Return whether the article says that an acronym is short for something else."""
        if not (span.surface.isupper() and 1 < len(span.surface) <= LONGEST_ACRONYM):
            return False
        return any(
            is_introduced_otherwise(text, span.surface, names) for text in self._texts.values()
        )

    def _club(self, item: FieldSpan) -> KnownEntity | None:
        """Return the football club that the name of its city means here."""
        span = item.span
        if span.type == ORGANISATION or not self._clubs.are_many:
            return None
        if span.row and span.row.is_users:
            return None
        if span.type == PERSON and self._full.is_part_of_persons(span.surface):
            return None
        clubs = clubs_of(span.surface)
        if not clubs and ends_before_stop(self._texts[item.field], span.end):
            clubs = clubs_cut_off(span.surface)
        club = club_abroad(clubs, self._clubs)
        place = item.field, span.start, span.end
        return club if club and self._context.is_club(place) else None

    def _id_of(self, row: Row, name: str, item: FieldSpan) -> tuple[str | None, str]:
        """Return the Wikidata id and the name of a row as it is meant here.

        The id is the row's own or that of its names: "Kabupaten Malang" is a name of the row of
        Malang, which is the city's too.
        """
        if not self._is_meant(row.type, row.country, item, (row.name, *row.aliases)):
            return None, row.name
        if row.wikidata_id or row.is_users:
            return row.wikidata_id, row.name
        known = self._known_entity(name, row.type, (name, row.name, *row.aliases), item)
        if known is None or not is_regency(known):
            return known.wikidata_id if known else None, row.name
        island = not row.name.startswith(REGENCIES) and known.name.startswith(REGENCIES[0])
        if island and not self._context.names_regency(name):
            # "Belitung" is an island, unless the article speaks of the regency on it.
            return None, row.name
        return known.wikidata_id, known.name

    def _known_entity(
        self, name: str, kind: str, names: tuple[str, ...], item: FieldSpan
    ) -> KnownEntity | None:
        """Return the entity of the tables of ids that the article means by a name."""
        key = name, kind
        if key not in self._known:
            self._known[key] = self._looked_up(key, names)
        known = self._known[key]
        # What only politics or football distinguish are not the bodies that every country has.
        country = known.country if known and not known.field else None
        own = (known.name, *known.aliases) if known else ()
        return known if known and self._is_meant(kind, country, item, own) else None

    def _looked_up(self, key: tuple[str, str], names: tuple[str, ...]) -> KnownEntity | None:
        table, kind, places = known_entities(), key[1], self._places[key]
        for name in names:
            bearers = table.named(name, kind)
            if not bearers and kind == PERSON:
                bearers = table.named(without_honorifics(name), kind)
            if not bearers and kind == ORGANISATION:
                bearers = _at_home(table.named(without_state(name), kind))
            if bearers:
                return self._context.meant(bearers, name, places)
        cut_off = len(key[0]) >= SHORTEST_CUT_OFF and all(
            ends_before_stop(self._texts[field], end) for field, _, end in places
        )
        if not cut_off:
            return None
        return self._context.meant(table.cut_off(key[0], kind), key[0], places)

    def _is_meant(
        self, kind: str, country: str | None, item: FieldSpan, names: tuple[str, ...]
    ) -> bool:
        text, span = self._texts[item.field], item.span
        is_users = span.row is not None and span.row.is_users
        if not is_users and is_cut_short(text, span.start, span.end):
            return False
        if kind == PLACE:
            if is_of_people(text, span.start):
                return False
            if is_users:
                return True
            if span.row and is_abroad(span.row) and is_surname(text, span.start):
                return False
            needed = needed_country(span.surface)
            if needed is not None and needed not in self._countries.named:
                return False
            if is_part_of_name(text, span.start, span.end):
                return False
            is_country = span.row is not None and COUNTRIES in span.row.source
            return is_country or not is_in_score(text, span.start, span.end)
        # An acronym is one country's own: "Kemenkeu" is no ministry but Indonesia's.
        surface = item.span.surface
        return (
            kind != ORGANISATION
            or " " not in surface
            or self._countries.means(country, surface, names)
        )

    def _local(self, name: str, kind: str) -> tuple[str, None, str]:
        key = name, kind
        if key not in self._local_ids:
            self._local_ids[key] = local_entity_id(name, kind)
        entity_id = self._local_ids[key]
        self.names.setdefault(entity_id, name)
        return entity_id, None, kind


def _at_home(bearers: Iterable[KnownEntity]) -> tuple[KnownEntity, ...]:
    return tuple(one for one in bearers if one.country == INDONESIA)


def _entities(mentions: list[Mention], identities: _Identities) -> list[Entity]:
    counts = Counter(mention.entity_id for mention in mentions)
    first = {mention.entity_id: mention for mention in reversed(mentions)}
    entities = [
        Entity(
            entity_id=entity_id,
            wikidata_id=first[entity_id].wikidata_id,
            name=identities.names[entity_id],
            type=first[entity_id].type,
            mentions=number,
        )
        for entity_id, number in counts.items()
    ]
    return sorted(entities, key=lambda entity: (-entity.mentions, entity.name, entity.entity_id))
