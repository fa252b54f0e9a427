"""Made articles and pages for benchmarks: the sentences of the samples, mixed, with new words.

News brings words that were never seen: of 500 words and marks, 32 in Indonesian articles that
followed 300 others, 47 after 100 (863 articles of two publishers in one week), 24 in English ones
after 100 (318 articles), 60 in labelled sentences of many sources. Half of them are names.
"""

import html
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from warta.transforms.cleaning.clean import clean_article
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Article, Source, SourceItem
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.readers import read_reference

SAMPLES = Path(__file__).parent.parent / "sample_data" / "sources"
NEW_SHARE = 0.095
"""Share of the words of a made article that are new: 32 of 500 words and marks."""
_FIRST_DAY = datetime(2026, 11, 9, tzinfo=UTC)
_SENTENCES = 31
"""Gives bodies of about 500 words."""
_SYLLABLES = """
ba be bi bo bu ca ce da di do ga gu ha hi ja jo ka ke ki ko la le li lo ma me mi mo na ni no pa pe
ra ri ro sa se si so su ta te ti to tu wa wi ya yu ban den kan lam mun nar pas rin sul tam wir
"""
_PARTS = _SYLLABLES.split()
_ENDS = ("", "", "", "kan", "an", "nya", "i", "ng", "r", "s", "t")
_NAV = '<li class="menu-item menu-{0}"><a href="https://bench.example/kanal/{0}">{1}</a></li>\n'
_TEASER = (
    '<div class="col-md-4 card card-{0}" data-id="{0}"><a href="https://bench.example/{0}" '
    'title="{1}"><img src="https://bench.example/img/{0}.jpg" alt="{1}" loading="lazy">'
    '<h3 class="card-title">{1}</h3></a><span class="date">10/11/2026</span></div>\n'
)
_SCRIPT = 'window.layer=window.layer||[];layer.push({{"id":{0},"slot":"ad-{0}","on":!0}});\n'


def sample_paragraphs() -> dict[str, list[list[str]]]:
    """Return the bodies of the samples by language, each as its sentences."""
    pool: dict[str, list[list[str]]] = {"id": [], "en": []}
    for source in ("text", "jsonl", "feeds"):
        for article in clean_articles(Source(str(SAMPLES / source)), InputLimits()):
            if article.in_language in pool and article.word_count > 80:
                sentences = article.article_body.replace("\n", " ").split(". ")
                pool[article.in_language].append([s.strip(" .") for s in sentences])
    return pool


def write_articles(path: Path, *, articles: int = 0, megabytes: int = 0, seed: int = 1) -> int:
    """Write a JSONL file of mixed articles, by number or by size, and return how many.

    Every sentence comes from a sample with some of its small words changed, so that articles share
    no more than news does, and with words that no other article has, as many as news brings; every
    article is another mix of them, with a dateline and related links.
    """
    choose = random.Random(seed)  # noqa: S311  repeatable, not secret
    pool = _sentences_by_language()
    written = size = 0
    with path.open("wb") as file:
        while written < articles or size < megabytes << 20:
            line = orjson.dumps(_mixed(written, pool, choose), option=orjson.OPT_APPEND_NEWLINE)
            size += file.write(line)
            written += 1
    return written


def _sentences_by_language() -> dict[str, list[str]]:
    return {
        language: [sentence for body in bodies for sentence in body]
        for language, bodies in sample_paragraphs().items()
    }


def _mixed(number: int, pool: dict[str, list[str]], choose: random.Random) -> dict[str, Any]:
    language = "id" if choose.random() < 0.7 else "en"
    sentences = [
        _reworded(sentence, pool[language], choose)
        for sentence in choose.sample(pool[language], min(_SENTENCES, len(pool[language])))
    ]
    paragraphs = [". ".join(sentences[i : i + 3]) + "." for i in range(0, len(sentences), 3)]
    related = choose.sample(pool[language], 3)
    if language == "id":
        paragraphs[0] = "Jakarta (KABAR) - " + paragraphs[0]
        paragraphs += [f"Baca juga: {sentence[:60]}" for sentence in related]
    else:
        paragraphs[0] = "LONDON, Nov 10 (Archipelago Post) - " + paragraphs[0]
        paragraphs += [f"Read also: {sentence[:60]}" for sentence in related]
    date = _FIRST_DAY + timedelta(seconds=choose.randrange(7 * 86_400))
    return {
        "url": f"https://bench.example/{language}/{number}-{choose.getrandbits(32):08x}",
        "title": sentences[1][:80],
        "text": "\n".join(paragraphs),
        "date": date.isoformat(),
        "publisher": choose.choice(("Kabar Nusantara", "Northern Ledger")),
    }


