"""Topics: what the tagger says, why, and that its tables hold together."""

import os
import pickle
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.topics import accuracy, judge, read_own_set, topic_f1
from tests.support.waiting import PATIENCE_S
from warta.transforms.core.records import Entity, Topic
from warta.transforms.tagging.topics import classify
from warta.transforms.tagging.topics.classify import LEXICONS, TopicTagger
from warta.transforms.tagging.topics.taxonomy import (
    TABLES,
    WORD,
    build_lexicon,
    cut_words,
    pack_lexicon,
    read_lexicon,
    read_taxonomy,
    share_parents,
    unpack_lexicon,
)

MATCH = (
    "Kiper itu menahan penalti pada menit ke-89 dan timnya lolos ke final. "
    "Pelatih memuji para pemain yang bertahan sampai peluit akhir di stadion."
)
LANGUAGES = sorted({case.language for case in read_own_set()})
COURT = "The jury found the former treasurer guilty of fraud and the judge sent him to prison."


def topics_of(
    language: str, headline: str | None, body: str, section: str | None = None
) -> list[Topic]:
    """Topics of a text without keywords and entities."""
    return list(TopicTagger.load(language).topics(headline, body, section, (), ()))


@pytest.mark.parametrize(
    ("language", "headline", "body", "qcode"),
    [
        ("id", "Kiper jadi pahlawan", MATCH, "medtop:15000000"),
        ("id-ID", None, MATCH, "medtop:15000000"),
        ("ms", "Pasukan bola sepak menang", MATCH, "medtop:15000000"),
        ("ms", None, "Beliau dilantik di bandar itu. Polis menahan suspek.", "medtop:02000000"),
        ("en", "Club treasurer jailed", COURT, "medtop:02000000"),
        ("en-GB", None, COURT, "medtop:02000000"),
    ],
)
def test_the_first_topic_is_what_the_text_is_about(
    language: str, headline: str | None, body: str, qcode: str
) -> None:
    """Regions fall back to their language, Malay to Indonesian."""
    first = topics_of(language, headline, body)[0]
    assert (first.scheme, first.qcode) == ("medtop", qcode)
    concept = read_taxonomy()[qcode]
    assert first.name == concept.name
    assert first.name_local == concept.names.get(language[:2])
    assert 0.5 < first.confidence <= 1


@pytest.mark.parametrize(
    ("body", "qcode"),
    [
        ("Ia meninggal karena serangan jantung di rumah sakit.", "medtop:07000000"),
        ("Suhu politik naik menjelang pesta demokrasi.", "medtop:11000000"),
        ("Hujan gol tercipta pada babak kedua.", "medtop:15000000"),
        ("Badai PHK belum berlalu.", "medtop:09000000"),
    ],
)
def test_a_phrase_keeps_its_words_from_counting_alone(body: str, qcode: str) -> None:
    """A heart attack (serangan jantung) is not an armed attack, nor a rain of goals rain."""
    assert topics_of("id", None, body)[0].qcode == qcode
    terms = {term for _, term, _ in TopicTagger.load("id").explain(None, body, None, (), ())}
    assert not terms & {"serangan", "suhu", "pesta", "hujan", "badai"}


def test_a_second_level_topic_follows_its_parent() -> None:
    """A clear text names the branch too, never surer than the topic above it."""
    found = topics_of(
        "id", "Gempa M 6,1 guncang pesisir", "Gempa susulan terasa. Tidak ada tsunami."
    )
    assert [topic.qcode for topic in found] == ["medtop:03000000", "medtop:20000148"]
    assert found[0].confidence >= found[1].confidence


@pytest.mark.parametrize(
    "body", ["", "Ya.", "lorem ipsum dolor sit amet", "12 34 56", "\x00\ud800"]
)
def test_a_text_that_says_nothing_gets_no_topic(body: str) -> None:
    """None rather than a wrong one."""
    assert topics_of("id", None, body) == []
    assert topics_of("en", "", body) == []


