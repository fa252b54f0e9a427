"""Which articles a run is asked for: `warta run --since`."""

from datetime import date

from warta.transforms.core.records import Article

BEFORE_SINCE = "before_since"
UNDATED = "undated"


def left_out(article: Article, since: date) -> str | None:
    """Return why an article is left out of a run, as a reason of `PASSED_OVER`.

    Args:
      article: A clean article.
      since: First day, UTC, of the articles that are asked for.

    Returns:
      None for an article of that day or a later one. An article without a date is left out: nothing
      proves that it is new enough.
    """
    if article.date_published is None:
        return UNDATED
    return BEFORE_SINCE if article.published_date < since.isoformat() else None
