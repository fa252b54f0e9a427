"""warta: news sources into a lake of cleaned, tagged, deduplicated Parquet.

`warta.open_dataset("lake")` gives a table of a lake to pandas, Polars and DuckDB,
`warta.read_changes("lake", since)` what its commits have brought since one of them;
`warta.transforms` holds the steps of Apache Beam.
"""

TYPE_CHECKING = False
"""As that of `typing`, which takes longer to import than a signal to come."""

if TYPE_CHECKING:
    from warta.transforms.lake.changes import read_changes
    from warta.transforms.lake.reading import open_dataset

__all__ = ["open_dataset", "read_changes"]


def __getattr__(name: str) -> object:
    """Import a public name when it is used first: the commands start without pyarrow.

    Raises:
      AttributeError: It is not one.
    """
    if name in __all__:
        from warta import transforms

        return getattr(transforms, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