def _reworded(sentence: str, others: list[str], choose: random.Random) -> str:
    """Put words of other sentences in place of every fourth word or so, case for case."""
    words = sentence.split()
    donor = [word for word in choose.choice(others).split() if word.islower()]
    for place, word in enumerate(words):
        if word.isalpha() and choose.random() < NEW_SHARE:
            words[place] = new_word(choose, like=word)
        elif donor and word.islower() and choose.random() < 0.25:
            words[place] = choose.choice(donor)
    return " ".join(words)


def new_word(choose: random.Random, *, like: str) -> str:
    """Return a word that hardly any other article has, with the case of another."""
    made = "".join(choose.choices(_PARTS, k=choose.randrange(2, 5))) + choose.choice(_ENDS)
    return made.capitalize() if like[:1].isupper() else made


def write_pages(folder: Path, *, pages: int, kilobytes: int, seed: int = 1) -> None:
    """Write made articles as whole pages: a third is the article and what is around it in words.

    Args:
      folder: Where the pages go.
      pages: How many.
      kilobytes: Of each page, about.
      seed: Of the articles.
    """
    folder.mkdir(parents=True)
    choose = random.Random(seed)  # noqa: S311  repeatable, not secret
    pool = _sentences_by_language()
    for number in range(pages):
        article = _mixed(number, pool, choose)
        path = folder / f"{number:05}.html"
        path.write_text(_page(article, pool["id"], kilobytes, choose), encoding="utf-8")


def _page(
    article: dict[str, Any], sentences: list[str], kilobytes: int, choose: random.Random
) -> str:
    title = html.escape(article["title"])
    body = "\n".join(f"<p>{html.escape(line)}</p>" for line in article["text"].split("\n"))
    linked = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article["title"],
        "datePublished": article["date"],
    }
    head = (
        f'<!DOCTYPE html>\n<html lang="id"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta property="og:title" content="{title}">'
        f'<meta property="article:published_time" content="{article["date"]}">'
        f'<link rel="canonical" href="{article["url"]}">'
        f'<script type="application/ld+json">{orjson.dumps(linked).decode()}</script></head><body>'
    )
    main = (
        f'<article class="post"><h1>{title}</h1><div class="entry-content">{body}</div></article>'
    )
    around = {"nav": [head, "<nav><ul>"], "teasers": ['<div class="related">'], "scripts": []}
    left = kilobytes * 1_000 - len(head) - len(main)
    number = 0
    while left > 0:
        words = html.escape(choose.choice(sentences)[:70])
        made = {
            "nav": _NAV.format(number, words[:20]),
            "teasers": _TEASER.format(number, words),
            "scripts": _SCRIPT.format(number) * 4,
        }
        for part, text in made.items():
            around[part].append(text)
            left -= len(text)
        number += 1
    nav, teasers, scripts = ("".join(texts) for texts in around.values())
    return f"{nav}</ul></nav>{main}{teasers}</div><script>{scripts}</script></body></html>"


def clean_articles(source: Source, limits: InputLimits) -> Iterator[Article]:
    """Yield the articles of a source, cleaned by pure functions; rejects are left out."""
    now = datetime.now(UTC)
    for reference in list_source(source, split_bytes=1 << 40, stripes=1):
        for item in read_reference(reference, limits):
            if isinstance(item, SourceItem):
                try:
                    yield clean_article(item, limits, now)
                except RejectedRecord:
                    continue
