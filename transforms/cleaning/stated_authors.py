"""Find the persons, with their roles, in credits as sources state them.

Newsrooms, brands, agencies, addresses, degrees and placeholders are not persons.
"""

import re
from collections.abc import Iterable

from warta.transforms.cleaning.text.plain import plain_text
from warta.transforms.core.absent import is_absent
from warta.transforms.core.records import Author

MAX_CREDIT_CHARS = 2_000
"""Longer credits are cut here."""
MAX_NAMES = 20
"""Authors kept of one page."""
MAX_AUTHOR_WORDS = 6
"""A longer "name" is a sentence."""

_NAME_BREAK = re.compile(r"\s*(?:[,;|/&]|\s(?:dan|and|und|y|et)\s)\s*", re.IGNORECASE)
ROLE = re.compile(
    r"\A\W*(oleh|by|von|por|par|penulis|reporter|wartawan|pewarta|jurnalis|author|"
    r"editor|penyunting|redaktur|uploader|foto|photo|kontributor)\b\s*[:\-–]?\s*",
    re.IGNORECASE,
)
_ROLES = {
    **dict.fromkeys(("reporter", "wartawan", "pewarta", "jurnalis"), "reporter"),
    **dict.fromkeys(("editor", "penyunting", "redaktur", "uploader"), "editor"),
    **dict.fromkeys(("foto", "photo"), "photographer"),
    "kontributor": "contributor",
}
_NO_PERSON = re.compile(
    r"\A(?:admin\w*|administrator|redaksi\b.*|editorial.*|editors?|newsroom|news ?desk|staff.*|"
    r"tim\b.*|team\b.*|web ?master|author|guest|anonymous|anonim|none|null|undefined|unknown|"
    r"penulis|wartawan|reporter)\Z|\b(?:media|news|newsroom|network|desk|agency|tv|antara|reuters|"
    r"afp|cnn|bbc|kompas|tribun|press|newswire|xinhua|bernama|anadolu|kyodo)\b"
    r"|\.(?:com|co|id|net|org|tv|news)\b|@|://|\d{3}|\A(?-i:[a-z]+[A-Z]\w*)\Z"
    r"|\A(?-i:\S+\.[a-z]{2,24})\Z|\s[(\[]?at[)\]]?\s\S+\.[a-z]{2,24}\Z",
    re.IGNORECASE,
)
"""Newsrooms, brands (detikFinance), addresses, placeholders, where persons' names belong."""
_DEGREE = re.compile(r"(?:[A-Z][A-Za-z]{0,4}\.\s?){1,3}[A-Za-z]{0,4}|Ph\.?D\.?|MBA|MSc|[JS]r\.?")
"""What follows a name and a comma: "Sari Wulandari, M.Si"."""
_ADDRESS = re.compile(
    r"[(\[<]?\s?(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\s?[)\]>]?",
    re.IGNORECASE,
)


def persons(names: Iterable[str], publisher: str | None) -> tuple[Author, ...]:
    """Return the persons in credits, with their roles.

    Newsrooms, addresses, placeholders and the publisher itself are not persons.
    """
    found: dict[str, Author] = {}
    for name in names:
        add_persons(found, name, "", publisher)
    return tuple(found.values())[:MAX_NAMES]


def add_persons(found: dict[str, Author], names: str, role: str, publisher: str | None) -> None:
    """Add the persons of one credit to `found`, by their folded names.

    Args:
      found: Persons known so far.
      names: The credit: one name, or several with what parts them.
      role: Of names that state none themselves.
      publisher: No person.
    """
    if is_absent(names):
        return
    # Entities first: the "&" and ";" of one would cut a name in two.
    names = " ".join(_ADDRESS.sub(" ", plain_text(names[:MAX_CREDIT_CHARS])).split())
    if "://" in names or (publisher and names.casefold() == publisher.casefold()):
        return
    for part in _NAME_BREAK.split(names):
        stated = ROLE.match(part)
        name = part[stated.end() :] if stated else part
        name = name.strip(' -–:()[]"“”')
        if publisher:
            name = re.sub(rf"\s[-–]\s{re.escape(publisher)}\Z", "", name, flags=re.IGNORECASE)
        if found and _DEGREE.fullmatch(name):
            continue
        name = name.strip(" .")
        is_publisher = bool(publisher) and name.casefold() == str(publisher).casefold()
        if not name or is_publisher or _NO_PERSON.search(name):
            continue
        if len(name.split()) <= MAX_AUTHOR_WORDS and any(map(str.isalpha, name)):
            said = _ROLES.get(stated[1].lower(), role) if stated else role
            found.setdefault(name.casefold(), Author(name, said))
