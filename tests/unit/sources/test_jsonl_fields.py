"""JSON records: under whatever names and in whatever shapes their fields are."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Source, SourceItem
from warta.transforms.sources.json.jsonl import content_type_of, parse_line
from warta.transforms.sources.json.shapes import holds_records


def parse(record: object, fields: tuple[tuple[str, str], ...] = ()) -> SourceItem:
    source = Source("x", fields=fields)
    (item,) = parse_line(orjson.dumps(record), source, "x", "@0", InputLimits())
    assert isinstance(item, SourceItem)
    return item


@pytest.mark.parametrize(
    ("record", "field", "expected"),
    [
        ({"Judul": "Pasar ikan pindah"}, "headline", "Pasar ikan pindah"),
        ({"articleBody": "Isi."}, "content", "Isi."),
        ({"article_body": "panjang", "text": "pendek"}, "content", "panjang"),
        ({"body": "", "text": "isi"}, "content", "isi"),
        ({"content": {"rendered": "<p>Isi.</p>"}}, "content", "<p>Isi.</p>"),
        ({"content": ["satu", "dua"]}, "content", "satu\ndua"),
        ({"pubDate": "Sen, 9 Nov 2026 07:05 WIB"}, "date_published", "Sen, 9 Nov 2026 07:05 WIB"),
        ({"datePublished": {"$date": 1794182400000}}, "date_published", "1794182400000"),
        ({"timestamp": 1794182400}, "date_published", "1794182400"),
        ({"article:published_time": "2026-11-09"}, "date_published", "2026-11-09"),
        ({"author": [{"name": "Sari"}, {"name": "Budi"}]}, "authors", ("Sari", "Budi")),
        ({"byline": "Sari"}, "authors", ("Sari",)),
        ({"tags": "ikan, pasar; laut,"}, "keywords", ("ikan", "pasar", "laut")),
        ({"keywords": ["a, b", "c"]}, "keywords", ("a", "b", "c")),
        ({"source": {"id": None, "name": "Warta Pesisir"}}, "publisher_name", "Warta Pesisir"),
        ({"kategori": "ekonomi"}, "article_section", "ekonomi"),
        ({"lang": "id"}, "in_language", "id"),
        ({"url": None, "link": "https://a.example/1"}, "url", "https://a.example/1"),
        ({"status_code": 200}, "http_status", 200),
        ({"title": True}, "headline", None),
        (
            {"date": "segera", "published_at": "x", "created": "2026-05-04"},
            "other_dates",
            ("segera", "2026-05-04"),
        ),
        ({"crawled_at": "2026-11-09 10:00:00"}, "date_fetched", None),
        ({"crawled_at": 1777876215}, "date_fetched", datetime(2026, 5, 4, 6, 30, 15, tzinfo=UTC)),
        # What says nothing hides no second field.
        ({"published_at": "null", "date": "2026-05-04"}, "date_published", "2026-05-04"),
        ({"published": 0, "created": "2026-05-04"}, "date_published", "2026-05-04"),
        ({"date": "0000-00-00 00:00:00", "created": "2026-05-04"}, "date_published", "2026-05-04"),
        ({"date": "0001-01-01T00:00:00Z"}, "date_published", "0001-01-01T00:00:00Z"),
        ({"authors": ["None", None, ""], "byline": "Sari"}, "authors", ("Sari",)),
        ({"author": "N/A"}, "authors", ()),
        ({"date": {"_seconds": 1777876215, "_nanoseconds": 0}}, "date_published", "1777876215"),
        ({"date": [2026, 5, 4, 6, 30]}, "date_published", "2026-05-04T06:30:00"),
        (
            {"published_parsed": [2026, 5, 4, 6, 30, 15, 0, 124, 0]},
            "date_published",
            "2026-05-04T06:30:15Z",
        ),
        ({"author": 3, "tags": [5, 7], "categories": [1]}, "keywords", ()),
        ({"tags": ["2026", 7]}, "keywords", ("2026",)),
        ({"publisher": "a.example", "sitename": "Kabar"}, "publisher_name", "Kabar"),
        ({"author": {"name": None, "url": "https://a.example"}}, "authors", ()),
        ({"title": "-", "judul": "Banjir surut"}, "headline", "Banjir surut"),
        ({"title": "None"}, "headline", "None"),
        ({"body": "nan", "text": "isi"}, "content", "isi"),
        ({"tags": "N/A", "keywords": ["null"]}, "keywords", ()),
        ({"url": "undefined", "link": "https://a.example/1"}, "url", "https://a.example/1"),
        ({"uri": "812", "link": "https://a.example/1"}, "url", "https://a.example/1"),
        # An address is not a name, and a name is not an address.
        ({"source": "https://a.example/1"}, "url", "https://a.example/1"),
        ({"source": "https://a.example/1", "hostname": "a.example"}, "publisher_name", "a.example"),
        ({"source": "Warta Pesisir"}, "url", None),
        ({"text": "isi", "metadata": {"url": "https://a.example/2"}}, "url", "https://a.example/2"),
        ({"_source": {"body": "isi", "title": "Judul"}}, "publisher_name", None),
        ({"_source": {"body": "isi"}, "_id": "7"}, "content", "isi"),
        ({"payload": {"after": {"body": "isi"}}, "ts_ms": 1}, "content", "isi"),
        ({"Item": {"body": {"S": "isi"}, "title": {"S": "Judul"}}}, "headline", "Judul"),
        (
            {"url": "https://a.example/3", "article": {"title": "J", "text": "isi"}},
            "content",
            "isi",
        ),
        ({"url": "https://a.example/3", "article": {"text": "isi"}}, "url", "https://a.example/3"),
        ({"timestamp": 1777876215, "payload": {"body": "isi"}}, "date_published", None),
        ({"message": '{"title": "J", "text": "isi"}'}, "content", "isi"),
        (
            {"date": "2026-05-04T13:30:15", "date_gmt": "2026-05-04T06:30:15"},
            "date_published",
            "2026-05-04T06:30:15Z",
        ),
        (
            {"date": "2026-05-04", "dateTime": "2026-05-04T06:30Z"},
            "date_published",
            "2026-05-04T06:30Z",
        ),
        ({"headline": {"main": "Judul", "kicker": None}}, "headline", "Judul"),
        ({"tags": [{"term": "ikan"}, {"label": "pasar"}]}, "keywords", ("ikan", "pasar")),
        # Bodies that are trees.
        (
            {
                "body": {
                    "summary": ["Satu."],
                    "sections": [{"headline": [], "paragraphs": ["Dua."]}],
                }
            },
            "content",
            "Satu.\nDua.",
        ),
        (
            {
                "content": {
                    "blocks": [
                        {"type": "header", "data": {"text": "Satu"}},
                        {"type": "paragraph", "data": {"text": "Dua."}},
                    ]
                }
            },
            "content",
            "Satu\nDua.",
        ),
        (
            {
                "content": {
                    "type": "doc",
                    "content": [
                        {
                            "type": "paragraph",
                            "content": [
                                {"type": "text", "text": "Sa"},
                                {"type": "text", "text": "tu."},
                            ],
                        },
                        {"type": "paragraph", "content": [{"type": "text", "text": "Dua."}]},
                    ],
                }
            },
            "content",
            "Satu.\nDua.",
        ),
        (
            {"content_elements": [{"type": "text", "content": "<p>Satu.</p>"}]},
            "content",
            "<p>Satu.</p>",
        ),
        ({"body": {"value": "<p>Isi.</p>", "processed": "<p>Isi.</p>"}}, "content", "<p>Isi.</p>"),
    ],
)
def test_usual_names_and_shapes_of_fields_are_understood(
    record: dict[str, object], field: str, expected: object
) -> None:
    """The field is found whatever its name, case and JSON type."""
    assert getattr(parse(record), field) == expected


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        ({"authors": [["Tara Oswin"], [["Jon Hale"]]]}, ("Tara Oswin", "Jon Hale")),
        ({"authors": [{"first_name": "Tara", "last_name": "Oswin"}]}, ("Tara Oswin",)),
        ({"author": {"familyName": "Oswin", "givenName": "Tara"}}, ("Tara Oswin",)),
        ({"author": {"name": None, "firstname": "Tara"}}, ("Tara",)),
        ({"authors": {"0": {"name": "Tara Oswin"}, "1": "Jon Hale"}}, ("Tara Oswin", "Jon Hale")),
        ({"authors": "['Tara Oswin', \"Jon O'Hale\"]"}, ("Tara Oswin", "Jon O'Hale")),
        ({"author": '["Tara Oswin"]'}, ("Tara Oswin",)),
        ({"byline": {"person": [{"firstname": "Tara", "lastname": "Oswin"}]}}, ("Tara Oswin",)),
        ({"byline": {"original": "By Tara Oswin", "person": []}}, ("By Tara Oswin",)),
        ({"author": {"node": {"name": "Tara Oswin", "firstName": "T"}}}, ("Tara Oswin",)),
        ({"author": {"edges": [{"node": {"display_name": "Tara Oswin"}}]}}, ("Tara Oswin",)),
        ({"credits": {"by": [{"type": "author", "name": "Tara Oswin"}]}}, ("Tara Oswin",)),
        ({"authors": ["https://kabar.example/tara", "Tara Oswin"]}, ("Tara Oswin",)),
        ({"author": 7, "author_names": ["Tara Oswin"]}, ("Tara Oswin",)),
    ],
)
def test_people_are_named_in_many_shapes(stated: dict[str, object], names: tuple[str, ...]) -> None:
    """Whole names, names in parts, lists in lists, and lists written as a text."""
    assert parse({"text": "Isi.", **stated}).authors == names


def test_an_entity_does_not_cut_a_keyword() -> None:
    assert parse({"text": "Isi.", "tags": "R&amp;D, Food &#38; Drink"}).keywords == (
        "R&D",
        "Food & Drink",
    )


def test_a_zone_beside_a_date_is_the_zone_of_the_date() -> None:
    """As PHP writes a date in JSON."""
    stated = {"date": "2026-11-09 15:00:00.000000", "timezone_type": 3, "timezone": "Asia/Jakarta"}
    assert parse({"text": "Isi.", "published_at": stated}).date_published == (
        "2026-11-09 15:00:00.000000 Asia/Jakarta"
    )


def test_a_mapping_wins_over_guesses_and_is_not_mixed_with_them() -> None:
    """A mapped field comes from its path alone; the others are guessed."""
    fields = (("content", "data.parts.1"), ("headline", "data.none"), ("url", "a.b"))
    record = {"title": "salah", "data": {"parts": ["x", "benar"]}, "a.b": "u", "lang": "id"}
    item = parse(record, fields)
    assert (item.content, item.headline, item.url, item.in_language) == ("benar", None, "u", "id")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Harga < 5 dan > 3", "text"),
        ("a <b kecil", "text"),
        ("Isi <br/> lagi", "fragment"),
        ('<p class="x">Isi</p>', "fragment"),
        ("  <!DOCTYPE html><html>", "page"),
        ("<!-- x --><html lang=id>", "page"),
        ("", "text"),
    ],
)
def test_html_in_a_body_is_recognised(content: str, expected: str) -> None:
    """Tags make a fragment, a document's beginning a page, and angle brackets alone nothing."""
    assert content_type_of(content) == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)  # fmt: skip
