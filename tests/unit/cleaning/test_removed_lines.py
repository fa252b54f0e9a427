"""What extraction takes out of an article's block is kept with its rule, in its place."""

from datetime import UTC, datetime

import pytest

from warta.transforms.cleaning.clean import clean_article
from warta.transforms.cleaning.removed_lines import (
    MAX_REMOVED_LINES,
    RemovedLine,
    place_lines,
    with_outvoted,
)
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import (
    Article,
    Author,
    RemovedSpan,
    Source,
    SourceItem,
)

LEDE = "The ferry to the northern islands sails again after eleven weeks in the dock at Lontar."
BODY = "Its crew of nine had spent the winter on other boats, the harbour master said on Monday."
LAST = "The first trip is for the school choir, which has not seen the mainland since October."


def _clean(markup: str, head: str = "") -> Article:
    item = SourceItem(
        source=Source("ferry"),
        source_uri="ferry.html",
        source_record_id="ferry",
        kind="html",
        raw=b"",
        content=f"<html><head><title>Ferry Sails Again</title>{head}</head>"
        f"<body>{markup}</body></html>",
        content_type="page",
    )
    return clean_article(item, InputLimits(), datetime(2026, 11, 1, tzinfo=UTC))


def test_lines_of_the_article_are_kept_with_their_rules() -> None:
    """A plea, captions with and without an element, a byline: each is where it was."""
    article = _clean(
        "<nav>Harbours Ferries Weather</nav><article><h1>Ferry Sails Again</h1>"
        "<p>By Nora Lind | 1 November 2026</p>"
        f"<p>{LEDE}</p><figure><figcaption>The ferry in its dock.</figcaption></figure>"
        f"<p>Follow us on Instagram for more pictures of ferries.</p><p>{BODY}</p>"
        "<p>The choir on deck. Photo: Harbour Office</p>"
        f'<p>{LAST}</p><div class="newsletter"><p>All of our letters come to you on each Monday '
        "morning, before the first boat.</p></div></article><footer>About this site</footer>"
    )
    assert article.article_body == f"{LEDE}\n{BODY}\n{LAST}"
    assert [(span.rule, span.text) for span in article.removed_spans] == [
        ("page_label", "By Nora Lind | 1 November 2026"),
        ("page_caption", "The ferry in its dock."),
        ("page_plea", "Follow us on Instagram for more pictures of ferries."),
        ("page_caption", "The choir on deck. Photo: Harbour Office"),
        (
            "page_aside",
            "All of our letters come to you on each Monday morning, before the first boat.",
        ),
    ]
    whole = _restored(article)
    assert [line for line in whole.split("\n") if line] == [
        "By Nora Lind | 1 November 2026",
        LEDE,
        *(span.text for span in article.removed_spans[1:3]),
        BODY,
        article.removed_spans[3].text,
        LAST,
        article.removed_spans[4].text,
    ]


def _restored(article: Article) -> str:
    """Return the text that body and spans make together; blanks where nothing is known."""
    end = article.removed_spans[-1].end
    letters = ["\n"] * end
    for span in article.removed_spans:
        letters[span.start : span.end] = span.text
    free = [
        at for at in range(end) if not any(s.start <= at < s.end for s in article.removed_spans)
    ]
    # Each span that is a line has one line break more than the body.
    body = iter(article.article_body)
    for at in free:
        if any(at == span.end for span in article.removed_spans):
            continue
        letters[at] = next(body, "\n")
    return "".join(letters)


def test_what_is_around_the_article_is_not_kept() -> None:
    """Navigation, lists of links and comments are not text of the article's block."""
    article = _clean(
        f"<article><h1>Ferry Sails Again</h1><p>{LEDE}</p><p>{BODY}</p><p>{LAST}</p>"
        '<ul><li><a href="/a">Harbour fees rise again in spring</a></li></ul>'
        '<div class="comments"><p>I have waited for this boat since the second week of June.</p>'
        "</div></article><aside><p>Photo: somebody else</p></aside>"
    )
    assert article.article_body == f"{LEDE}\n{BODY}\n{LAST}"
    assert article.removed_spans == ()


