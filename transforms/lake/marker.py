"""What marks a folder as a lake: `_lake.json`, with the versions of its files."""

from dataclasses import dataclass
from typing import Any

from warta.transforms.core.schema import LAYOUT_VERSION, SCHEMA_VERSION
from warta.transforms.lake.checksums import parse_document


@dataclass(frozen=True, slots=True)
class Marker:
    """What `_lake.json` says of a lake."""

    schema_version: int
    """That it was last written with: its files have the columns of this version or fewer."""
    layout_version: int
    """The schema version whose paths and types all of its files have."""


def marker_document(layout_version: int) -> dict[str, Any]:
    """Return the content of `_lake.json` for a lake that this version writes."""
    return {
        "format": "warta",
        "schema_version": SCHEMA_VERSION,
        "layout_version": layout_version,
    }


def parse_marker(data: bytes) -> Marker:
    """Return what a lake's marker says.

    Args:
      data: The marker's bytes.

    Raises:
      ValueError: It is damaged; says how.

    Example:
      >>> parse_marker(b'{"format": "warta", "schema_version": 2}')
      Marker(schema_version=2, layout_version=2)
    """
    marker = parse_document(data)
    version = marker.get("schema_version")
    if marker.get("format") != "warta":
        raise ValueError(f"its format is {marker.get('format')!r}, not 'warta'")
    if not isinstance(version, int) or version < 1:
        raise ValueError(f"its schema_version is {version!r}")
    # Versions 1 and 2 have one layout and do not name it; what newer ones name is not for us.
    named = LAYOUT_VERSION <= version <= SCHEMA_VERSION
    layout = marker.get("layout_version") if named else min(version, LAYOUT_VERSION)
    if not isinstance(layout, int) or not 1 <= layout <= version:
        raise ValueError(f"its layout_version is {layout!r}")
    return Marker(version, layout)
