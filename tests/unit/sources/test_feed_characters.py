"""Characters of feeds: encodings that are stated falsely, ampersands and entities."""

import pytest

from tests.support.feeds import one, read, rss

BERITA = "Новости долины"
RUSSIAN = (
    '<?xml version="1.0" encoding="windows-1251"?><rss version="2.0"><channel><item>'
    f"<title>{BERITA}</title></item></channel></rss>"
)


@pytest.mark.parametrize(
    "before", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b" \t\xef\xbb\xbf",
               b"Warning: include() in /var/www/a.php on line 3\n", b"<br />\n<b>Notice</b>: x\n"]
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "iso-8859-5", "utf-8"])
def test_a_declared_encoding_counts_after_anything(before: bytes, encoding: str) -> None:
    """Blanks, a BOM or the warnings of a script come before the declaration."""
    data = before + RUSSIAN.replace("windows-1251", encoding).encode(encoding)
    assert one(data).headline == BERITA


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (RUSSIAN.encode("utf-8"), None),
        (RUSSIAN.encode("utf-16"), None),
        (("\n " + RUSSIAN).encode("utf-16-le"), None),
        (("\n " + RUSSIAN).encode("utf-16-be"), None),
        (RUSSIAN.encode("utf-32"), None),
        (RUSSIAN.partition("?>")[2].encode("windows-1251"), "windows-1251"),
        (RUSSIAN.encode("windows-1251"), "utf-8"),
        (RUSSIAN.replace("windows-1251", "utf-8").encode("windows-1251"), "windows-1251"),
        (RUSSIAN.replace('"', "'").upper().replace(BERITA.upper(), BERITA).encode("windows-1251"),
         None),
    ],
)  # fmt: skip
def test_an_encoding_is_found_where_it_is_stated_falsely(data: bytes, charset: str | None) -> None:
    """UTF-8 and what begins like UTF-16 prove themselves; a server may know the rest."""
    assert one(data, charset=charset).headline == BERITA


def test_one_entry_in_another_encoding_spoils_no_other() -> None:
    """A feed made of feeds: some bytes of Windows-1252 in much UTF-8."""
    data = rss(f"<title>{BERITA} {'é' * 99}</title>", "<title>Caf?</title>")
    first, second = read(data.replace(b"Caf?", b"Caf\xe9"))
    assert (str(first.headline)[:14], second.headline) == (BERITA, "Café")


def test_japanese_in_seven_bits_is_decoded() -> None:
    """ISO-2022-JP is ASCII to a reader that ignores what it declares."""
    text = RUSSIAN.replace("windows-1251", "ISO-2022-JP").replace(BERITA, "谷の珈琲")
    assert one(text.encode("iso-2022-jp")).headline == "谷の珈琲"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("R&D Kopi", "R&D Kopi"),
        ("Kopi & Teh", "Kopi & Teh"),
        ("Kopi &amp; Teh", "Kopi & Teh"),
        ("Kopi &amp Teh", "Kopi & Teh"),
        ("A&B; C", "A&B; C"),
        ("A&&B", "A&&B"),
        ("caf&eacute;", "café"),
        ("kopi&nbsp;teh", "kopi\xa0teh"),
        ("kopi &hellip; teh", "kopi … teh"),
        ("kopi &#8211; teh", "kopi – teh"),
        ("kopi &#8211 teh", "kopi – teh"),
        ("kopi &#x2013; teh", "kopi – teh"),
        ("kopi &copy=1", "kopi &copy=1"),
        ("kopi < teh", "kopi < teh"),
        ("kopi <3 teh", "kopi <3 teh"),
        ("kopi\x0bteh\x00", "kopiteh"),
        ("<![CDATA[R&D]]>", "R&D"),
        ("<![CDATA[R&D]]> & kopi", "R&D & kopi"),
    ],
)
@pytest.mark.parametrize("end", ["", "<b>"])
def test_a_bare_ampersand_is_a_character(written: str, expected: str, end: str) -> None:
    """In feeds that are well formed but for it, and in others."""
    data = rss(f"<title>{written}</title>{end}")
    assert one(data).headline == expected


def test_entities_of_a_doctype_are_resolved() -> None:
    """Those that stand for a letter; the document type itself is not parsed."""
    doctype = b'<!DOCTYPE rss [<!ENTITY kopi "\xe2\x98\x95"> <!ENTITY e "&#233;">]>'
    assert one(doctype + rss("<title>&kopi; caf&e;</title>")).headline == "☕ café"
