"""Users' own taxonomies: what a table says, what is refused, what an article gets."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.lakes import article
from warta.pipeline.cli import main
from warta.transforms.core.errors import TopicsError
from warta.transforms.core.options import TaggingOptions
from warta.transforms.tagging.tag import VERSIONS, ArticleTagger
from warta.transforms.tagging.topics.classify import TopicTagger
from warta.transforms.tagging.topics.custom import parse_custom_taxonomy, read_custom_taxonomy

TABLE = """# for the desk
code\tname\tname_id\tterms\tterms_id
desk:haj\tHajj\tHaji dan umrah\thajj|umrah\tjemaah haji|kloter=2|naik haji=0|~berangkat=-1
desk:tempe\tTempeh\t\ttempeh\ttempe|kedelai=1.5
plain\tNo scheme\t\tlayang layang\t
"""


def test_a_table_becomes_topics_with_names_and_terms_by_language() -> None:
    """Terms for all languages and for one; weights where written; names where they are given."""
    custom = parse_custom_taxonomy(TABLE, "desk.tsv")
    haj = custom.concepts["desk:haj"]
    assert (haj.name, haj.names, haj.parent) == ("Hajj", {"id": "Haji dan umrah"}, "")
    assert custom.concepts["desk:tempe"].names == {}
    assert custom.terms[""][0] == ("hajj", "desk:haj", 3.0)
    assert ("kloter", "desk:haj", 2.0) in custom.terms["id"]
    assert custom.lexicon("id").meaning(("keberangkatan",))[0].weight == -1
    assert custom.lexicon("en").meaning(("kloter",)) == ()
    assert custom.lexicon("en").meaning(("umrah",)) != ()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a\tname\tterms", "no topics"),
        ("code\tname\twords\nx\ty\tz", "line 1: unknown column 'words'"),
        ("code\tterms\nx\ty", "line 1: no columns code and name"),
        ("code\tname\tterms\n\tn\tt", "line 2: no code"),
        ("code\tname\tterms\nx\t-\tt", "line 2: no name"),
        ("code\tname\tterms\nx\tn\t|", "line 2: no terms"),
        ("code\tname\tterms\nx\tn\tt=loud", "line 2: 'loud' is not a weight"),
        ("code\tname\tterms\nx\tn\tt=nan", "not a term with a weight"),
        ("code\tname\tterms\nx\tn\t---", "not a term with a weight"),
        ("code\tname\tterms\nx\tn\tt\nx\tm\tu", "line 3: code x occurs twice"),
    ],
)
def test_a_broken_table_is_refused_with_its_line(row: str, message: str) -> None:
    """A taxonomy with a line that cannot be read is not used in part."""
    text = row if row.startswith("code") else f"code{row[1:]}"
    with pytest.raises(TopicsError, match=r"desk\.tsv") as caught:
        parse_custom_taxonomy(text, "desk.tsv")
    assert message in str(caught.value)


@given(
    st.text(max_size=200) | st.text("code\tname|=~\n-1x", max_size=80).map("code\tname\n".__add__)
)
def test_any_text_is_a_table_or_refused(text: str) -> None:
    """Whatever a file holds, there is one kind of error."""
    try:
        custom = parse_custom_taxonomy(text, "any")
    except TopicsError:
        return
    assert set(custom.concepts) == {code for rows in custom.terms.values() for _, code, _ in rows}


@pytest.fixture
def desk(tmp_path: Path) -> str:
    """The table above as a file."""
    path = tmp_path / "desk.tsv"
    path.write_text(TABLE, encoding="utf-8")
    return str(path)


def test_custom_topics_come_beside_iptc_or_instead(desk: str) -> None:
    """The same article: the desk's topic with its local name, after IPTC's or alone."""
    story = article(
        "haji",
        headline="Kloter pertama jemaah haji tiba di Jeddah",
        article_body="Sebanyak 380 jemaah haji dari kloter pertama tiba di bandara, kata menteri.",
        in_language="id",
    )
    both = ArticleTagger.load(TaggingOptions(topics=(desk,))).tag(story)
    alone = ArticleTagger.load(TaggingOptions(topics=(desk,), iptc=False)).tag(story)
    mine = [topic for topic in both.topics if topic.scheme == "desk"]
    assert [(topic.qcode, topic.name_local) for topic in mine] == [("desk:haj", "Haji dan umrah")]
    assert list(alone.topics) == mine
    assert both.topics[0].qcode == "medtop:12000000"
    label = read_custom_taxonomy(desk).label
    assert both.tagger_versions == f"{VERSIONS} {label}"
    assert label.startswith("desk.tsv-")
    assert "medtop" not in alone.tagger_versions


def test_a_section_may_name_a_custom_topic(desk: str) -> None:
    """A publisher's section with the topic's name speaks in any language; a bare code is own."""
    tagger = TopicTagger.of(read_custom_taxonomy(desk), "fi")
    assert tagger.topics("Otsikko", "Teksti.", "Haji dan Umrah", (), ())[0].qcode == "desk:haj"
    message = tagger.topics("Layang layang", "Layang layang.", None, (), ())[0]
    assert (message.scheme, message.qcode, message.name_local) == ("own", "plain", None)


def test_try_explains_custom_topics(
    desk: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`warta try --topics --explain` names the words that speak for a custom topic."""
    text = tmp_path / "a.txt"
    text.write_text(
        "Harga tempe naik\n\nPerajin tempe menaikkan harga karena kedelai mahal sekali.\n"
    )
    assert main(["try", "--explain", "--no-iptc", "--topics", desk, str(text)]) == 0
    page = capsys.readouterr().out
    assert "Tempeh (desk:tempe)" in page
    assert "kedelai +" in page


def test_a_broken_table_is_one_line_of_the_users(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong usage, reported before anything is read."""
    (tmp_path / "bad.tsv").write_text("code\tname\tterms\nx\tn\t\n")
    (tmp_path / "a.txt").write_text("Teks yang cukup panjang untuk dibaca.")
    words = ["--topics", str(tmp_path / "bad.tsv"), str(tmp_path / "a.txt")]
    assert main(["try", *words]) == 2
    assert main(["run", *words, "--lake", str(tmp_path / "lake"), "--workers", "1"]) == 2
    message = capsys.readouterr().err.splitlines()
    assert [line for line in message if "bad.tsv, line 2: no terms" in line] == message
    assert not list((tmp_path / "lake").glob("articles/**/*"))
