"""A lake in DuckDB and Polars, by its live files.

    python -m examples.queries lake

`open_dataset` reads the commit files: what is merged or half written is not seen, which a glob over
the folders cannot promise.
"""

import sys
from collections.abc import Sequence

import duckdb
import polars as pl

from warta import open_dataset


def main(arguments: Sequence[str]) -> None:
    """Print the articles of each day, and the names that most articles mention."""
    (lake,) = arguments
    articles = open_dataset(lake)
    query = """
        select published_date, count(*) as articles, sum(word_count) as words
        from articles group by published_date order by published_date
    """
    with duckdb.connect() as connection:
        connection.register("articles", articles)
        for day, number, words in connection.execute(query).fetchall():
            print(f"{day}: {number} articles, {words} words")
    mentions = pl.scan_pyarrow_dataset(open_dataset(lake, "mentions"))
    most = (
        mentions.group_by("surface", "type")
        .agg(pl.col("article_id").n_unique().alias("articles"))
        .sort(["articles", "surface"], descending=[True, False])
        .head(3)
        .collect()
    )
    for surface, kind, number in most.iter_rows():
        print(f"{surface} ({kind}): in {number} articles")


if __name__ == "__main__":
    main(sys.argv[1:])
