"""Boilerplate: every rule on its own examples, lists, links in running text, and nothing lost."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warta.transforms.cleaning.text.boilerplate import find_headline, remove_boilerplate
from warta.transforms.cleaning.text.rules import (
    TAIL_KINDS,
    Rule,
    build_rules,
    load_rules,
)
from warta.transforms.cleaning.text.shapes import is_sentence, is_title
from warta.transforms.core.records import Author
from warta.transforms.core.rule_files import RULES_FOLDER

RULES = [
    rule
    for path in sorted(RULES_FOLDER.glob("*.toml"))
    for rule in load_rules(path.stem).rules.values()
    if rule.id.startswith(path.stem)
]
SENTENCE = "Warga desa itu memanen padi lebih awal karena musim hujan datang cepat."
OTHER = "Harga gabah di tingkat petani naik dibanding bulan lalu, kata kepala dinas."


def applied(rule: Rule, line: str) -> bool:
    """Whether the rule, alone or in its set, takes something of the line between two sentences."""
    text = line if r"\A" in rule.pattern.pattern else f"{SENTENCE}\n{line}"
    if rule.does not in {"cut_from", *TAIL_KINDS}:
        text = f"{text}\n{OTHER}"
    removed = remove_boilerplate(text, rule.id.split("_")[0], None).removed
    return rule.id in {span.rule for span in removed}


@pytest.mark.parametrize(
    ("rule", "line"), [pytest.param(r, x, id=f"{r.id}-{x[:20]}") for r in RULES for x in r.hits]
)
def test_a_rule_hits_its_example(rule: Rule, line: str) -> None:
    """A line that the rule file names as an example is taken out under the rule's name."""
    assert applied(rule, line)


@pytest.mark.parametrize(
    ("rule", "line"), [pytest.param(r, x, id=f"{r.id}-{x[:20]}") for r in RULES for x in r.spares]
)
def test_a_rule_spares_its_counter_example(rule: Rule, line: str) -> None:
    """A line that the rule file names as a counter-example is left by that rule."""
    assert not applied(rule, line)


def test_a_heading_cuts_only_where_no_sentence_follows() -> None:
    """A heading in the midst of an article stays, with all that follows it."""
    text = f"{SENTENCE}\nTerpopuler\nPasar Kembang Pindah ke Alun-Alun Kota\n{OTHER}"
    assert remove_boilerplate(text, "id", None).body == text


def test_a_list_after_the_article_goes_whole() -> None:
    """Heading, bullets and titles after the last sentence are taken under the heading's rule."""
    junk = "Berita Terkait\n-\nPasar Kembang Pindah ke Alun-Alun Kota\nTerkini\n- Jembatan Dibuka"
    cleaned = remove_boilerplate(f"{SENTENCE}\n{junk}", "id", None)
    assert cleaned.body == SENTENCE
    assert {span.rule for span in cleaned.removed} == {"id_related_heading"}
    assert "\n".join(span.text for span in cleaned.removed) == junk


@pytest.mark.parametrize("language", ["id", "fr", "und"])
def test_titles_at_the_end_go_in_any_language(language: str) -> None:
    """Two titles at the very end are taken without any rule of a language."""
    titles = "Pasar Kembang Pindah Alun-Alun Kota Lama\nWali Kota Lantik Sembilan Camat Baru"
    text = f"{SENTENCE}\n{titles}"
    cleaned = remove_boilerplate(text, language, None)
    assert cleaned.body == SENTENCE
    assert {span.rule for span in cleaned.removed} == {"titles_at_end"}


@pytest.mark.parametrize(
    "tail",
    [
        "Pasar Kembang Pindah Alun-Alun Kota Lama",  # one title may be a last subheading
        "- Beras Lima Kilogram\n- Minyak Goreng Dua Liter",  # a list of goods
        "Dikutip dari laman resmi dinas itu\nBerikut jadwal lengkap minggu depan",
    ],
)
def test_what_may_belong_to_the_article_stays(tail: str) -> None:
    """Single titles, short entries and lines in small letters at the end are not cut."""
    text = f"{SENTENCE}\n{tail}"
    assert remove_boilerplate(text, "fr", None).body == text


