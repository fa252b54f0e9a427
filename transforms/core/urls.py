"""URLs to their canonical form: the same article, the same URL, however a reader came."""

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

RULES_FILE = Path(__file__).parent.parent / "data" / "urls.toml"

MAX_URL_CHARS = 4096
"""Longer ones are not addresses of articles: servers refuse them at 8,000 bytes or before."""

_HOST = re.compile(
    r"(?=.{1,253}\Z)[^\s.\[\]<>\"'%\\@/?#:,;!$&()*+=^`{|}~]+(?:\.[^\s.\[\]<>\"'%\\@/?#:,;!$&()*+=^`{|}~]+)*\.?"
)
_SPACES = re.compile(r"[\x00-\x20\x7f\xa0\u200b\ufeff]+")
_AMP_SEGMENT = re.compile(r"\A(?:/amp)+(?=/.)|(?:/amp)+/?\Z|\.amp\Z", re.IGNORECASE)
_CANONICAL = re.compile(
    r"https://(?!.*/\.)(?=[^/]{1,253}/)(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    r"(?:\.(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*/[a-zA-Z0-9/._~-]*"
)
"""An address that needs no quoting and no sorting, as most articles have: w3lib takes .15 ms."""
_SLASHES = re.compile(r"//+")


@cache
def _rules() -> tuple[re.Pattern[str], frozenset[str], frozenset[str], re.Pattern[str]]:
    """Rules of urls.toml: tracking names, variant names, variant values, labels of hosts."""
    with RULES_FILE.open("rb") as file:
        rules = tomllib.load(file)
    variants = rules.pop("variants")
    labels = "|".join(map(re.escape, rules.pop("hosts")["labels"]))
    names = [name for group in rules.values() for name in group["parameters"]]
    tracking = "|".join(re.escape(name).replace(r"\*", ".*") for name in names)
    return (
        re.compile(tracking, re.IGNORECASE),
        frozenset(variants["parameters"]),
        frozenset(variants["values"]),
        # A host keeps two labels at least: m.example is a site of its own.
        re.compile(rf"(?:(?:{labels})\.)+(?=[^.]+\.[^.]+)"),
    )


# A record's address is read, cleaned and dated; a page names its own half a dozen times.
@lru_cache(maxsize=256)
def canonical_url(url: str, base: str | None = None) -> str | None:
    """Return the one form in the lake of a URL as found, absolute or relative to `base`.

    https, host in lower case without user, default port or telephone's label; path without AMP
    and trailing slash; query sorted, without tracking; no fragment. None for what is not an address
    of a page on the web. Never raises.
    """
    if len(url) > MAX_URL_CHARS:
        return None
    try:
        return _canonical(url, base)
    except ValueError:  # ports, brackets and code points that urllib refuses
        return None


@lru_cache(maxsize=256)
def domain(url: str) -> str | None:
    """Return a URL's host in lower case, without port and www; None where it has no host."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or not _HOST.fullmatch(host):
        return None
    return host.rstrip(".").removeprefix("www.")


def _canonical(url: str, base: str | None) -> str | None:
    url = _SPACES.sub("" if " " not in url.strip() else "%20", url.strip(" \t\r\n\f\v\0"))
    head, mark, tail = url.partition("?")
    url = head.replace("\\", "/") + mark + tail  # as browsers read it
    if url.startswith("//") and not base:
        url = f"https:{url}"
    parts = urlsplit(urljoin(base, url) if base else url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        return None
    tracking, names, values, labels = _rules()
    default = {"http": 80, "https": 443}[parts.scheme]
    port = f":{parts.port}" if parts.port not in (None, default) else ""
    path = _AMP_SEGMENT.sub("", _SLASHES.sub("/", parts.path))
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not tracking.fullmatch(name) and not (name.lower() in names and value.lower() in values)
    ]
    plain = f"https://{labels.sub('', host, count=1) if labels.match(host) else host}{port}"
    plain += (path.rstrip("/") or "/") + (f"?{urlencode(query)}" if query else "")
    if _CANONICAL.fullmatch(plain):
        return plain
    # .1 s to import; plain text without URLs never comes here.
    from w3lib.url import canonicalize_url

    canonical = str(canonicalize_url(plain))
    # Names in other scripts were turned to ASCII meanwhile, some of them to no name at all.
    return canonical if _HOST.fullmatch(urlsplit(canonical).hostname or "") else None
