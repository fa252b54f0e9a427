"""How a record was read, kept with its reject so that it can be read again: `Reject.context`.

One JSON object: the kind of input, the source as the user named it, and of a record that was read
and failed later what was around its bytes: URL, headers, fields of a feed's entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

from warta.transforms.core.errors import LakeError
from warta.transforms.core.ids import article_id
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import (
    Article,
    Reference,
    Reject,
    Source,
    SourceItem,
)
from warta.transforms.core.redaction import displayable, mask_secrets
from warta.transforms.core.storage import public_uri, to_json
from warta.transforms.core.urls import canonical_url

_MAX_BYTES = 262_144
"""Longest context: of a record with more around it, the source alone is kept."""
_NOT_SAVED = frozenset(
    {
        *("source", "source_uri", "source_record_id", "kind", "raw", "content"),
        *("record_hash", "replay_of", "page"),
    }
)
"""Fields of an item that are elsewhere in the row, or are made again."""
_SAVED = tuple(one.name for one in fields(SourceItem) if one.name not in _NOT_SAVED)


def context_of_reference(reference: Reference) -> str:
    """Return the `Reject.context` of an input: how it is read."""
    return _encode(reference.kind, reference.source, None)


def context_of_item(item: SourceItem, limits: InputLimits) -> str:
    """Return the `Reject.context` of a record that could not be cleaned: what was around it.

    The content is saved where it is not the record's own bytes, and no longer than those may be.
    """
    saved = {name: getattr(item, name) for name in _SAVED}
    saved |= _masked_urls(item.url, item.feed_url, item.identity)
    content = item.content
    if isinstance(content, str):
        saved["is_text"] = True
        encoded = content.encode("utf-8", "surrogatepass")
        if encoded != item.raw and len(encoded) <= limits.reject_raw_bytes:
            saved["content"] = content.encode("utf-8", "replace").decode()
    return _encode(item.kind, item.source, saved)


def _masked_urls(
    url: str | None, feed_url: str | None, identity: str | None = None
) -> dict[str, str | None]:
    """Return URLs as they may be stored, and the id that an article has by the whole one."""
    masked: dict[str, str | None] = {
        "url": url and mask_secrets(url),
        "feed_url": feed_url and mask_secrets(feed_url),
        "identity": identity and mask_secrets(identity),
    }
    is_masked = (masked["url"], masked["identity"]) != (url, identity)
    if url and is_masked and (canonical := canonical_url(url)):
        masked["url_id"] = article_id(canonical, "", identity)
    return masked


def with_context(rejected: Reject, article: Article) -> Reject:
    """Return the reject that an article became, with what it takes to read it again."""
    context = context_of_article(article)
    return replace(rejected, context=context, replay_of=article.replay_of)


def context_of_article(article: Article) -> str:
    """Return the `Reject.context` of an article that could not be tagged: what was known of it.

    Its record's bytes are gone by then: the reject keeps the clean body.
    """
    saved = {
        "content_type": "text",
        "is_text": True,
        "url": article.canonical_url or article.url,
        "headline": article.headline,
        "description": article.description,
        "authors": [author.name for author in article.authors],
        "date_published": _date_of(article),
        "date_modified": article.date_modified and article.date_modified.isoformat(),
        "article_section": article.article_section,
        "keywords": article.keywords,
        "in_language": article.in_language,
        "publisher_name": article.publisher_name,
        "feed_url": article.feed_url,
        "http_status": article.http_status,
        "date_fetched": article.date_fetched,
    }
    saved |= _masked_urls(article.canonical_url or article.url, article.feed_url)
    if "url_id" in saved:
        saved["url_id"] = article.article_id
    # The kind of its input is not known here: where the input is to be read again, its name says.
    return _encode("", Source(mask_secrets(article.source_uri)), saved)


def _date_of(article: Article) -> str | None:
    """Return the date as it was stated, as far as it went."""
    stated = article.date_published
    if stated is None:
        return None
    exact = article.date_published_precision in ("second", "minute")
    return stated.isoformat() if exact else stated.date().isoformat()


@dataclass(frozen=True, slots=True)
class Context:
    """A decoded context."""

    kind: str | None
    source: Source
    item: Mapping[str, Any] | None
    """Fields of the `SourceItem`; `content` only where it is not the record's own bytes."""
    is_text: bool = False
    """The content was a str."""


def decode_context(row: Reject) -> Context:
    """Return how a reject was read. Rows of schema version 1 hold nothing but their location.

    Raises:
      LakeError: The row's context is not what warta writes.
    """
    # Here, because a run without rejects does without.
    import msgspec
    import orjson

    try:
        saved = orjson.loads(row.context) if row.context else {}
    except orjson.JSONDecodeError as error:
        raise LakeError(
            f"the context of a reject of {displayable(row.source_uri)} is damaged ({error}): "
            "`warta verify` looks for more; replay other reasons or days with --reason and --since"
        ) from error
    if not isinstance(saved, dict):
        uri = displayable(row.source_uri)
        raise LakeError(f"the context of a reject of {uri} is not an object")
    try:
        return _decode(saved, row)
    except msgspec.ValidationError as error:
        raise LakeError(
            f"the context of a reject of {displayable(row.source_uri)} is damaged ({error}): "
            "replay other reasons or days with --reason and --since"
        ) from error


def _decode(saved: Mapping[str, Any], row: Reject) -> Context:
    import msgspec

    stated = msgspec.convert(saved.get("source") or {"location": row.source_uri}, dict[str, Any])
    source = {name: stated[name] for name in _SOURCE_FIELDS & stated.keys()}
    item = msgspec.convert(saved.get("item"), dict[str, Any] | None)
    found = item or {}
    fields_of_item = {
        name: msgspec.convert(found[name], _ITEM_TYPES[name])
        for name in _ITEM_TYPES.keys() & found.keys()
    }
    return Context(
        kind=msgspec.convert(saved.get("kind"), str | None),
        source=msgspec.convert(source, Source),
        item=None if item is None else fields_of_item,
        is_text=bool(found.get("is_text")),
    )


_SOURCE_FIELDS = {field.name for field in fields(Source)} - {
    *("allow_private", "fetch_pages", "obey_reservations")
}
"""Leave to reach private addresses, and how pages are fetched, is said by a config, not by a
lake."""
_SAVED_OF_SOURCE = tuple(sorted(_SOURCE_FIELDS))
_ITEM_TYPES: dict[str, Any] = {
    field.name: field.type for field in fields(SourceItem) if field.name not in _NOT_SAVED
} | {"content": str}


def _encode(kind: str, source: Source, item: Mapping[str, Any] | None) -> str:
    saved = {name: getattr(source, name) for name in _SAVED_OF_SOURCE}
    saved["location"] = _saved_location(source.location)
    kept = _present({"kind": kind, "source": _present(saved)})
    if item is not None:
        encoded = to_json(kept | {"item": _present(item)})
        if len(encoded) <= _MAX_BYTES:
            return encoded.decode()
    return to_json(kept).decode()


@lru_cache(maxsize=64)
def _saved_location(location: str) -> str:
    """Return a location without keys; a worker meets few, and may reject millions of records."""
    return mask_secrets(public_uri(location))


def _present(saved: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is not there."""
    return {name: value for name, value in saved.items() if value not in (None, "", (), [])}