def test_a_list_after_a_colon_stays() -> None:
    """The last sentence announces the list, so the list is the article's."""
    text = (
        f"{SENTENCE} Berikut daftar lengkap para pemenang lomba desa tahun ini menurut panitia "
        "yang mengumumkannya pada Senin malam di balai kota dan disiarkan langsung oleh radio "
        "setempat sejak pukul tujuh malam:\nDesa Sukamaju Kecamatan Cibeunying Kabupaten Contoh"
        "\nDesa Mekarsari Kecamatan Cikole Kabupaten Contoh"
    )
    assert remove_boilerplate(text, "id", None).body == text


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (
            "Ia pulang malam itu. Baca juga: Wali Kota Lantik Camat Baru Sejumlah warga menyambut.",
            "Ia pulang malam itu. Sejumlah warga menyambut.",
        ),
        (
            "Ia pulang malam itu. Baca juga: Siapa Camat Baru Itu? Wali kota diam saja kemarin.",
            "Ia pulang malam itu. Wali kota diam saja kemarin.",
        ),
        (
            'Ia pulang malam itu. Baca juga: Wali Kota Lantik Camat "Kami siap," kata Rusdi.',
            'Ia pulang malam itu. "Kami siap," kata Rusdi.',
        ),
        (
            "Ia pulang malam itu. Baca juga: Wali Kota Lantik Camat Baru",
            "Ia pulang malam itu.",
        ),
        (  # where the title ends is unsure: a word of junk rather than a lost name
            "Ia pulang. Baca juga: Wali Kota Lantik Camat Baru Endang Rusdi menyebut hal itu baik.",
            "Ia pulang. Camat Baru Endang Rusdi menyebut hal itu baik.",
        ),
    ],
)
def test_links_inside_running_text(text: str, body: str) -> None:
    """A link glued into a paragraph goes as far as it surely is a title, and no farther."""
    assert remove_boilerplate(text, "id", None).body == body


@pytest.mark.parametrize("label", ["Baca juga:", "Baca Juga"])
def test_a_link_in_two_lines(label: str) -> None:
    """The title below a lone "Baca juga" goes with it; the sentence after stays."""
    text = f"{SENTENCE}\n{label}\nWali Kota Lantik Sembilan Camat Baru\n{OTHER}"
    assert remove_boilerplate(text, "id", None).body == f"{SENTENCE}\n{OTHER}"


def test_credits_and_bylines_become_metadata() -> None:
    """Source lines give info_sources, editor and reporter lines give authors with a role."""
    text = f"{SENTENCE}\nSumber: reuters/AFP\nPewarta: Sri Lestari\nEditor: Bagas Aji, Tuti W"
    cleaned = remove_boilerplate(text, "id", None)
    assert cleaned.body == SENTENCE
    assert cleaned.info_sources == ("Reuters", "AFP")
    assert cleaned.authors == (
        Author("Sri Lestari", "reporter"),
        Author("Bagas Aji", "editor"),
        Author("Tuti W", "editor"),
    )


def test_the_headline_is_not_repeated_in_the_body() -> None:
    """A headline above the text, even twice and with other case and blanks, is taken out."""
    text = f"Panen Raya  Datang Lebih Awal\n\nPANEN RAYA DATANG LEBIH AWAL\n\n{SENTENCE}"
    cleaned = remove_boilerplate(text, "id", "Panen Raya Datang Lebih Awal")
    assert cleaned.body == SENTENCE
    assert [span.rule for span in cleaned.removed] == ["headline", "headline"]


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        (f"Panen raya datang lebih awal\n\n{SENTENCE}", "Panen raya datang lebih awal"),
        (f"Panen Raya Datang Lebih Awal\n{SENTENCE}", "Panen Raya Datang Lebih Awal"),
        (f"Panen raya datang\nPanen raya datang\n{SENTENCE}", "Panen raya datang"),
        (f"{SENTENCE}\n\n{OTHER}", None),
        (f"Panen raya datang lebih awal\n{SENTENCE}", None),
        ("Panen", None),
        ("", None),
        ("   \n\n", None),
    ],
)
def test_the_headline_of_a_text_file(text: str, headline: str | None) -> None:
    """The first line is the headline where it is set apart and is not a sentence."""
    assert find_headline(text) == headline


