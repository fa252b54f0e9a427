"""Lines of a page that ask the reader for something go; the article's own stay."""

import pytest

from warta.transforms.cleaning.html.extract import extract_article
from warta.transforms.cleaning.html.parsing import parse_markup
from warta.transforms.cleaning.html.pleas import is_plea
from warta.transforms.core.options import InputLimits

FIRST = "The ferry to the northern islands sails again after eleven weeks in the dock."
LAST = "Its crew of nine had spent the winter on other boats, the harbour master said."


@pytest.mark.parametrize(
    "line",
    [
        "Follow us on Facebook for more recipes.",
        "Subscribe now to our newsletter for the full story.",
        "For the latest news from the islands download our app.",
        "This website uses cookies to count its readers.",
        "Was this article helpful?",
        "Folgen Sie uns auf Instagram!",
        "War dieser Artikel nützlich?",
        "Suivez toute l'actualité des îles sur WhatsApp.",
        "Síguenos en nuestro canal de Telegram.",
        "ANZEIGE - Möbel aus Treibholz",
        "Loading...",
    ],
)
def test_a_plea_is_known(line: str) -> None:
    """Its first word, and what it is about, show it."""
    assert is_plea(line)


@pytest.mark.parametrize(
    "line",
    [
        "Follow us on a walk through the old harbour.",
        "Subscribe was the one word on the sheet, and nobody did.",
        "For more than a century the ferry was the only way to the islands.",
        "This website was built by the ferry's cook.",
        "Hier begann die Reise der Fähre im Winter 1911.",
        "Alle Fahrgäste kamen gut an.",
        "Was this the last ferry of the winter? Nobody knew.",
        'Sign up for the newsletter, he told them: "It is free."',
    ],
)
def test_a_sentence_is_no_plea(line: str) -> None:
    """A sentence that begins alike stays."""
    assert not is_plea(line)


def _text(*lines: str) -> str:
    body = "".join(f"<p>{line}</p>" for line in lines)
    page = parse_markup(f"<html><body><article>{body}</article></body></html>", InputLimits())
    return extract_article(page).text


def test_pleas_and_a_lone_date_go_from_between_paragraphs() -> None:
    """No class names them: they are paragraphs like all others."""
    plea = "Follow us on Instagram for more pictures of ferries."
    assert _text(FIRST, "5. November 2021, 10:39 Uhr", plea, LAST) == f"{FIRST}\n{LAST}"


def test_a_page_of_pleas_alone_keeps_them() -> None:
    """Something must stay."""
    plea = "Follow us on Instagram for more pictures of ferries, and of all who sail in them."
    assert _text(plea) == plea


def test_an_empty_line_asks_for_nothing() -> None:
    """Nor does it break the page."""
    assert not is_plea("")