def test_a_headline_counts_more_than_the_same_words_in_the_body() -> None:
    """The word moves from the end of the text to the headline, and its topic grows surer."""
    body = "Hal itu dibahas kemarin di kota."
    inside = topics_of("id", "Pertemuan", f"{body} pemilu gempa")
    above = {t.qcode: t.confidence for t in topics_of("id", "Pemilu", f"{body} gempa")}
    assert above["medtop:11000000"] > {t.qcode: t.confidence for t in inside}["medtop:11000000"]


def test_repetition_has_diminishing_returns() -> None:
    """The second hundred occurrences add less than the first few."""
    tagger = TopicTagger.load("en")
    weights = [
        next(
            w for _, term, w in tagger.explain(None, "flood " * n, None, (), ()) if term == "flood"
        )
        * (1 + n / classify.SCALE_WORDS) ** 0.5
        for n in (1, 3, 100, 200)
    ]
    assert weights == sorted(weights)
    assert weights[3] - weights[2] < weights[1] - weights[0]


@pytest.mark.parametrize(
    "section", ["Olahraga", "Sport", "News > Sport", "sepakbola/liga", "スポーツ", "Bóng đá", "खेल"]
)
def test_a_section_speaks_in_any_language(section: str) -> None:
    """Without a lexicon the publisher's own section is what there is to go by."""
    assert [t.qcode for t in topics_of("fi", "Otsikko", "Teksti.", section)] == ["medtop:15000000"]


def test_without_lexicon_and_section_there_is_no_topic() -> None:
    """Another language's words are not read as Indonesian or English ones."""
    assert topics_of("fi", "Election film football", "Election film football") == []


def test_keywords_and_organisations_speak() -> None:
    """A text that names no topic gets one from the publisher's keywords or its organisations."""
    tagger, body = TopicTagger.load("id"), "Kabar itu disampaikan kemarin."
    club = Entity("1", None, "Persib Bandung", "organisation", 3)
    person = Entity("2", None, "Persib Bandung", "person", 3)
    by_keyword = tagger.topics(None, body, None, ("bulu tangkis", "final"), ())
    assert by_keyword[0].qcode == "medtop:15000000"
    assert {contribution[:2] for contribution in tagger.explain(None, body, None, (), (club,))} == {
        ("medtop:15000000", "persib"),
        ("medtop:15000000", "persib bandung"),
    }
    unknown = TopicTagger.load("fi").topics(None, "Otsikko.", None, (), (club,))
    assert unknown[0].qcode == "medtop:15000000"
    assert tagger.explain(None, body, None, (), (person,)) == []


def test_explain_shows_what_the_topics_rest_on() -> None:
    """The weights of the terms, added up by topic, put the first topic first."""
    tagger = TopicTagger.load("id")
    sums: dict[str, float] = {}
    for qcode, term, weight in tagger.explain("Kiper jadi pahlawan", MATCH, None, (), ()):
        assert set(WORD.findall(term)) <= set(WORD.findall(f"kiper jadi {MATCH}".lower()))
        top = tagger.taxonomy[qcode].parent or qcode
        sums[top] = sums.get(top, 0.0) + weight
    assert max(sums, key=sums.__getitem__) == "medtop:15000000"


@pytest.mark.parametrize(
    ("line", "texts", "others"),
    [
        (
            "~tangkap",
            ["menangkap", "ditangkap", "penangkapan", "tertangkap", "tangkapan"],
            ["tang"],
        ),
        ("~bakar rumah", ["membakar rumah", "pembakaran rumah"], ["membakar"]),
        ("~curi", ["mencuri", "pencurian", "pencurinya"], ["curiga"]),
        ("gempa", ["gempa", "gempanya"], ["menggempa"]),
    ],
)
def test_indonesian_forms(line: str, texts: list[str], others: list[str], tmp_path: Path) -> None:
    """A root stands for the words its affixes make, and for no others."""
    path = tmp_path / "lexicon.tsv"
    path.write_text(f"{line}\tmedtop:02000000\t2\n", encoding="utf-8")
    lexicon = read_lexicon(path, language="id")
    assert all(lexicon.meaning(tuple(text.split())) for text in texts)
    assert not any(lexicon.meaning(tuple(text.split())) for text in others)


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        ("~rob", ["robs", "robbed", "robbing"]),
        ("~bribe", ["bribes", "bribed", "bribing"]),
        ("~robbery", ["robberies"]),
        ("~crash", ["crashes", "crashed", "crashing"]),
    ],
)
def test_english_forms(line: str, texts: list[str], tmp_path: Path) -> None:
    """Plurals and verb endings by the regular rules."""
    path = tmp_path / "lexicon.tsv"
    path.write_text(f"{line}\tmedtop:02000000\t2\n", encoding="utf-8")
    lexicon = read_lexicon(path, language="en")
    assert all(lexicon.meaning((text,)) for text in texts)