def test_a_byline_is_no_headline() -> None:
    """A first line that a rule knows is not taken for the headline."""
    text = f"Laporan Wartawan Kabarcontoh.com, Sri Wulandari\n\n{SENTENCE}"
    assert find_headline(text, "id") is None


def check_nothing_is_lost(text: str, language: str, headline: str | None) -> None:
    """Asserts that body and removed spans are the text but for blanks, and spans are exact."""
    cleaned = remove_boilerplate(text, language, headline)
    kept, position = [], 0
    for span in cleaned.removed:
        assert text[span.start : span.end] == span.text
        assert span.start >= position
        kept.append(text[position : span.start])
        position = span.end
    kept.append(text[position:])
    assert "".join(cleaned.body.split()) == "".join("".join(kept).split())


PIECES = st.sampled_from(
    [
        SENTENCE, OTHER, "Baca juga: Wali Kota Lantik Camat Baru", "(Baca juga: Pasar Pindah)", "-",
        "Berita Terkait", "Terpopuler", "Pasar Kembang Pindah ke Alun-Alun Kota Lama", " ", "\n",
        "SCROLL TO CONTINUE WITH CONTENT", "Sumber: Antara", "JAKARTA, KABARCONTOH.com - ", "\r\n",
        "Editor: Sri", "[Gambas:Video]", "Simak Video: ", "\u2028", "İ", "\x85", '"', "?",
        "Sejumlah ",
    ]
)  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(
    st.lists(PIECES | st.text(max_size=12), max_size=14).map("".join),
    st.sampled_from(["id", "en", "ms", "fr"]),
)
def test_body_and_removed_spans_are_the_text(text: str, language: str) -> None:
    """Whatever comes in, every letter is in the body or in a removed span, once."""
    check_nothing_is_lost(text, language, find_headline(text))


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\u2028", "\x85"])
def test_debris_before_a_dateline_is_sought_in_its_own_line(line_break: str) -> None:
    """Whatever breaks lines: a link in the line above is not a title before the dateline."""
    link = "Baca juga: Wali Kota Lantik Camat Baru"
    text = f"{link}{line_break}{link}JAKARTA, KABARCONTOH.com - {SENTENCE}"
    check_nothing_is_lost(text, "id", find_headline(text))


@pytest.mark.parametrize(
    "piece",
    ["baca juga: ", "Dapatkan update berita telegram ", "(baca ", "[Gambas:", "Berita Terkait\n",
     "1   1   ", "- ", "A", "Editor: A ", "\n", "Ikuti whatsapp channel ", "JAKARTA ", "İ"],
)  # fmt: skip
def test_hostile_repetition_is_borne(piece: str) -> None:
    """Half a megabyte of what rules begin with comes back whole, body and spans together."""
    check_nothing_is_lost(piece * (500_000 // len(piece)), "id", None)


@pytest.mark.parametrize(
    ("line", "sentence", "title"),
    [
        (SENTENCE, True, False),
        ("Wali Kota Lantik Sembilan Camat Baru di Balai Kota", False, True),
        ("Siapa Camat Baru yang Dilantik Wali Kota Itu?", False, True),
        ("Siapa camat baru yang dilantik oleh wali kota itu?", True, False),
        (
            "今日は東京で大きな祭りが開かれ、多くの人が集まり、夜まで踊り続けたという話です。",
            True,
            False,
        ),
        ("-", False, False),
        ("", False, False),
    ],
)
def test_shapes_of_lines(line: str, sentence: bool, title: bool) -> None:
    """Sentences and titles are distinguished without knowing the language."""
    assert (is_sentence(line), is_title(line)) == (sentence, title)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"does": "burn"}, "does not know how to 'burn'"),
        ({"pattern": "("}, "rule x"),
        ({"does": "related"}, "needs marks"),
    ],
)
def test_a_wrong_rule_is_named(change: dict[str, str], complaint: str) -> None:
    """A mistake in a rule file says which rule it is in."""
    table = {"id": "x", "does": "drop_line", "pattern": "a", "hits": ["a"], "spares": []}
    with pytest.raises(ValueError, match=re.escape(complaint)):
        build_rules([{"rule": [{**table, **change}], "title_words": [], "sentence_starts": []}])
