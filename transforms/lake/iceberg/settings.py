"""What a lake remembers of its Iceberg tables: where they are, and which catalogs mirror them.

    LAKE/_iceberg/catalog.json                      the tables are kept, by every writer
    LAKE/_iceberg/<table>/metadata/v<N>.metadata.json
    LAKE/_iceberg/<table>/metadata/version-hint.text   N: the one pointer of a table
    LAKE/_iceberg/<table>/mirrors/<catalog>/        what other catalogs write about the table

Iceberg names files by absolute paths, so the tables of a lake that was moved have to be rebuilt.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from warta.transforms.core.errors import LakeError
from warta.transforms.core.storage import is_local, one_line, resolve
from warta.transforms.lake.storage import Lake

FOLDER = "_iceberg"
SETTINGS = f"{FOLDER}/catalog.json"
HINT = "version-hint.text"
_MAX_DIGITS = 18
"""Of a version: a hint with more is damaged, and Python makes no number of thousands of digits."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """Another catalog that follows every commit."""

    catalog: str
    """Its name in pyiceberg's configuration, or its URI."""
    namespace: str = "warta"
    """Where its tables are."""

    @property
    def is_uri(self) -> bool:
        """Return whether the catalog is named by its URI."""
        return "://" in self.catalog

    @property
    def folder(self) -> str:
        """Return the name of its folder in the lake."""
        return hashlib.sha256(f"{self.catalog} {self.namespace}".encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class CatalogSettings:
    """How the Iceberg tables of a lake are kept."""

    location: str
    """How the tables name the lake: an absolute path or a URI, without secrets."""
    mirrors: tuple[Mirror, ...] = ()


def location_of(lake: Lake) -> str:
    """Return the absolute path or URI by which Iceberg's readers open a lake.

    Example:
      >>> location_of(Lake("/srv/news/"))
      '/srv/news'
    """
    path = resolve(lake.uri)[1].rstrip("/")
    if is_local(lake.uri):
        return os.path.realpath(path)
    parts = urlsplit(lake.uri)
    if parts.scheme in ("hdfs", "viewfs"):
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"
    return f"{parts.scheme}://{path}"


def metadata_folder(table: str) -> str:
    """Return the folder of a table's metadata, relative to the lake."""
    return f"{FOLDER}/{table}/metadata"


def metadata_path(table: str, version: int) -> str:
    """Return the path of a version of a table, relative to the lake."""
    return f"{metadata_folder(table)}/v{version}.metadata.json"


def hint_path(table: str) -> str:
    """Return the path of the file that says which version of a table readers see."""
    return f"{metadata_folder(table)}/{HINT}"


def read_settings(lake: Lake) -> CatalogSettings | None:
    """Return how a lake's Iceberg tables are kept; None where it has none.

    Raises:
      LakeError: They are damaged.
    """
    try:
        document = lake.read_json(SETTINGS)
    except FileNotFoundError:
        return None
    try:
        return _parse(document)
    except (KeyError, TypeError, ValueError) as error:
        raise LakeError(
            f"{lake}/{SETTINGS} is damaged: {error!r}; `warta catalog rebuild {lake}` rebuilds it"
        ) from error


def _parse(document: Mapping[str, Any]) -> CatalogSettings:
    if document["format"] != "iceberg":
        raise ValueError(f"its format is {document['format']!r}")
    mirrors = (Mirror(str(one["catalog"]), str(one["namespace"])) for one in document["mirrors"])
    return CatalogSettings(str(document["location"]), tuple(mirrors))


def write_settings(lake: Lake, settings: CatalogSettings) -> None:
    """Make every later writer keep the tables.

    Raises:
      LakeWriteError: The disk or store refuses it.
    """
    mirrors = [{"catalog": one.catalog, "namespace": one.namespace} for one in settings.mirrors]
    document = {"format": "iceberg", "location": settings.location, "mirrors": mirrors}
    with lake.writing():
        lake.make_folder(FOLDER)
        lake.write_json(SETTINGS, document, sealed=True)


def check_location(lake: Lake, settings: CatalogSettings) -> None:
    """Refuse a lake that is not where its Iceberg tables name its files.

    Raises:
      LakeError: Says what to type.
    """
    here = location_of(lake)
    if here != settings.location:
        raise LakeError(
            f"{lake} is at {here}, and its Iceberg tables name files in {settings.location}: if it "
            f"was moved or copied, `warta catalog rebuild {lake}` rebuilds them"
        )


def read_version(lake: Lake, table: str) -> int:
    """Return the version of a table that readers see; 0 where it has none.

    Raises:
      LakeError: The hint is damaged.
      OSError: The object store does not answer: what it holds may well be sound.
    """
    name = hint_path(table)
    try:
        text = lake.read_bytes(name).decode("ascii", "replace")
    except FileNotFoundError:
        return 0
    except (OSError, ValueError) as error:
        if is_of_store(lake, error):
            raise
        raise LakeError(
            f"{lake}/{name} is damaged: {one_line(error)}; `warta catalog rebuild {lake}` rebuilds "
            "the tables"
        ) from error
    if not text.isdecimal() or len(text) > _MAX_DIGITS:
        raise LakeError(
            f"{lake}/{name} is damaged: it holds {text[:20]!r}; `warta catalog rebuild {lake}` "
            "rebuilds the tables"
        )
    return int(text)


def is_of_store(lake: Lake, error: Exception) -> bool:
    """Return whether an error says that an object store fails, and nothing of what it holds.

    Of a disk, an error is of the file: a folder in its place, a sector that cannot be read.
    """
    return (
        isinstance(error, OSError)
        and not isinstance(error, FileNotFoundError)
        and not is_local(lake.uri)
    )


def write_version(lake: Lake, table: str, version: int) -> None:
    """Point readers at a version of a table. It may be done again."""
    name = hint_path(table)
    local = is_local(lake.uri)
    path = f"{name}.writing" if local else name
    with lake.filesystem.open_output_stream(lake.path(path)) as stream:
        stream.write(str(version).encode())
    if local:
        lake.make_durable([path])
        lake.filesystem.move(lake.path(path), lake.path(name))
        lake.make_durable([name])


def version_of(path: str) -> int:
    """Return the version that the name of a metadata file has; 0 for any other name.

    Example:
      >>> version_of("_iceberg/articles/metadata/v12.metadata.json")
      12
      >>> version_of("_iceberg/articles/metadata/snap-1.avro")
      0
    """
    name = path.rpartition("/")[2]
    number = name.removeprefix("v").removesuffix(".metadata.json")
    return int(number) if name == f"v{number}.metadata.json" and number.isdecimal() else 0