def test_a_written_form_wins_over_a_made_one(tmp_path: Path) -> None:
    """A weight of 0 takes back what an affix makes of a root."""
    path = tmp_path / "lexicon.tsv"
    rows = "~harga\tmedtop:04000000\t1\npenghargaan\tmedtop:04000000\t0\n"
    path.write_text(rows, encoding="utf-8")
    assert [e.weight for e in read_lexicon(path, language="id").meaning(("penghargaan",))] == [0.0]


@pytest.mark.parametrize(
    "row", ["gempa\tmedtop:03000000", "gempa\tmedtop:03000000\tloud", "-\ta\t1"]
)
def test_a_broken_line_is_refused(row: str, tmp_path: Path) -> None:
    """A lexicon with a line that cannot be read is not used in part."""
    path = tmp_path / "lexicon.tsv"
    path.write_text(f"# head\n{row}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 2|loud"):
        read_lexicon(path, language="id")


def test_the_taxonomy_is_whole() -> None:
    """17 topics at the top, every other under one of them, each with both names."""
    taxonomy = read_taxonomy()
    tops = {qcode for qcode, concept in taxonomy.items() if not concept.parent}
    assert len(tops) == 17
    assert {concept.parent for concept in taxonomy.values() if concept.parent} <= tops
    assert all(concept.name and concept.names["id"] for concept in taxonomy.values())


@pytest.mark.parametrize("table", sorted(TABLES.glob("[ls]e*.tsv")), ids=lambda path: path.stem)
def test_every_entry_names_a_known_topic_once(table: Path) -> None:
    """Terms are lower case, weights are in -3..3, and no line is written twice."""
    taxonomy = read_taxonomy()
    lines = table.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    assert [row for row in rows if row[0] != row[0].lower() or row[1] not in taxonomy] == []
    assert [row for row in rows if not -3 <= float(row[2]) <= 3] == []
    assert [key for key, times in Counter((r[0], r[1]) for r in rows).items() if times > 1] == []


@pytest.mark.parametrize("language", [name for name, read in LEXICONS.items() if read == (name,)])
def test_every_topic_has_words_enough(language: str) -> None:
    """A topic with few words is one that is missed; one that is weaker than the others, too."""
    least = {"id": 150, "en": 120}.get(language, 40)
    taxonomy = read_taxonomy()
    path = TABLES / f"lexicon_{language}.tsv"
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    tops = Counter(taxonomy[r[1]].parent or r[1] for r in rows if len(r) == 3 and r[0][0] != "#")
    assert [qcode for qcode, terms in tops.items() if terms < least] == []
    assert len(tops) == 17


def test_the_labelled_set_covers_every_topic_in_both_halves() -> None:
    """Three texts or more a topic and language, and some of each on either side."""
    cases = read_own_set()
    assert len({(case.language, case.headline) for case in cases}) == len(cases)
    tops = {q.removeprefix("medtop:") for q, c in read_taxonomy().items() if not c.parent}
    for language in LANGUAGES:
        chosen = [case for case in cases if case.language == language]
        counts = Counter(case.topics[0] for case in chosen)
        assert set(counts) == tops
        if {case.split for case in chosen} == {"held"}:
            continue
        assert min(counts.values()) >= 3
        assert {(c.topics[0], c.split) for c in chosen} == {
            (t, s) for t in tops for s in ("tune", "held")
        }


