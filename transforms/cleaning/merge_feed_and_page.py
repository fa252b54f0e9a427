"""An entry of a feed and its page, merged: the better of two texts, with what both say of it.

The order: text, the page's, unless the feed's own has more words, as where the page is a stub
before a wall; what neither gives is a reject. Canonical URL and identity, the page's. Headline,
dates, authors, keywords: the feed's, which speaks of this very article; what it does not say, the
page's.
"""

from dataclasses import replace

from warta.transforms.core.records import Article

_FILLED = (
    *("headline", "description", "article_section", "date_modified", "publisher_name"),
    *("dateline", "location_created"),
)
_LISTS = ("authors", "info_sources", "keywords")
_DATE = (
    *("date_published", "date_published_precision", "date_published_source"),
    *("date_published_raw", "published_date"),
)
_NAMES = ("article_id", "canonical_url", "canonical_domain")


def merge_feed_and_page(page: Article, feed: Article) -> Article:
    """Return the article that is kept, of the one cleaned from its page and that from the feed.

    Args:
      page: The article as its page gives it.
      feed: The same article as its feed gives it.
    """
    if page.word_count >= feed.word_count:
        return page
    taken = {name: getattr(page, name) for name in _NAMES if page.canonical_url}
    taken |= {name: getattr(page, name) for name in _FILLED if getattr(feed, name) is None}
    taken |= {name: getattr(page, name) for name in _LISTS if not getattr(feed, name)}
    if feed.date_published is None:
        taken |= {name: getattr(page, name) for name in _DATE}
    return replace(feed, **taken)
