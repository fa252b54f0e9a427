"""The title of a story: the headline of the article that is nearest to the story's mean."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.scan import RowLocation, read_cells
from warta.transforms.stories.summary import StoryArticle, likeness_to


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article of the lake whose headline may be its story's title."""

    article_id: str
    published: float
    """Seconds since 1970; infinite: no date."""
    terms: Sequence[int]
    weights: Sequence[int]
    location: RowLocation


@dataclass(slots=True)
class TitleChoice:
    """The choice of a story's title: the headline that is nearest to its mean."""

    row: dict[str, Any]
    candidates: list[tuple[str, str | RowLocation | None]]
    """article_id, and the headline or where it is; the nearest last."""


def title_choice(
    row: dict[str, Any], articles: Sequence[StoryArticle], known: Iterable[Candidate]
) -> TitleChoice:
    """Return what may be the title of a story, in the order of nearness.

    Args:
      row: The story's row, with the mean that it has from now on.
      articles: What the row counts and the one before it does not.
      known: Articles of the lake that are in it.
    """
    new = [one for one in articles if one.is_in_mean and one.scheme == row["story_scheme"]]
    if not new:
        # Nothing has moved the mean: only a story without a title looks for one.
        named = [] if row["title"] else sorted(articles, key=lambda one: one.place_in_time)
        return TitleChoice(row, [(one.article_id, one.headline) for one in reversed(named)])
    near = likeness_to(row)
    own = {one.article_id for one in new}
    found: list[tuple[int, tuple[float, str], str | RowLocation | None]] = [
        (near(one.terms, one.weights), one.place_in_time, one.headline) for one in new
    ]
    found += [
        (near(one.terms, one.weights), (one.published, one.article_id), one.location)
        for one in known
        if one.article_id not in own
    ]
    best = max(one[0] for one in found)
    # Of those that are about as near, as two articles always are, the first.
    found.sort(
        key=lambda one: (0, *one[1]) if one[0] * 50 >= best * 49 else (best - one[0], *one[1])
    )
    return TitleChoice(row, [(place[1], headline) for _, place, headline in reversed(found)])


def choose_titles(files: OpenFiles, titles: Iterable[TitleChoice]) -> None:
    """Put into each row the headline of the nearest article that has one."""
    waiting = [one for one in titles if one.candidates]
    while waiting:
        places = {where for one in waiting for _, where in one.candidates[-1:]}
        wanted = {one for one in places if isinstance(one, RowLocation)}
        headlines = dict(read_cells(files, wanted, "headline"))
        left = []
        for one in waiting:
            article_id, headline = one.candidates.pop()
            if isinstance(headline, RowLocation):
                headline = headlines[headline]
            if headline:
                one.row |= {"title": headline, "title_of": article_id}
            elif one.candidates:
                left.append(one)
        waiting = left
