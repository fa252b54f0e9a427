"""Articles into stories: the same for any order, words before themes, days, service content."""

import itertools
import random
from datetime import date

import numpy as np
import pytest

from evaluation.story_set.make import made_articles
from warta.transforms.stories import candidates
from warta.transforms.stories.candidates import MAX_ROWS, _blocks_by_keys, candidate_blocks
from warta.transforms.stories.clustering import OpenStory, heaviest
from warta.transforms.stories.grouping import KeyedArticle, group_articles, story_key
from warta.transforms.stories.vector_rows import VectorRows, vector_rows
from warta.transforms.stories.vectors import NAME_FLAG, SCALE, TERM_MASK, term_of, vectorise

DAY = date(2026, 3, 2).toordinal()
FERRY = (
    "Feri Lintang Jaya karam di Selat Karana pada dini hari ketika membawa seratus penumpang dari "
    "Pelabuhan Sagara. Nakhoda Bima Surendra mengatakan ombak setinggi empat meter membalikkan "
    "feri itu. Nelayan dari Karana menolong penumpang sampai tim penyelamat datang."
)
FERRY_AGAIN = (
    "Seratus penumpang feri Lintang Jaya yang karam di Selat Karana telah didata, kata nakhoda "
    "Bima Surendra. Tim penyelamat dan nelayan Karana membawa penumpang kembali ke Pelabuhan "
    "Sagara setelah ombak mereda."
)
FIRE = (
    "Pasar Kenanga di Kota Wiranta terbakar. Kepala pemadam Ratih Kusumawati menduga arus pendek "
    "menjadi penyebab. Puluhan kios hangus dan pedagang merugi, sementara polisi memeriksa saksi."
)


def keyed(name: str, body: str, day: int | None = DAY, headline: str = "") -> KeyedArticle:
    """Return an Indonesian article as stories see it."""
    key = story_key(headline or None, body, "id")
    assert key is not None
    return KeyedArticle(name, day, key.scheme, key.terms, key.weights)


def grouped(articles: list[KeyedArticle], days: int = 14) -> list[list[str]]:
    """Return the names of articles by story."""
    groups = group_articles(articles, [], story_days=days, arrival=DAY)
    return sorted(sorted(articles[row].article_id for row in group.rows) for group in groups)


def opened(name: str, body: str, first: int | None, last: int | None, arrived: int) -> OpenStory:
    """Return a story of one article."""
    one = keyed(name, body, first)
    return OpenStory(name, first, last, 1, one.terms, one.weights, arrived)


def test_two_reports_of_one_event_are_a_story_and_another_event_is_none() -> None:
    """The same ferry twice belongs together; the fire stands alone."""
    articles = [keyed("a", FERRY), keyed("b", FERRY_AGAIN), keyed("c", FIRE)]
    assert grouped(articles) == [["a", "b"], ["c"]]


def test_without_days_every_article_stands_alone() -> None:
    """`--story-days 0` switches stories off."""
    assert grouped([keyed("a", FERRY), keyed("b", FERRY_AGAIN)], days=0) == [["a"], ["b"]]


@pytest.mark.parametrize(("gap", "together"), [(0, True), (14, True), (15, False), (400, False)])
def test_days_part_what_words_would_join(gap: int, together: bool) -> None:
    """The same words three weeks later are another event; early ones join as late ones do."""
    for first, second in ((DAY, DAY + gap), (DAY + gap, DAY)):
        articles = [keyed("a", FERRY, first), keyed("b", FERRY, second)]
        assert (len(grouped(articles)) == 1) is together


def test_the_order_of_rows_changes_nothing() -> None:
    """Any order of the made articles gives the same stories."""
    articles = [
        KeyedArticle(one.id, one.published.toordinal(), key.scheme, key.terms, key.weights)
        for one in made_articles()
        if (key := story_key(one.title, one.text, one.language)) is not None
    ]
    expected = grouped(articles)
    for seed in (1, 2):
        random.Random(seed).shuffle(articles)  # noqa: S311  repeatable, not secret
        assert grouped(articles) == expected


def test_an_article_joins_an_open_story_and_stories_are_never_joined() -> None:
    """Two open stories stay two, though a new article is like both."""
    stories = [
        ("tfidf1/id/32", opened("one", FERRY, DAY, DAY, DAY)),
        ("tfidf1/id/32", opened("two", FERRY, DAY, DAY, DAY)),
    ]
    articles = [keyed("new", FERRY_AGAIN, DAY + 1)]
    groups = group_articles(articles, stories, story_days=14, arrival=DAY + 1)
    assert [(group.story, group.rows) for group in groups] == [(0, (0,))]


