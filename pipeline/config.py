"""sources.toml: where the news comes from, told by name.

contact = "desk@news.example"   # whom publishers may write to about `warta watch`

[[source]]
name = "kabar-pagi"
kind = "jsonl"                  # feed, jsonl, text, html, warc; left out: found out
location = "dumps/*.jsonl.gz"   # relative to this file; or a URI
language = "id"
publisher = "Kabar Pagi"
time_zone = "Asia/Jakarta"      # of dates that name none

[source.fields]                 # JSONL: our field = dotted path in the object
content = "data.isi"

[[source]]
name = "kabar-sore"
kind = "feed"                   # or sitemap, a news sitemap: these `warta watch` follows
location = "https://news.example/rss.xml"
fetch_pages = true              # the full text of every entry, from its page
allow_private = false           # reach addresses that are not of the public internet
obey_reservations = true        # take no page that is reserved from text mining or AI
"""

import difflib
import glob
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from transforms.core.errors import UsageError
from transforms.core.records import Source
from transforms.sources.jsonl import FIELDS
from transforms.sources.kinds import is_known, names_of_kinds, reader_of

_TYPES: dict[str, type] = {
    "name": str,
    "kind": str,
    "location": str,
    "language": str,
    "publisher": str,
    "time_zone": str,
    "allow_private": bool,
    "fetch_pages": bool,
    "obey_reservations": bool,
    "fields": dict,
}
_TYPE_NAMES = {str: "a string", bool: "true or false", dict: "a table", list: "a list of tables"}
# The shape of a BCP-47 tag: a language, then scripts, regions and variants.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def read_config(path: str) -> tuple[Source, ...]:
    """sources.toml -> the sources in it, in its order; locations made relative to the file.

    Raises:
      UsageError: not to be read, not TOML, or a key or value that cannot be; names the file, the
        source and, for a key, the nearest known one.
    """
    document = _read_toml(path)
    _check_keys(document, ("source", "contact"), path)
    tables = _typed(document, "source", list, path) or []
    if not tables:
        raise UsageError(f"{path} names no source: begin one with [[source]]")
    sources = [_read_source(table, n, path) for n, table in enumerate(tables, start=1)]
    _check_names(sources, path)
    return tuple(sources)


def read_contact(path: str) -> str | None:
    """sources.toml -> whom publishers may write to; None where it does not say.

    Raises:
      UsageError: as `read_config`.
    """
    contact: str | None = _typed(_read_toml(path), "contact", str, path)
    return contact


def _read_toml(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path} is not TOML: {error}") from error


def check_location(location: str) -> None:
    """Refuses a path or glob on this machine that leads nowhere; URIs are tried by the run.

    Raises:
      UsageError: nothing is there.
    """
    if "://" in location or location == "-":
        return
    path = str(Path(location).expanduser())
    if Path(path).exists():
        return
    if not glob.has_magic(location):
        raise UsageError(f"there is no file or folder {location}")
    # Not Path.glob: as a path from the root it takes no pattern.
    if next(glob.iglob(path, recursive=True), None) is None:  # noqa: PTH207
        raise UsageError(f"no file matches {location}")


def _read_source(table: Any, number: int, path: str) -> Source:
    """One [[source]] table -> Source."""
    if not isinstance(table, dict):
        raise UsageError(f"{path}: source {number} must be a table: begin it with [[source]]")
    name = table.get("name")
    where = f"{path}: source {number}" + (f" ({name})" if isinstance(name, str) else "")
    _check_keys(table, _TYPES, where)
    values = {key: _typed(table, key, kind, where) for key, kind in _TYPES.items() if key in table}
    _check_values(values, where)
    values["location"] = _beside(values["location"], path)
    values["fields"] = _read_fields(values.get("fields", {}), where)
    return Source(**values)


def _check_values(values: Mapping[str, Any], where: str) -> None:
    """Refuses values that no source can have."""
    if not values.get("location"):
        raise UsageError(f"{where} needs a location: a path, glob, folder or URI")
    kind = values.get("kind")
    if kind is not None and not is_known(kind):
        raise UsageError(f"{where}: unknown kind {kind!r}{_nearest(kind, names_of_kinds())}")
    if values.get("fetch_pages") and kind is not None and not reader_of(kind).is_followed:
        raise UsageError(f"{where}: fetch_pages is for feeds, not for kind {kind!r}")
    language = values.get("language")
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise UsageError(f'{where}: language {language!r} is no language tag such as "id" or "en"')
    if "time_zone" in values:
        _check_zone(values["time_zone"], where)


def _check_zone(name: str, where: str) -> None:
    """Refuses a zone that the time zone database does not have."""
    try:
        ZoneInfo(name)
    # A folder of the database, such as "Asia", is an OSError; a path out of it a ValueError.
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        message = f'{where}: unknown time_zone {name!r}; it takes names such as "Asia/Jakarta"'
        raise UsageError(message) from error


def _read_fields(fields: Mapping[str, Any], where: str) -> tuple[tuple[str, str], ...]:
    """[source.fields] -> (our field, dotted path) pairs."""
    within = f"{where}, fields"
    _check_keys(fields, sorted(FIELDS), within)
    for key in fields:
        if not _typed(fields, key, str, within):
            raise UsageError(f"{within}: {key} needs a dotted path")
    return tuple(fields.items())


def _beside(location: str, path: str) -> str:
    """A location as the file at `path` means it."""
    return location if "://" in location else str(Path(path).parent / location)


def _check_names(sources: Iterable[Source], path: str) -> None:
    """Refuses two sources of one name."""
    seen: set[str] = set()
    for source in sources:
        if source.name and source.name in seen:
            raise UsageError(f"{path}: two sources are named {source.name!r}")
        seen.add(source.name)


def _check_keys(table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Refuses a key that means nothing here."""
    for key in table:
        if key not in known:
            raise UsageError(f"{where}: unknown key {key!r}{_nearest(key, known)}")


def _typed(table: Mapping[str, Any], key: str, kind: type, where: str) -> Any:
    """The value of `key`, which must be of `kind`; None where absent."""
    value = table.get(key)
    if value is not None and not isinstance(value, kind):
        raise UsageError(f"{where}: {key} must be {_TYPE_NAMES[kind]}, not {value!r}")
    return value


def _nearest(word: str, known: Iterable[str]) -> str:
    """The nearest known word as a question; all of them where none is near."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
