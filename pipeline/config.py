"""sources.toml: where the news comes from, by name.

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

import glob
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from warta.transforms.core.errors import UnknownKindError, UsageError
from warta.transforms.core.records import Source
from warta.transforms.core.suggestions import nearest
from warta.transforms.sources.glob import MAX_PATTERN_PARTS
from warta.transforms.sources.json.jsonl import FIELDS
from warta.transforms.sources.registry import reader_of

_KEYS = tuple(field.name for field in fields(Source))
"""Of a [[source]] table: what a source is, and nothing else."""
_WORDS = {
    "str": "a string",
    "bool": "true or false",
    "object": "a table",
    "array": "a list of tables",
}
"""Types as msgspec names them, in words of TOML."""
_EXPECTED = re.compile(r"Expected `(\w+)[^`]*`, got `\w+`(?: - at `\$\.(\w+)`)?")
_MAX_BYTES = 8 << 20
"""A config of 100,000 sources has 6 MB; a device, or a dump given by mistake, has no end."""
_MAX_DOTS = 8
"""In a key, where ours have one at most."""
# One that has no end goes to the end of its line: each character is looked at once.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?|\'[^\']*+\'?')
# The shape of a BCP-47 tag: a language, then scripts, regions and variants.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def read_config(path: str) -> tuple[Source, ...]:
    """Return the sources of a sources.toml in its order, their locations relative to the file.

    Raises:
      UsageError: Not to be read, not TOML, or a key or value that cannot be; names the file, the
        source and, for a key, the nearest known one.
    """
    document = _read_toml(path)
    _check_keys(document, ("source", "contact"), path)
    tables = _typed(document.get("source", []), list[Any], "source", path)
    if not tables:
        raise UsageError(f"{path} names no source: begin one with [[source]]")
    sources = [_read_source(table, n, path) for n, table in enumerate(tables, start=1)]
    _check_names(sources, path)
    return tuple(sources)


def read_contact(path: str) -> str | None:
    """Return whom publishers may write to by a sources.toml; None where it does not say.

    Raises:
      UsageError: As `read_config`.
    """
    return _typed(_read_toml(path).get("contact"), str | None, "contact", path)


def _read_toml(path: str) -> dict[str, Any]:
    try:
        with Path(path).open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise UsageError(f"{path} is not a config: it has more than {_MAX_BYTES >> 20} MB")
        text = data.decode("utf-8-sig")
        _check_dots(text, path)
        return tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except RecursionError as error:
        raise UsageError(f"{path} is not TOML that can be read: it is nested too deep") from error
    except ValueError as error:
        raise UsageError(f"{path} is not TOML: {error}") from error


def _check_dots(text: str, path: str) -> None:
    """Refuse a key of very many parts: tomllib takes memory by the square of their number.

    Raises:
      UsageError: A line has more than `_MAX_DOTS` outside strings and comments.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count(".") > _MAX_DOTS and not line.lstrip().startswith("#"):
            code = _STRING.sub("", line).partition("#")[0]
            if code.count(".") > _MAX_DOTS:
                raise UsageError(
                    f"{path} is nested too deep: line {number} has a key of many parts"
                )


def check_location(location: str) -> None:
    """Refuse a path or glob on this machine that leads nowhere; URIs are tried by the run.

    Raises:
      UsageError: Nothing is there.
    """
    if not location:
        raise UsageError('an INPUT is empty: name a file, folder or URI ("." is this folder)')
    if "://" in location or location == "-":
        return
    path = str(Path(location).expanduser())
    if Path(path).exists():
        return
    if not glob.has_magic(location):
        raise UsageError(f"there is no file or folder {location}")
    if len(Path(location).parts) > MAX_PATTERN_PARTS:
        # The run says it of its sources, with their names.
        return
    # Not Path.glob: as a path from the root it takes no pattern.
    if next(glob.iglob(path, recursive=True), None) is None:  # noqa: PTH207
        raise UsageError(f"no file matches {location}")


def _read_source(table: Any, number: int, path: str) -> Source:
    """Return the source of one [[source]] table."""
    if not isinstance(table, dict):
        raise UsageError(f"{path}: source {number} must be a table: begin it with [[source]]")
    name = table.get("name")
    where = f"{path}: source {number}" + (f" ({name})" if isinstance(name, str) else "")
    _check_keys(table, _KEYS, where)
    if not table.get("location"):
        raise UsageError(f"{where} needs a location: a path, glob, folder or URI")
    paths = _read_fields(table.get("fields", {}), where)
    source = _typed(table | {"fields": paths}, Source, "", where)
    _check_values(source, where)
    return replace(source, location=_beside(source.location, path))


def _check_values(source: Source, where: str) -> None:
    """Refuse values that no source can have."""
    kind = source.kind
    if "\0" in source.location:
        raise UsageError(f"{where}: location has a NUL, which no path and no URI has")
    if kind is not None:
        try:
            reader = reader_of(kind)
        except UnknownKindError as error:
            raise UsageError(f"{where}: {error}") from error
        if source.fetch_pages and not reader.is_followed:
            raise UsageError(f"{where}: fetch_pages is for feeds, not for kind {kind!r}")
    language = source.language
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise UsageError(
            f'{where}: language {language!r} is not a language tag such as "id" or "en"'
        )
    if source.time_zone is not None:
        _check_zone(source.time_zone, where)


def _check_zone(name: str, where: str) -> None:
    """Refuse a zone that the time zone database does not have."""
    try:
        ZoneInfo(name)
    # A folder of the database, such as "Asia", is an OSError; a path out of it a ValueError.
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        message = f'{where}: unknown time_zone {name!r}; it takes names such as "Asia/Jakarta"'
        raise UsageError(message) from error


def _read_fields(table: Any, where: str) -> tuple[tuple[str, str], ...]:
    """Return a [source.fields] table as pairs of our field and a dotted path."""
    names = _typed(table, dict[str, Any], "fields", where)
    within = f"{where}, fields"
    _check_keys(names, sorted(FIELDS), within)
    for key, value in names.items():
        if not _typed(value, str, key, within):
            raise UsageError(f"{within}: {key} needs a dotted path")
    return tuple(names.items())


def _beside(location: str, path: str) -> str:
    """Return a location as the file at `path` means it."""
    if "://" in location:
        return location
    return str(Path(path).parent / Path(location).expanduser())


def _check_names(sources: Iterable[Source], path: str) -> None:
    """Refuse two sources of one name."""
    seen: set[str] = set()
    for source in sources:
        if source.name and source.name in seen:
            raise UsageError(f"{path}: two sources are named {source.name!r}")
        seen.add(source.name)


def _check_keys(table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Refuse a key that means nothing here."""
    for key in table:
        if key not in known:
            raise UsageError(f"{where}: unknown key {key!r}{nearest(key, known)}")


def _typed(value: Any, kind: Any, key: str, where: str) -> Any:
    """Return a value of TOML as one of a type, or refuse it in words of TOML.

    Args:
      value: As it was read.
      kind: A type, or a dataclass for a table.
      key: What the value is called; "" for a table, whose keys are named instead.
      where: The place in the file.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        found = _EXPECTED.fullmatch(str(error))
        if found is None:
            raise UsageError(f"{where}: {error}") from error
        name = key or found[2]
        given = value[name] if not key else value
        words = _WORDS.get(found[1], found[1])
        raise UsageError(f"{where}: {name} must be {words}, not {given!r}") from error
