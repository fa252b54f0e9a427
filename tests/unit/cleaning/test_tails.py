"""Footers and links to read on: cut at the end of a text, and never with a sentence."""

from datetime import UTC, datetime

import pytest

from warta.transforms.cleaning.clean import clean_article
from warta.transforms.cleaning.text.boilerplate import remove_boilerplate
from warta.transforms.cleaning.text.rules import load_rules
from warta.transforms.cleaning.text.tails import TailContext, cut_tails
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Source, SourceItem

TITLE = "Lighthouse Keeper Finds Old Logbook"
BODY = "The keeper of the northern lighthouse found a logbook of 1911 under the stairs."
FOOTERS = [
    f"The post {TITLE} appeared first on Example Herald.",
    f"The post {TITLE} first appeared on example herald.",
    f"The article “{TITLE}” was first published on herald.example",
    f"{TITLE} first appeared on Example Herald.",
    "The post Lighthouse Keeper Finds Old … appeared first on Example Herald.",
    "This article first appeared on Example Herald.",
    "This story was originally published in the Example Herald on 3 March 2025.",
    f"Artikel {TITLE} pertama kali tayang di Kabar Contoh.",
    f"Pos {TITLE} muncul pertama kali di Kabar Contoh.",
    "Artikel ini pertama kali tayang di Kabar Contoh.",
    f"Der Beitrag {TITLE} erschien zuerst auf Beispielblatt.",
    f"La entrada {TITLE} se publicó primero en Diario Ejemplo.",
    f"O post {TITLE} apareceu primeiro em Jornal Exemplo.",
    f"L’article {TITLE} est apparu en premier sur Journal Exemple.",
    f"L’articolo {TITLE} proviene da Giornale Esempio.",
    f"Het bericht {TITLE} verscheen eerst op Krant Voorbeeld.",
    f"Сообщение {TITLE} появились сначала на Пример.",
    f"{TITLE} yazısı ilk önce Örnek Gazete üzerinde ortaya çıktı.",
]
LINKS = [
    "Continue reading →",
    "Continue reading",
    f"Continue reading “{TITLE}”",
    f"Continue reading {TITLE} »",
    "Read more",
    "READ MORE...",
    "Read the rest of this entry »",
    "Read more on herald.example",
    "(more…)",
    "[Read more]",
    "[…]",
    "[...] Continue reading →",
    "Baca selengkapnya",
    "Selengkapnya »",
    "Lanjutkan membaca →",
    "Weiterlesen",
    "Lire la suite →",
]
SENTENCES = [
    "The post office first appeared on the map in 1880.",
    "The post she wrote first appeared on Facebook.",
    "The rumour first appeared on Example Herald, a reader said.",
    "This article first appeared in the law of 1945.",
    "This story first appeared in Example Herald, but nobody believed it.",
    "Continue reading at your own pace, the teacher said.",
    "She told them to read more.",
    "His advice was to read more",
    "“We […] will sail,” he said.",
    "Ia meminta warga membaca selengkapnya.",
    "Berita itu pertama kali tayang di Kabar Contoh.",
    "Artikel ini pertama kali tayang saat warga masih tidur.",
    "Artikel tentang dia pertama kali tayang di Kabar Contoh, kata Sari.",
]


@pytest.mark.parametrize("language", ["en", "id", "fr", "und"])
@pytest.mark.parametrize("tail", [*FOOTERS, *LINKS])
def test_a_footer_goes_from_its_line_or_after_a_sentence(tail: str, language: str) -> None:
    """The article's last sentence stays, and what was cut is kept with its rule."""
    for blank in ("\n", " "):
        cleaned = remove_boilerplate(f"{BODY}{blank}{tail}", language, TITLE)
        assert cleaned.body == BODY
        assert " ".join(span.text for span in cleaned.removed) == tail


@pytest.mark.parametrize("language", ["en", "id", "fr"])
@pytest.mark.parametrize("headline", [TITLE, None])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_that_speaks_of_one_stays(
    sentence: str, headline: str | None, language: str
) -> None:
    """At the end of the text too, on a line of its own and after another sentence."""
    for blank in ("\n", " "):
        text = f"{BODY}{blank}{sentence}"
        assert remove_boilerplate(text, language, headline).body == text


def test_a_footer_with_another_title_stays_unless_it_reads_like_one() -> None:
    """Without a headline, a title in title case on a line of its own is enough."""
    line = f"The post {TITLE} appeared first on Example Herald."
    other = "The post Nora Ellwood wrote first appeared on Facebook."
    assert remove_boilerplate(f"{BODY}\n{line}", "en", None).body == BODY
    assert remove_boilerplate(f"{BODY}\n{other}", "en", TITLE).body == f"{BODY}\n{other}"


def test_footers_before_a_list_of_links_go_too() -> None:
    """A list after the footer is cut first, then what is left of the end."""
    text = (
        f"{BODY} Read more\nThe post {TITLE} appeared first on Example Herald.\nRelated Posts\nPier"
    )
    assert remove_boilerplate(text, "en", TITLE).body == BODY


def test_an_omission_within_the_text_stays() -> None:
    """Only at the very end does "[...]" say that a summary is cut."""
    text = f"He read out one page. [...]\n{BODY}"
    assert remove_boilerplate(text, "en", None).body == text


def test_a_summary_loses_its_footer() -> None:
    """What a feed adds to its description is not part of the article's description."""
    summary = f"{BODY} […] The post {TITLE} appeared first on Example Herald."
    assert cut_tails(summary, load_rules("en"), TailContext(TITLE, None)) == BODY
    item = SourceItem(
        source=Source(location="feed.xml"),
        source_uri="feed.xml",
        source_record_id="1",
        kind="feed",
        raw=b"",
        content=f"<p>{BODY}</p>",
        content_type="fragment",
        headline=TITLE,
        description=summary,
    )
    article = clean_article(item, InputLimits(), datetime(2026, 11, 22, tzinfo=UTC))
    assert article.description == BODY


def test_a_hostile_end_takes_no_time() -> None:
    """Repeated words of footers and links are looked at only so often."""
    for unit in ("The post A first appeared on B. ", "Read more ", "A.b ", "Continue reading x "):
        text = f"{BODY}\n{unit * 20_000}"
        assert remove_boilerplate(text, "en", None).body.startswith(BODY)