field_names = st.sampled_from(["title", "body", "url", "authors", "tags", "date", "crawled_at"])


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(field_names, json_values))
def test_any_object_makes_an_item_of_strings(record: dict[str, object]) -> None:
    """Whatever values hold, fields have their types; objects of one shape are a table of items."""
    items = list(parse_line(orjson.dumps(record), Source("x"), "x", "@0", InputLimits()))
    assert items or holds_records(record)
    for item in items:
        assert isinstance(item, SourceItem)
        assert isinstance(item.content, str)
        assert all(isinstance(text, str) and text for text in (*item.authors, *item.keywords))
        stated = (item.url, item.headline, item.date_published)
        assert all(value is None or value for value in stated)


def test_a_description_is_the_text_of_a_record_that_has_no_other() -> None:
    item = parse({"title": "Pasar ikan pindah", "description": "Pedagang pindah ke dermaga."})
    assert (item.content, item.description) == ("Pedagang pindah ke dermaga.", None)


def test_records_at_a_front_page_are_told_apart_by_their_ids() -> None:
    at = {"url": "https://kabar.example/", "title": "Pasar ikan pindah", "text": "Isi."}
    assert [parse({**at, "id": number}).identity for number in (1, 2)] == ["1", "2"]
    assert parse({**at, "url": "https://kabar.example/berita/1"}).identity is None
