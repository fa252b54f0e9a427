"""Link the names of an article to who and what they are: one identity an entity.

A Wikidata id comes from a table of known names or not at all. Every other name gets an id of its
own: the same name and type have the same id in every article, on every machine.
"""

import functools
import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass

from warta.transforms.core.records import Entity, Mention
from warta.transforms.tagging.entities import Span
from warta.transforms.tagging.entity_types import ORGANISATION, PERSON, PLACE
from warta.transforms.tagging.linking.country_disambiguation import CountryDisambiguator
from warta.transforms.tagging.linking.sense_disambiguation import (
    disambiguate,
    has_senses,
    is_of_people,
)
from warta.transforms.tagging.ner.gazetteer import Row
from warta.transforms.tagging.ner.tokens import abbreviates

MOST_BEARERS = 50
"""How many persons with one first or last name are compared: no news article has more."""
_BRACKETED = re.compile(r"\s*\(\s*([A-Z][A-Za-z/-]{1,11})\s*\)")
_NOT_IN_KEYS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class FieldSpan:
    """A name and the field of the article in which it is."""

    field: str
    span: Span


def link(texts: dict[str, str], spans: list[FieldSpan]) -> tuple[list[Mention], list[Entity]]:
    """Return the mentions and the entities of one article.

    Args:
      texts: field -> its text, for acronyms that the text introduces in brackets.
      spans: the names found, each with its field.

    Returns:
      Mentions by field and start; entities by number of mentions, most first, then by name.
    """
    identities = _Identities(texts, spans)
    mentions = [identities.mention(item) for item in spans]
    mentions.sort(key=lambda mention: (mention.field, mention.start))
    return mentions, _entities(mentions, identities)


@functools.lru_cache(maxsize=1 << 16)
def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def local_entity_id(name: str, kind: str) -> str:
    """Return the id of an entity that no table knows: x and 16 hex digits.

    Example:
      >>> local_entity_id("PT Bumi Hijau", "organisation")
      'xd19251661beb2f42'
    """
    return f"x{_hashed(f'{kind}:{normal_form(name)}')}"


def normal_form(name: str) -> str:
    """Return the form in which two spellings of a name are one: case and marks aside.

    Example:
      >>> normal_form("PT. Bumi-Hijau")
      'pt bumi hijau'
    """
    if name.isascii():
        folded = name.lower()
        return _NOT_IN_KEYS.sub(" ", folded).strip() or folded
    folded = unicodedata.normalize("NFKC", name).casefold()
    plain = _NOT_IN_KEYS.sub(" ", folded.encode("utf-8", "replace").decode("utf-8")).strip()
    return plain or folded.encode("utf-8", "replace").decode("utf-8")


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


class _Identities:
    """Who each name of one article is."""

    def __init__(self, texts: dict[str, str], spans: list[FieldSpan]) -> None:
        self._full_names = _full_names([item.span for item in spans])
        self._acronyms: dict[str, str] = {}
        for field, text in texts.items():
            own = [item.span for item in spans if item.field == field]
            self._acronyms |= introduced_acronyms(text, own)
        rows = [item.span for item in spans if item.span.row]
        self._rows = {(span.surface, span.type): span.row for span in rows}
        self._texts = texts
        self._countries = CountryDisambiguator([item.span for item in spans])
        self._company = {span.row.wikidata_id for span in rows if span.row}
        self._local_ids: dict[tuple[str, str], str] = {}
        self.names: dict[str, str] = {}

    def mention(self, item: FieldSpan) -> Mention:
        """Return a name's row of the table of mentions, linked."""
        span = item.span
        entity_id, qid, kind = self._identify(item)
        return Mention(
            entity_id=entity_id,
            wikidata_id=qid,
            surface=span.surface,
            type=kind,
            field=item.field,
            start=span.start,
            end=span.end,
            score=span.score,
            method=span.method,
        )

    def _identify(self, item: FieldSpan) -> tuple[str, str | None, str]:
        """Return a name's entity, its Wikidata id where that is sure, and its type."""
        span = item.span
        full = self._full_name(span)
        row = self._rows.get((full, span.type))
        if row is None or (span.row is None and span.method == "gazetteer"):
            # The latter is a word of a longer name, whatever it means elsewhere in the article.
            entity_id = self._local_id(full, span.type)
            self.names.setdefault(entity_id, full)
            return entity_id, None, span.type
        if has_senses(full):
            text = self._texts[item.field]
            before, after = text[: span.start], text[span.end :]
            row = disambiguate(row, full, before, after, self._company)
        qid = row.wikidata_id if self._is_meant(row, item) else None
        entity_id = qid or local_entity_id(row.name, row.type)
        self.names[entity_id] = row.name
        return entity_id, qid, row.type

    def _is_meant(self, row: Row, item: FieldSpan) -> bool:
        span = item.span
        if row.type == PLACE:
            return not is_of_people(self._texts[item.field], span.start)
        return self._countries.means(row, span.surface)

    def _local_id(self, name: str, kind: str) -> str:
        key = name, kind
        if key not in self._local_ids:
            self._local_ids[key] = local_entity_id(name, kind)
        return self._local_ids[key]

    def _full_name(self, span: Span) -> str:
        if span.type == PERSON:
            return self._full_names.get(span.surface.lower(), span.surface)
        if span.type == ORGANISATION and span.row is None:
            return self._acronyms.get(span.surface, span.surface)
        return span.surface


def _full_names(spans: list[Span]) -> dict[str, str]:
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
