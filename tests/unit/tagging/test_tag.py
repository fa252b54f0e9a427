"""A whole article, tagged."""

import dataclasses
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.entities import measure
from warta.transforms.cleaning.clean import clean_article
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Article, Place, Source, SourceItem
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.readers import read_reference
from warta.transforms.tagging.tag import MAX_TAGGED_CHARS, VERSIONS, ArticleTagger

TAGGER = ArticleTagger.load()
SEEDS = Path(os.environ.get("WARTA_DATA", "../shared/data")).parent / "seeds"
BODY = (
    "Presiden Amerika Serikat Donald Trump tiba di Tokyo, Senin (3/2).\n"
    "Trump menemui Menteri Luar Negeri Jepang Haruto Nagaoka. Nagaoka menyambutnya.\n"
    "Komisi Arsip Laut (KAL) mencatat kunjungan itu; KAL membuka berkasnya untuk AS."
)


def article(body: str = BODY, **fields: object) -> Article:
    made = Article(
        article_id="a",
        article_body=body,
        published_date="unknown",
        source_uri="memory",
        source_record_id="1",
        extraction_method="text",
        content_sha256="0",
        word_count=len(body.split()),
        in_language="id",
    )
    return dataclasses.replace(made, **fields)  # type: ignore[arg-type]


def test_entities_and_mentions_agree() -> None:
    """Every mention is in its field and belongs to an entity, which counts it."""
    tagged = TAGGER.tag(article(headline="Trump bertemu Nagaoka di Tokyo"))
    texts = {"article_body": BODY, "headline": tagged.headline or ""}
    for mention in tagged.mentions:
        assert texts[mention.field][mention.start : mention.end] == mention.surface
    counts = {entity.entity_id: entity.mentions for entity in tagged.entities}
    assert sum(counts.values()) == len(tagged.mentions)
    assert {mention.entity_id for mention in tagged.mentions} == set(counts)


def test_identities_span_the_article() -> None:
    """Surnames, aliases and acronyms count for their entity; known ones carry Wikidata ids."""
    tagged = TAGGER.tag(article())
    found = {
        entity.name: (entity.type, entity.wikidata_id, entity.mentions)
        for entity in tagged.entities
    }
    assert found == {
        "Donald Trump": ("person", "Q22686", 2),
        "Amerika Serikat": ("place", "Q30", 2),
        "Tokyo": ("place", "Q1490", 1),
        "Jepang": ("place", "Q17", 1),
        "Haruto Nagaoka": ("person", None, 2),
        "Komisi Arsip Laut": ("organisation", None, 3),
    }


def test_a_title_case_headline_names_what_the_body_names() -> None:
    """In a headline of capitals only names of the body count, under the body's identity."""
    tagged = TAGGER.tag(article(headline="Trump Sambangi Gedung Arsip Kota Tokyo Malam Ini"))
    mentions = [(m.surface, m.wikidata_id) for m in tagged.mentions if m.field == "headline"]
    assert mentions == [("Trump", "Q22686"), ("Tokyo", "Q1490")]


@pytest.mark.parametrize(
    ("name", "qid"), [("MOSKOW", "Q649"), ("Washington", "Q61"), ("Negeri Antah", None)]
)
def test_the_place_of_the_dateline_is_linked(name: str, qid: str | None) -> None:
    """A known place gets its id, an unknown one none, and the name stays as it was."""
    tagged = TAGGER.tag(article(location_created=Place(name)))
    assert tagged.location_created == Place(name, qid)


@pytest.mark.parametrize("language", ["und", "de", "ja", "zh-Hant", "ms", "en-GB", ""])
def test_any_language_passes(language: str) -> None:
    """Known names are found in any language, with the method said."""
    tagged = TAGGER.tag(article("Berlin, 3. Februar: alles ruhig.", in_language=language))
    assert ("Berlin", "gazetteer") in {(m.surface, m.method) for m in tagged.mentions}


