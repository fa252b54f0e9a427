"""Write what README and docs show of the code: pictures, reference pages, results of queries.

Run `make docs`, or `python docs/generate.py`. With `--check` nothing is written: the exit status is
1, and the files are named, where one is not what the code gives today.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import click
import duckdb
import pictures
import reference_pages

DOCS = Path(__file__).parent
ROOT = DOCS.parent
QUERY = re.compile(r"(```sql\n(?P<query>[^`]*)```\n\n```text\n)(?P<result>[^`]*)(```\n)")
"""A query and its result: a block of SQL, and a block of text right after it."""


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail where a file is out of date.")
@click.option("--lake", type=Path, help="A lake of the samples, else one is made.")
def main(check: bool, lake: Path | None) -> None:
    """Write the generated parts of README and docs."""
    with chdir(ROOT), tempfile.TemporaryDirectory() as folder:
        made = lake or _sample_lake(Path(folder) / "lake")
        stale = []
        for path, text in generated(made):
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            stale.append(str(path.relative_to(ROOT)))
            if not check:
                path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{name} is out of date: run `make docs`" if check else f"wrote {name}")
    sys.exit(1 if check and stale else 0)


def generated(lake: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file that follows from the code, with the text it should have.

    Args:
      lake: A lake of the sample sources, for the results of queries.
    """
    yield DOCS / "pictures" / "graph.svg", pictures.graph()
    yield DOCS / "pictures" / "try.svg", pictures.recording()
    yield DOCS / "reference" / "cli.md", reference_pages.command_line()
    yield DOCS / "reference" / "tables.md", reference_pages.tables()
    yield DOCS / "reference" / "contract.md", reference_pages.contract()
    yield DOCS / "reference" / "reasons.md", reference_pages.reasons()
    yield ROOT / "deploy" / "dbt" / "macros" / "lake_columns.sql", reference_pages.dbt_columns()
    yield DOCS / "guides" / "queries.md", reference_pages.queries(lake)
    for page in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        if page.name != "queries.md" and QUERY.search(text):
            yield page, QUERY.sub(lambda found: _answered(found, lake), text)


def _answered(found: re.Match[str], lake: Path) -> str:
    query = found["query"].replace("'lake/", f"'{lake}/")
    return f"{found[1]}{str(duckdb.sql(query)).rstrip()}\n{found[4]}"


def _sample_lake(lake: Path) -> Path:
    command = [
        "warta",
        "run",
        "--config",
        "sample_data/sources.toml",
        "--lake",
        str(lake),
        "--quiet",
    ]
    subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True)  # noqa: S603
    return lake


if __name__ == "__main__":
    main()