@pytest.mark.parametrize(
    ("arrived", "first", "joins"),
    [
        (DAY, None, True),  # two without a date that came within days
        (DAY - 30, None, False),
        (DAY, DAY - 300, True),  # an old story that grew lately
        (DAY - 30, DAY - 300, False),
        (DAY - 30, DAY - 3, True),  # open around the arrival
    ],
)
def test_an_article_without_a_date_meets_what_is_open_around_its_arrival(
    arrived: int, first: int | None, joins: bool
) -> None:
    """It is compared with stories of these days, and with those that were added to lately."""
    stories = [("tfidf1/id/32", opened("one", FERRY, first, first, arrived))]
    articles = [keyed("new", FERRY_AGAIN, None)]
    groups = group_articles(articles, stories, story_days=14, arrival=DAY)
    assert (groups[0].story == 0) is joins


def test_the_stream_of_a_match_joins_the_match_and_a_recipe_joins_nothing() -> None:
    """Service content that names an event joins its story; it founds none."""
    match = (
        "Elang Sagara menang 2-1 atas Karana Putra di Stadion Kenanga. Yoga Pranata mencetak gol "
        "lewat sundulan, kata pelatih Elang Sagara. Karana Putra bermain dengan sepuluh orang."
    )
    stream = (
        "Laga Elang Sagara melawan Karana Putra di Stadion Kenanga disiarkan. Yoga Pranata main."
    )
    articles = [
        keyed("a", match),
        keyed("b", match + " Suporter Elang Sagara berpesta."),
        keyed("s", stream, headline="Link Live Streaming Elang Sagara vs Karana Putra"),
        keyed("t", stream, headline="Link Live Streaming Elang Sagara vs Karana Putra Hari Ini"),
        keyed("r", match, headline="Resep Soto Lamun"),
    ]
    assert grouped(articles) == [["a", "b", "s", "t"], ["r"]]
    assert grouped(articles[2:]) == [["r"], ["s"], ["t"]]


def test_a_vector_is_integers_heaviest_first_with_names_marked() -> None:
    """Its length is about SCALE, and words with capitals within sentences carry the flag."""
    vector = vectorise("Feri karam", FERRY, "id")
    assert vector is not None
    assert list(vector.weights) == sorted(vector.weights, reverse=True)
    assert abs(sum(weight * weight for weight in vector.weights) - SCALE**2) < SCALE * 20
    names = {term & TERM_MASK for term in vector.terms if term & NAME_FLAG}
    assert term_of("karana") in names
    assert term_of("nelayan") not in names


@pytest.mark.parametrize("language", ["de", None, "und"])
def test_a_language_without_a_table_has_no_vector(language: str | None) -> None:
    """Articles in other languages stand alone."""
    assert vectorise("Fähre sinkt", "Die Fähre sank in der Nacht.", language) is None


def test_keys_find_what_terms_find_and_little_else() -> None:
    """Beyond some thousand rows pairs of terms are keys: nearly all close pairs still meet."""
    draw = np.random.default_rng(1)
    bases = [draw.choice(1 << 20, 32, replace=False) for _ in range(150)]
    vectors = []
    for base in bases:
        for _ in range(2):
            terms = base.copy()
            terms[draw.choice(32, 10, replace=False)] = draw.choice(1 << 20, 10, replace=False)
            vectors.append((terms.tolist(), list(range(64, 32, -1))))
    rows: VectorRows = vector_rows(vectors)
    true = {(2 * one, 2 * one + 1) for one in range(len(bases))}
    by_terms, by_keys = (
        {tuple(pair) for block in blocks for pair in block.tolist() if pair[0] < pair[1]}
        for blocks in (candidate_blocks(rows, rows), _blocks_by_keys(rows, rows))
    )
    assert true <= by_terms
    assert len(true & by_keys) >= 0.98 * len(true)
    assert by_keys <= by_terms
    assert [len(block) for block in candidate_blocks(rows, vector_rows([]))] == [0]
    assert len(rows) < MAX_ROWS


def test_the_heaviest_terms_of_a_sum_are_the_same_for_any_order() -> None:
    """Equal weights are in the order of terms."""
    sums = [(3, 5), (1, 5), (2, 9)]
    assert heaviest(sums, 2) == heaviest(reversed(sums), 2) == ([2, 1], [9, 5])


def test_which_of_very_many_are_compared_is_the_same_in_any_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three share two words, two of them are alike; only one is looked up by these words."""
    monkeypatch.setattr(candidates, "MAX_ROWS", 1)
    monkeypatch.setattr(candidates, "MAX_KEY_ROWS", 1)
    scheme = "tfidf1/id/32"
    shared = (1, 2)
    written = [
        KeyedArticle("a", 10, scheme, (*shared, *range(10, 20)), (289,) * 12),
        KeyedArticle("b", 10, scheme, (*shared, *range(20, 25)), (400, 400, *(369,) * 5)),
        KeyedArticle("c", 10, scheme, (*shared, *range(30, 35)), (400, 400, *(369,) * 5)),
    ]
    found = set()
    for ordered in itertools.permutations(written):
        groups = group_articles(ordered, [], story_days=14, arrival=10)
        found.add(
            frozenset(frozenset(ordered[row].article_id for row in one.rows) for one in groups)
        )
    assert len(found) == 1