@pytest.mark.parametrize(
    ("spans", "lines", "expected"),
    [
        ((), (), ()),
        ((), ((0, "Up"),), ((0, 2, "Up"),)),
        ((), ((2, "End"), (9, "Later")), ((8, 11, "End"), (12, 17, "Later"))),
        (
            ((4, 7, "bcd"),),
            ((0, "Up"), (1, "Mid")),
            ((0, 2, "Up"), (7, 10, "Mid"), (11, 14, "bcd")),
        ),
        (((0, 7, "One\nbcd"),), ((1, "In"),), ((0, 2, "In"), (3, 10, "One\nbcd"))),
    ],
    ids=["none", "first", "after the last", "before a span", "inside a span"],
)
def test_lines_are_placed_among_spans(
    spans: tuple[tuple[int, int, str], ...],
    lines: tuple[tuple[int, str], ...],
    expected: tuple[tuple[int, int, str], ...],
) -> None:
    """Offsets are of the text with the lines in it; nothing overlaps."""
    found = place_lines(
        [RemovedSpan(start, end, "x", text) for start, end, text in spans],
        "One\nbcd",
        [RemovedLine(before, "page_plea", text) for before, text in lines],
    )
    assert [(span.start, span.end, span.text) for span in found] == list(expected)


def test_a_vote_shows_what_it_took() -> None:
    """Lines without a second vote are kept; a line that the others brought back is not removed."""
    removed = [RemovedLine(1, "page_plea", "Back"), RemovedLine(3, "page_caption", "Boat")]
    assert with_outvoted(removed, "One\nTag\nTwo", "One\nBack\nTwo") == (
        RemovedLine(1, "page_outvoted", "Tag"),
        RemovedLine(3, "page_caption", "Boat"),
    )
    assert with_outvoted(removed, "One", "One") == tuple(removed)


def test_a_page_of_captions_is_bounded() -> None:
    """A hostile page has no more spans than a bound."""
    caption = "<figcaption>A boat.</figcaption>"
    article = _clean(f"<article><p>{LEDE}</p>{caption * 5_000}<p>{BODY}</p></article>")
    assert article.article_body == f"{LEDE}\n{BODY}"
    assert len(article.removed_spans) == MAX_REMOVED_LINES


@pytest.mark.parametrize(
    ("head", "lines", "authors", "sources"),
    [
        ("", ["Reporter: Tom Ash"], [Author("Tom Ash", "reporter")], ()),
        ("", ["By Nora Lind"], [Author("Nora Lind", "reporter")], ()),
        ("", ["Source: Harbour Wire"], [], ("Harbour Wire",)),
        # What the page states takes precedence.
        (
            '<meta name="author" content="Nora Lind">',
            ["Reporter: Tom Ash", "Source: Harbour Wire"],
            [Author("Nora Lind")],
            ("Harbour Wire",),
        ),
        # A page that credits its publisher credits nobody.
        (
            '<meta property="og:site_name" content="Harbour Post">',
            ["Source: Harbour Post"],
            [],
            (),
        ),
        ("", ["Reporter: yes", "Ferries 2026"], [], ()),
    ],
)
def test_lines_below_the_article_credit(
    head: str, lines: list[str], authors: list[Author], sources: tuple[str, ...]
) -> None:
    labels = "".join(f"<p>{line}</p>" for line in lines)
    markup = f"<article><h1>Ferry Sails Again</h1><p>{LEDE}</p><p>{BODY}</p>{labels}</article>"
    article = _clean(markup, head)
    assert article.article_body == f"{LEDE}\n{BODY}"
    assert list(article.authors) == authors
    assert article.info_sources == sources
