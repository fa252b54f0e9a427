"""What a summary says of the articles that a run has published."""

from pathlib import Path

from warta.pipeline.console.published_counts import Figures, count_published
from warta.pipeline.console.results import BatchReport, RunReport
from warta.pipeline.console.summary import summarize
from warta.transforms.core.counts import Counts
from warta.transforms.lake.storage import Lake

LAKE = Lake(str(Path(__file__).parent.parent.parent / "lakes" / "plain-commits"))
REPORT = RunReport("lake", (BatchReport("t", Counts(4, 4), {}, 3, 2.0),), 2.0)


def test_articles_are_counted_by_source_and_without_date() -> None:
    """Those of the run alone; a source that brought nothing is named, with 0."""
    names = {"file:///banjir.txt": "kabar", "file:///panen.txt": "tani", "file:///x": "kosong"}
    first = count_published(LAKE, ["first"], names)
    assert first == Figures(2, 1, 0, {"kabar": 1, "tani": 1, "kosong": 0})
    both = count_published(LAKE, ["first", "second"], names)
    assert both == Figures(4, 1, 0, {"kabar": 2, "tani": 1, "(others)": 1, "kosong": 0})
    assert count_published(LAKE, [], names) is None


def test_the_summary_shows_sources_and_explains_missing_dates() -> None:
    """Several sources in order; of many the first ten, and how many brought nothing."""
    shown = summarize(REPORT, Figures(4, 2, 1, {"kabar": 3, "tani": 1, "kosong": 0}))
    assert (
        "articles published, by source:\n       3  kabar\n       1  tani\n       0  kosong" in shown
    )
    assert "2 of 4 articles have no date: their sources state none that can be believed" in shown
    assert "1  of these state a date whose weekday is that of another day" in shown
    many = {f"s{number}": 14 - number for number in range(15)}
    shown = summarize(REPORT, Figures(105, 0, 0, many))
    assert "s9\n  and 5 more sources, 1 of them without an article" in shown
    assert "no date" not in shown
    assert "by source" not in summarize(REPORT, Figures(4, 0, 0, {"kabar": 4}))
