"""`warta sql`: the script that brings a warehouse up to a lake as it is."""

from collections.abc import Iterator

from warta.pipeline.loading.warehouses.base import LakeFiles, Warehouse
from warta.pipeline.loading.warehouses.cloud import (
    Athena,
    BigQuery,
    Databricks,
    Redshift,
    Snowflake,
)
from warta.pipeline.loading.warehouses.engines import ClickHouse, DuckDb, Spark
from warta.transforms.core.errors import UsageError
from warta.transforms.lake.changes import read_changes

WAREHOUSES: dict[str, Warehouse] = {
    one.name: one
    for one in (
        *(BigQuery(), Snowflake(), Redshift(), ClickHouse(), Databricks(), Athena()),
        *(Spark(), DuckDb()),
    )
}


def statements(
    name: str, lake: str, since: int | str = 0, location: str | None = None
) -> Iterator[str]:
    """Yield the statements for a warehouse, without the semicolons between them.

    The files are those that commits after `since` list. A merged one holds older rows as well;
    the statements insert what is missing and replace what has the same key, so that rows that
    come twice are there once.

    Args:
      name: Of the warehouse.
      lake: Its path or URI.
      since: The number or the id of the last commit that the warehouse has; 0: none.
      location: Where the warehouse sees the lake, if not at its own URI.

    Raises:
      UsageError: No such warehouse, or it cannot read there.
      LoadAnewError: The commit is part of a checkpoint: start from 0.
      LakeError: No lake, or a damaged one.
    """
    yield from WAREHOUSES[name].script(_files(name, lake, since, location))


def render(name: str, lake: str, since: int | str = 0, location: str | None = None) -> str:
    """Return the script as text, with what the vendor demands as comments at its head.

    Raises:
      UsageError: No such warehouse, or no such commit.
      LoadAnewError: The commit of `since` is part of a checkpoint.
      LakeError: It is not a lake, or a commit is damaged.
    """
    warehouse = WAREHOUSES.get(name)
    if warehouse is None:
        raise UsageError(f"no statements for {name!r}: choose from {', '.join(WAREHOUSES)}")
    files = _files(name, lake, since, location)
    head = [f"-- {line}" for line in warehouse.demands]
    head.append(f"-- After it the tables are at commit {files.until}: --since {files.until}")
    body = [f"{statement};\n" for statement in warehouse.script(files)]
    return "\n".join([*head, "", *body])


def _files(name: str, lake: str, since: int | str, location: str | None) -> LakeFiles:
    changes = read_changes(lake, since)
    where = WAREHOUSES[name].located(lake, location)
    return LakeFiles(where, tuple(file for _, file in changes.live_files()), changes.until)
