"""`warta feeds import` and `check`: which feeds there are."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.lakes import words
from tests.support.sites import Site, item, open_site
from warta.pipeline.cli import cli, main
from warta.pipeline.commands import feeds as feed_commands
from warta.pipeline.commands.watch import followed
from warta.transforms.polling.discovery import feed_links


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


def test_subscriptions_become_sources(tmp_path: Path) -> None:
    """OPML in, [[source]] tables out, which the config takes; the odd is named."""
    opml = tmp_path / "s.opml"
    opml.write_text(
        '<opml version="2.0"><body><outline text="Map"><outline text="Kabar &quot;A&quot; \\ "'
        ' xmlUrl="https://a.example/rss" language="id"/></outline><outline text="kabar a"'
        ' xmlUrl="https://b.example/rss"/><outline xmlUrl="https://a.example/rss"/>'
        '<outline xmlUrl="feed://x"/></body></opml>',
        encoding="utf-8",
    )
    done = CliRunner().invoke(cli, ["feeds", "import", str(opml), "--fetch-pages"])
    tables = tomllib.loads(done.stdout)["source"]
    assert [table["name"] for table in tables] == ["kabar-a", "kabar-a-2"]
    assert tables[0]["language"] == "id"
    assert all(table["fetch_pages"] for table in tables)
    assert "feed://x" in done.stderr
    path = tmp_path / "sources.toml"
    path.write_text(done.stdout, encoding="utf-8")
    assert len(followed(str(path))[0]) == 2
    opml.write_text('<!DOCTYPE x [<!ENTITY a "&b;&b;&b;">]><opml/>', encoding="utf-8")
    assert main(["feeds", "import", str(opml)]) == 2
    assert main(["feeds", "import", "/dev/zero"]) == 2


@pytest.fixture
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses between requests."""
    monkeypatch.setattr(feed_commands, "CHECK_DELAY_S", 0.0)


@pytest.mark.usefixtures("_hasty")
def test_a_sites_feeds_are_found(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """By the page's head, its links, robots.txt, and the usual places; an address that is one."""
    site.put_feed(item(1, description=words(120, "a")))
    feed = site.pages["/feed"]
    check = ["feeds", "check", site.root, "--allow-private"]
    assert main(check) == 1
    site.put("/", "<html><a href='/berita/rss'>RSS</a><link rel=alternate href='/x'></html>")
    site.pages["/berita/rss"] = feed
    assert main(check) == 0
    assert f'location = "{site.root}/berita/rss"' in capsys.readouterr().out
    site.put("/", "<link rel='alternate' type='application/rss+xml' href='/utama.xml'>")
    site.pages["/utama.xml"] = feed
    assert main([*check, "--contact", "a@b.example"]) == 0
    out = capsys.readouterr().out
    assert "/utama.xml" in out
    assert tomllib.loads(out)["source"][0]["kind"] == "feed"
    assert tomllib.loads(out)["source"][0]["allow_private"] is True
    site.put("/", "<html></html>")
    assert main(check) == 0
    assert f'"{site.root}/feed"' in capsys.readouterr().out
    assert main(["feeds", "check", f"{site.root}/feed", "--allow-private"]) == 0
    assert main(["feeds", "check", site.root]) == 1
    errors = capsys.readouterr().err
    assert "not an address of the public internet" in errors
    assert "allow_private = true" in errors
    assert "--allow-private" in errors


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("", "https://lembah.example/berita/rss.xml"),
        ("<base href='/umpan/'>", "https://lembah.example/umpan/rss.xml"),
        ("<base href='https://cdn.example/x/y'>", "https://cdn.example/x/rss.xml"),
        ("<base href='//cdn.example/'/>", "https://cdn.example/rss.xml"),
        ("<base target='_top'><base href='/a/'><base href='/b/'>", "https://lembah.example/a/rss.xml"),
        ("<base href='data:text/html,'>", "https://lembah.example/berita/rss.xml"),
        ("<base href='http://[::1'>", "https://lembah.example/berita/rss.xml"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", [True, False])
def test_a_pages_base_counts_for_its_feeds(base: str, expected: str, before: bool) -> None:
    """The first that leads into the web, wherever it is."""
    link = "<link rel='alternate' type='application/rss+xml' href='rss.xml'>"
    head = base + link if before else link + base
    found = feed_links(f"<html><head>{head}</head></html>", "https://lembah.example/berita/index")
    assert list(found) == [expected]


@pytest.mark.usefixtures("_hasty")
def test_news_sitemaps_are_found(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """robots.txt names an index, that names one of news."""
    space = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    news = "xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'"
    inner = f"<sitemap><loc>{site.root}/news.xml</loc></sitemap>"
    entry = f"<url><loc>{site.root}/a/1</loc><n:news><n:title>Judul</n:title></n:news></url>"
    site.put("/", "<html></html>")
    site.put("/robots.txt", f"Sitemap: {site.root}/index.xml")
    site.put("/index.xml", f"<sitemapindex {space}>{inner}</sitemapindex>")
    site.put("/news.xml", f"<urlset {space} {news}>{entry}</urlset>")
    assert main(["feeds", "check", site.root, "--allow-private"]) == 0
    assert tomllib.loads(capsys.readouterr().out)["source"][0]["kind"] == "sitemap"