@pytest.mark.parametrize("language", LANGUAGES)
def test_quality_stays_above_its_floor(language: str) -> None:
    """Held half: the best topic is accepted in nine of ten texts, and no topic falls behind."""
    cases = [c for c in read_own_set() if c.language == language and c.split == "held"]
    outcomes = judge(cases)
    assert accuracy(outcomes) >= 0.9
    assert min(topic_f1(outcomes).values()) >= 0.6


def test_a_tagger_survives_pickling() -> None:
    """Workers may receive one."""
    tagger = TopicTagger.load("en")
    again: TopicTagger = pickle.loads(pickle.dumps(tagger))  # noqa: S301  our own bytes
    assert again.topics(None, COURT, None, (), ()) == tagger.topics(None, COURT, None, (), ())


@settings(deadline=None, max_examples=60)
@given(
    headline=st.none() | st.text(max_size=80),
    body=st.text(max_size=400) | st.sampled_from([MATCH, COURT]).map(lambda t: t * 40),
    section=st.none() | st.text(max_size=20) | st.just("sport>" * 5000),
    keywords=st.lists(st.text(max_size=20), max_size=5).map(tuple),
    language=st.sampled_from(["id", "en", "ms", "fi", "", "x-y-z"]),
)
def test_no_text_breaks_it(
    headline: str | None, body: str, section: str | None, keywords: tuple[str, ...], language: str
) -> None:
    """Whatever comes in: known topics, each once, sorted, with a confidence that is one."""
    tagger = TopicTagger.load(language)
    found = tagger.topics(headline, body, section, keywords, ())
    confidences = [topic.confidence for topic in found]
    assert confidences == sorted(confidences, reverse=True)
    assert all(classify.MIN_CONFIDENCE - 0.001 <= c <= 1 for c in confidences)
    assert len({topic.qcode for topic in found}) == len(found)
    assert all(topic.qcode in tagger.taxonomy for topic in found)


@given(st.text(st.characters(max_codepoint=0x2FFF)) | st.text("aZ_9 -'’“…\n\x1c\0é"))
def test_words_are_cut_as_the_pattern_cuts_them(text: str) -> None:
    """The quick way for plain letters finds the same words."""
    assert cut_words(text) == WORD.findall(text)


def test_a_phrase_across_the_end_of_the_lead_is_none_there() -> None:
    """Its first words alone are in the lead: they count as they would without it."""
    filler = ["x"] * (classify.LEAD_WORDS - 1)
    lexicon = build_lexicon([("sepak", "a", 1.0), ("sepak bola", "b", 1.0)])
    strengths = classify._said([*filler, "sepak", "bola"], lexicon)
    assert strengths == {("sepak", "bola"): 1.0}


def test_topics_of_equal_confidence_come_in_one_order(tmp_path: Path) -> None:
    """Whatever the seed of hashes: what organisations say equally keeps their order."""
    table = tmp_path / "organisations.tsv"
    codes = ("01000000", "02000000", "04000000", "07000000", "15000000", "16000000")
    names = [f"Badan Uji {letter}" for letter in "ABCDEF"]
    rows = zip(names, codes, strict=True)
    table.write_text("".join(f"{name}\tmedtop:{code}\t3\n" for name, code in rows))
    program = (
        "import sys; from pathlib import Path\n"
        "from warta.transforms.tagging.topics import classify\n"
        "from warta.transforms.tagging.topics.taxonomy import read_organisations\n"
        "lexicon = read_organisations(Path(sys.argv[1]))\n"
        "words = [name.lower().split() for name in sys.argv[2:]]\n"
        "print(list(classify._named(words, lexicon)))\n"
    )
    orders = {
        subprocess.run(
            [sys.executable, "-c", program, str(table), *names],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
            timeout=PATIENCE_S,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert orders == {f"{[tuple(name.lower().split()) for name in names]}\n"}


@pytest.mark.parametrize("primary", sorted(LEXICONS))
def test_a_packed_lexicon_says_what_its_tables_say(primary: str) -> None:
    """The cache changes no term, no phrase and no order among phrases that begin alike."""
    paths = [TABLES / f"lexicon_{name}.tsv" for name in LEXICONS[primary]]
    built = share_parents(read_lexicon(*paths, language=primary), read_taxonomy())
    assert unpack_lexicon(pack_lexicon(built)) == built
