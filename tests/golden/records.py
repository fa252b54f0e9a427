"""The records of the golden set: all samples, and articles made from templates with a fixed seed.

The made ones hold what samples rarely do: words that nobody has seen, headings in title case, odd
blanks, titles, acronyms in brackets, long names, languages without rules.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Source, SourceItem
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.readers import read_reference

SAMPLES = Path(__file__).parents[2] / "sample_data"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
LIMITS = InputLimits()
_MADE = 100
_SYLLABLES = (
    *("ba", "ce", "di", "ga", "jo", "ka", "la", "ma", "no", "pa", "ra", "sa", "te", "wa", "yu"),
    *("kan", "lim", "man", "pur", "sen", "tar", "wir", "ning", "sari", "hadi", "ong", "el"),
)
_FORMS = ("{}", "me{}", "di{}", "ber{}", "ke{}an", "pe{}an", "{}nya", "{}-{}", "ter{}kan")
_ENGLISH_FORMS = ("{}", "{}ed", "{}ing", "{}s", "un{}", "{}ment", "{}-based")
_TEMPLATES = {
    "id": (
        "Presiden {country} {person} {word} {count} {word} di {place}, kata {short} ({count}).",
        "{agency} ({acronym}) {word} rencana {word} warga Kecamatan {name} Timur.",
        'Menurut {person}, "{word} {word} itu {word} sejak {year}," ujar {short} kepada {name}.',
        "PT {name} {name} Tbk dan Dinas {name} Kabupaten {name} {word} Rp{count} miliar.",
        "Ketua KPU {place} H. {person} bin {name} {word} {acronym} pada Senin (24/3/{year}).",
        "Harga {word} di Jalan {name} {name} naik {count},5 persen; {word} {word} tetap {word}.",
        "Gempa {word} {place}.{name} {word} di Desa {name} – {word} “{word}” {word}.",
        "Undang-Undang {name} Nomor {count} {word} oleh DPR RI dan Mahkamah {name}.",
        "Timnas {country} lawan {country} di Stadion {name}, {word}-{word} {word} Persib {word}.",
        "Ma'ruf {name} dan Kim Jong-{word} {word} U.S. serta Al-{name} di {place}\u00a0{name}.",
    ),
    "en": (
        "President {person} of {country} {word} the {word} {word} in {place}, {short} said.",
        "The {agency} ({acronym}) {word} {count} {word} near the University of {name}.",
        "“{word} {word},” said Mr. {person} ({count}), chairman of {name} {name} Inc.",
        "Officials of Bank {name} met Sen. {person} of the {name} Party in {place} on Monday.",
        "New York {name} beat {place} {name} {count}-{count}; coach {short} {word} {word}.",
        "{name} Street, {place}: police {word} {word} after the {name} Act of {year}.",
        "Prof. {person} van der {name} {word} {word} at St. {name} Hospital, {country}.",
    ),
    "de": (
        "{person} {word} und {word} in {place}, sagte {short} am Montag der {name} Zeitung.",
        "Die Regierung in {country} {word} nicht {word}, weil {name} {word} noch {word} wird.",
    ),
}
_PLACES = ("Jakarta", "Kota Bandung", "Papua Barat", "London", "Riyadh", "Jawa Timur", "Georgia")
_COUNTRIES = ("Indonesia", "Prancis", "Jepang", "Germany", "Jordan", "Amerika Serikat")
_AGENCIES = ("Badan {0} Nasional", "Komisi {0} {1}", "National {0} Agency", "Institut {0} {1}")


def records() -> Iterator[tuple[str, SourceItem]]:
    """Yield the records of the set, each with a name that does not change."""
    for folder in ("feeds", "html", "jsonl", "text", "warc"):
        source = Source(str(SAMPLES / "sources" / folder))
        for reference in list_source(source, split_bytes=1 << 40, stripes=1):
            for item in read_reference(reference, LIMITS):
                if isinstance(item, SourceItem):
                    name = Path(item.source_uri).name
                    yield f"{name} {item.source_record_id}".strip(), item
    for number in range(_MADE):
        yield f"made {number:03}", _made(number)


def _made(number: int) -> SourceItem:
    choose = random.Random(number)  # noqa: S311  repeatable, not secret
    language = choose.choices(("id", "en", "de"), (12, 6, 1))[0]
    people = [f"{_name(choose)} {_name(choose)}" for _ in range(3)]
    sentences = [_sentence(language, people, choose) for _ in range(choose.randrange(4, 11))]
    lines = [" ".join(sentences[at : at + 3]) for at in range(0, len(sentences), 3)]
    headline: str | None = sentences[1][: choose.randrange(20, 100)]
    if number % 3 == 0:
        headline = headline.title() if headline else None
        lines.insert(1, sentences[2].rstrip(".")[:70].title())
    elif number % 11 == 1:
        headline = None
    text = "\n".join(lines)
    if number % 7 == 2:
        text = text.replace(" ", "  ", 9).replace("di ", "di\u2003")
    if number % 13 == 3:
        text = text.replace(", ", ",\u200b ").replace("an ", "an\x1f", 2)
    if number % 17 == 4:
        # Two spellings of one letter, a letter of two code units, and a word of 400 letters.
        text += f"\nRe\u0301sume\u0301 {_name(choose)} 🌧 {'Pan' * 130}jang \U0001d400bc İstanbul."
    url = f"https://golden.example/{language}/{number}"
    return SourceItem(
        Source(f"made-{number}"), f"made-{number}", "", "jsonl", b"", text, "text",
        url=url, headline=headline, in_language=language if number % 2 else None,
        date_published="2026-11-10T03:04:05Z",
    )  # fmt: skip


def _sentence(language: str, people: list[str], choose: random.Random) -> str:
    person = choose.choice(people)
    agency = choose.choice(_AGENCIES).format(_name(choose), _name(choose))
    forms = _FORMS if language == "id" else _ENGLISH_FORMS
    text = choose.choice(_TEMPLATES[language])
    fixed = {
        "{person}": person,
        "{short}": person.split(" ")[choose.randrange(2)],
        "{agency}": agency,
        "{acronym}": "".join(word[0] for word in agency.split()),
        "{country}": choose.choice(_COUNTRIES),
        "{place}": choose.choice(_PLACES),
        "{year}": str(choose.randrange(2019, 2027)),
    }
    for slot, value in fixed.items():
        text = text.replace(slot, value)
    while "{word}" in text:
        stem = _stem(choose)
        text = text.replace("{word}", choose.choice(forms).format(stem, stem), 1)
    while "{name}" in text:
        text = text.replace("{name}", _name(choose), 1)
    while "{count}" in text:
        text = text.replace("{count}", str(choose.randrange(2, 90)), 1)
    return text[0].upper() + text[1:]


def _stem(choose: random.Random) -> str:
    return "".join(choose.choices(_SYLLABLES, k=choose.randrange(2, 4)))


def _name(choose: random.Random) -> str:
    return _stem(choose).capitalize()
