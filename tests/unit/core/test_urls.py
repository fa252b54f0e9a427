"""One article has one URL, however a reader came to it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warta.transforms.core.urls import canonical_url, domain

ARTICLE = "https://warta.example.id/read/123/judul-berita"


@pytest.mark.parametrize(
    "url",
    [
        ARTICLE,
        "http://warta.example.id/read/123/judul-berita",
        "HTTPS://WARTA.Example.ID:443/read/123/judul-berita/",
        "http://warta.example.id:80/read/123/judul-berita#komentar",
        "https://user:secret@warta.example.id/read/123/judul-berita",
        "https://m.warta.example.id/read/123/judul-berita",
        "https://amp.warta.example.id/read/123/judul-berita",
        "https://warta.example.id/read/123/judul-berita/amp",
        "https://warta.example.id/read/123/judul-berita/amp/",
        "https://warta.example.id/amp/read/123/judul-berita",
        "https://warta.example.id/read/123/judul-berita?amp=1",
        "https://warta.example.id/read/123/judul-berita?outputType=amp",
        "https://warta.example.id/read/123/judul-berita?page=all",
        "https://warta.example.id/read/123/judul-berita?utm_source=x&utm_medium=y&fbclid=z",
        "https://warta.example.id//read/123/judul-berita?UTM_Campaign=a",
        " https://warta.example.id/read/123/\njudul-berita ",
    ],
)
def test_all_ways_to_an_article_are_one(url: str) -> None:
    """Tracking, AMP, telephones, ports, users and fragments do not make another article."""
    assert canonical_url(url) == ARTICLE


@pytest.mark.parametrize(
    ("url", "base", "canonical"),
    [
        ("https://warta.example/a/./b/../c.html", None, "https://warta.example/a/c.html"),
        ("https://warta.example/a/%7Ebudi", None, "https://warta.example/a/~budi"),
        ("https://a.id/?id=7&b=2&a=1", None, "https://a.id/?a=1&b=2&id=7"),
        ("https://a.id/x?page=2", None, "https://a.id/x?page=2"),
        ("https://a.id/x?amp=volt", None, "https://a.id/x?amp=volt"),
        ("https://m.com/x", None, "https://m.com/x"),
        ("https://a.id", None, "https://a.id/"),
        ("https:\\\\a.id\\x\\amp/amp/", None, "https://a.id/x"),
        ("https://a.id/lampu/ampas", None, "https://a.id/lampu/ampas"),
        ("/read/9", "https://a.id/x/y", "https://a.id/read/9"),
        ("//a.id/read/9", None, "https://a.id/read/9"),
        ("http://a.id:8080/x", None, "https://a.id:8080/x"),
        ("https://a.id/berita baru", None, "https://a.id/berita%20baru"),
    ],
)
def test_what_names_a_page_is_kept(url: str, base: str | None, canonical: str) -> None:
    """Parameters, ports and paths that matter stay; relative addresses are resolved."""
    assert canonical_url(url, base) == canonical


@pytest.mark.parametrize(
    "url",
    [
        "",
        "read/9",
        "mailto:redaksi@a.id",
        "javascript:alert(1)",
        "ftp://a.id/x",
        "https://",
        "https:///x",
        "https://a b.id/x",
        "https://a.id:99999/x",
        "https://[::1/x",
        "https://" + "a" * 5000,
    ],
)
def test_what_is_no_page_has_no_url(url: str) -> None:
    """Other schemes, broken hosts and endless addresses give None."""
    assert canonical_url(url) is None


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.A.id/x", "a.id"),
        ("http://user@news.a.id:8080/", "news.a.id"),
        ("https://a.id.", "a.id"),
        ("mailto:x@a.id", None),
        ("https://[::1/x", None),
        ("", None),
    ],
)
def test_domain_is_the_host_without_www(url: str, host: str | None) -> None:
    """Host in lower case; None where a URL has none."""
    assert domain(url) == host


@settings(deadline=None, max_examples=100)
@given(
    st.text(max_size=60)
    | st.builds("https://{}/{}?{}".format, st.text(max_size=20), st.text(), st.text()),
    st.none() | st.text(max_size=20),
)
def test_no_address_raises_and_a_canonical_one_stays(url: str, base: str | None) -> None:
    """Whatever comes in, nothing is raised, and the canonical form is its own canonical form."""
    domain(url)
    canonical = canonical_url(url, base)
    if canonical is not None:
        assert canonical.startswith("https://")
        assert canonical_url(canonical) == canonical