def test_the_article_itself_stays_as_it_was() -> None:
    """Tagging returns a new article and adds its versions; nothing else changes."""
    before = article(headline="Trump di Tokyo")
    tagged = TAGGER.tag(before)
    assert before.entities == ()
    assert tagged.tagger_versions == VERSIONS
    added = {"entities": (), "mentions": (), "topics": (), "tagger_versions": ""}
    assert dataclasses.replace(tagged, **added) == before  # type: ignore[arg-type]


def test_the_same_article_is_tagged_the_same_twice() -> None:
    """No state of one article reaches the next."""
    first = TAGGER.tag(article())
    TAGGER.tag(article("Rini Trump bernyanyi di Solo."))
    assert TAGGER.tag(article()) == first


@settings(deadline=None, max_examples=60)
@given(body=st.text(max_size=200), headline=st.none() | st.text(max_size=60))
def test_hostile_texts_are_tagged_like_any(body: str, headline: str | None) -> None:
    """Any text goes through; mentions keep to their fields."""
    tagged = TAGGER.tag(article(body, headline=headline))
    for mention in tagged.mentions:
        text = body if mention.field == "article_body" else headline or ""
        assert text[mention.start : mention.end] == mention.surface


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seeds are not here")
def test_the_seeds_name_who_and_where() -> None:
    """The persons, organisations and places of the five seeds, and nothing of their link lists."""
    found: dict[str, str] = {}
    tempted: set[str] = set()
    for path in sorted(SEEDS.glob("*.txt")):
        source = Source(str(path))
        (item,) = (
            item
            for reference in list_source(source, split_bytes=1 << 30, stripes=1)
            for item in read_reference(reference, InputLimits())
        )
        assert isinstance(item, SourceItem)
        cleaned = clean_article(item, InputLimits(), datetime.now(UTC))
        tagged = TAGGER.tag(cleaned)
        found |= {entity.name: entity.type for entity in tagged.entities}
        links = "\n".join(span.text for span in cleaned.removed_spans if span.rule != "dateline")
        inside = cleaned.article_body + (cleaned.headline or "")
        known = TAGGER.gazetteer
        tempting = {word for word in links.split() if known.lookup(word) and word not in inside}
        assert tempting.isdisjoint(mention.surface for mention in tagged.mentions)
        tempted |= tempting
    persons = (
        "Emmanuel Macron, Keir Starmer, Dmitry Peskov, Vladimir Putin, Volodymyr Zelensky, "
        "Sebastien Lecornu, Mark Rutte, Grigory Karasin, Yury Ushakov"
    )
    organisations = "NATO, Uni Eropa, Dinas Intelijen Luar Negeri Rusia, Istana Elysee"
    assert {found.get(name) for name in persons.split(", ")} == {"person"}
    assert {found.get(name) for name in organisations.split(", ")} == {"organisation"}
    assert found.get("Laut Hitam") == "place"
    assert tempted >= {"Fiji", "China", "Bekasi"}


def test_quality_is_empty_without_data(tmp_path: Path) -> None:
    """Where the annotated sets are missing there are no figures, and no error."""
    assert measure(tmp_path / "none") == {}


@pytest.mark.long
def test_a_huge_body_is_tagged_in_part_and_says_so() -> None:
    """Names are looked for in its first part; the row names how much of it that is."""
    body = f"{BODY} " + "Kata biasa saja. " * 15_000
    tagged = TAGGER.tag(article(body, headline="Judul " * 50_000))
    assert len(body) > MAX_TAGGED_CHARS
    part = int(tagged.tagger_versions.rpartition("first-")[2])
    assert MAX_TAGGED_CHARS - 200 <= part <= MAX_TAGGED_CHARS
    assert {entity.name for entity in TAGGER.tag(article()).entities} <= {
        entity.name for entity in tagged.entities
    }
    assert TAGGER.tag(article()).tagger_versions == VERSIONS


@pytest.mark.parametrize("text", ["Al " * 80_000, "😀" * 200_000, "A" * 200_000, "1 " * 100_000])
def test_what_is_kept_of_words_is_bounded(text: str) -> None:
    """Words that no language has are labelled like any other, and the tagger goes on as before."""
    before = TAGGER.tag(article()).mentions
    TAGGER.tag(article(text))
    assert TAGGER.tag(article()).mentions == before
