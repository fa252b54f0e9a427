"""What is said of a table, in one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute

import pyarrow as pa


@dataclass(frozen=True)
class Table:
    """One table of a lake. Files, merges, catalogs, changes, loaders and docs follow from it.

    What its columns mean is in transforms/data/columns.toml.
    """

    name: str
    """Names its folder in the lake, and the table in catalogs and databases."""
    schema: pa.Schema
    key: tuple[str, ...]
    """What a row is known by; of a table with a parent, the rows of one parent share it."""
    partition: str = ""
    """Column with the day that a row's file is filed under. Empty: the table is a state that each
    commit replaces as a whole; catalogs, changes and loaders leave it out."""
    time: str = "ingested_at"
    """Timestamp by which warehouses partition their copies."""
    arrived: str = "ingested_at"
    """Timestamp of when the run began that brought the row; its run is in `run_id`."""
    parent: str = ""
    """Table whose staged rows carry the rows of this one, in a list named as this table: what is
    published of the parent is published of this one."""
    from_parent: tuple[str, ...] = ()
    """Columns that are those of the parent's row."""
    is_replaced: bool = False
    """Whether a later row takes the place of an earlier one with the same key."""
    ordered_by: str = ""
    """Column of which the highest value counts among rows with the same key; empty: the row that
    came last."""
    marked_by: str = ""
    """Column that names the run that has changed a row since it came."""
    sort: tuple[str, ...] = ()
    """Columns that the rows of a row group are sorted by."""
    statistics: tuple[str, ...] = ()
    """Columns that readers filter by: their least and greatest values are in the files."""
    dictionary: tuple[str, ...] = ()
    """Columns, as Parquet paths, whose values repeat."""
    uncompressed: tuple[str, ...] = ()
    """Columns, as Parquet paths, of hashes: compressed they are hardly smaller, and every run that
    compares its articles with them would unpack them."""
    types_before_3: Mapping[str, pa.DataType] = attribute(default_factory=dict)
    """Types of columns in files of lakes that were made before layout version 3."""

    @property
    def element(self) -> pa.StructType:
        """Return what a parent's staged row carries of each row of this table."""
        return pa.struct([one for one in self.schema if one.name not in self.from_parent])
