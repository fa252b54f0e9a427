"""What a publisher allows a program to read: robots.txt, and what it reserves beside that.

Beside the rules for all and for us (RFC 9309), a publisher may reserve its pages from text and data
mining (TDMRep: a header, a meta tag, /.well-known/tdmrep.json) or from AI: by rules for the
programs that gather texts for it, or by a line in robots.txt that says so. All of these are obeyed
unless a source says that its pages may be had.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.http.client import Answer, Client

AGENT = "warta"
"""What robots.txt may call us."""
AI_AGENTS = (
    *("CCBot", "GPTBot", "Google-Extended", "ClaudeBot", "anthropic-ai", "Applebot-Extended"),
    *("Meta-ExternalAgent", "Bytespider", "cohere-training-data-crawler", "AI2Bot"),
)
"""Programs that gather texts for corpora and models: who shuts out one of them for a page reserves
that page."""
MAX_BYTES = 512_000
"""RFC 9309, 2.5: at least 500 KiB are read."""
MAX_CRAWL_DELAY_S = 30.0
"""A host that wants more is asked as often as this, and for fewer pages a poll cycle."""
_NO_AI = re.compile(
    r"^[ \t]*content-(?:signal|usage)[ \t]*:[^\n]*\b(?:ai-train|train-ai|ai)[ \t]*=[ \t]*(?:no?)\b",
    re.I | re.M,
)
"""Content-Signal (contentsignals.org) and Content-Usage (IETF aipref) lines."""
_META = re.compile(
    rb"<meta\b[^<>]{0,200}?\bname\s*=\s*[\"']?tdm-reservation\b[^<>]{0,200}?"
    rb"\bcontent\s*=\s*[\"']?\s*1\b|"
    rb"<meta\b[^<>]{0,200}?\bcontent\s*=\s*[\"']?\s*1[\"']?\s[^<>]{0,200}?"
    rb"\bname\s*=\s*[\"']?tdm-reservation\b",
    re.I,
)
_META_WITHIN = 65_536
_EVERYTHING = "User-agent: *\nDisallow: /"


@dataclass(frozen=True, slots=True)
class Rules:
    """What one site allows."""

    robots: Protego
    text: str = ""
    tdm: Protego | None = None
    reachable: bool = True
    """False: its robots.txt could not be had, which forbids everything for now."""

    def refusal(self, url: str, *, obey_reservations: bool) -> str | None:
        """Return why a page may not be fetched; None where it may."""
        if not self.reachable:
            return "its robots.txt cannot be fetched"
        if not self.robots.can_fetch(url, AGENT):
            return "robots.txt disallows it"
        if not obey_reservations:
            return None
        for agent in AI_AGENTS:
            if not self.robots.can_fetch(url, agent):
                return f"robots.txt reserves it from AI ({agent})"
        if _NO_AI.search(self.text):
            return "robots.txt reserves the site from AI"
        if self.tdm is not None and not self.tdm.can_fetch(url, AGENT):
            return "reserved from text and data mining (tdmrep.json)"
        return None

    @property
    def crawl_delay_s(self) -> float:
        """Pause between two pages that the site asks for; 0: none."""
        stated = self.robots.crawl_delay(AGENT)
        return min(float(stated), MAX_CRAWL_DELAY_S) if stated and stated > 0 else 0.0


class Robots:
    """The rules of sites, each asked for once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._asked: dict[tuple[str, bool, bool], asyncio.Task[Rules]] = {}

    async def rules(self, url: str, *, allow_private: bool, obey_reservations: bool) -> Rules:
        """Return the rules of the site that a page is on; each site is asked once.

        Args:
          url: Of the page.
          allow_private: The site's address need not be of the public internet.
          obey_reservations: What is reserved from text mining or AI is refused too.
        """
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        key = (site, allow_private, obey_reservations)
        if key not in self._asked:
            self._asked[key] = asyncio.create_task(
                self._ask(site, allow_private, obey_reservations)
            )
        return await asyncio.shield(self._asked[key])

    async def _ask(self, site: str, allow_private: bool, obey_reservations: bool) -> Rules:
        answer = await self._get(f"{site}/robots.txt", allow_private)
        if answer is None or answer.status >= 500 or answer.status == 429:
            return Rules(Protego.parse(_EVERYTHING), reachable=False)
        # RFC 9309, 2.3.1.3: what is not there forbids nothing.
        text = answer.body.decode("utf-8", "replace") if answer.status < 300 else ""
        rules = Rules(Protego.parse(text), text)
        if host := urlsplit(site).hostname:
            self._client.hosts.slow_down(host, rules.crawl_delay_s)
        if not obey_reservations:
            return rules
        reserved = await self._get(f"{site}/.well-known/tdmrep.json", allow_private)
        tdm = parse_tdmrep(reserved.body) if reserved and reserved.status == 200 else None
        return Rules(rules.robots, text, Protego.parse(tdm) if tdm else None)

    async def _get(self, url: str, allow_private: bool) -> Answer | None:
        try:
            return await self._client.get(
                url, accept="text/plain, */*;q=0.5", allow_private=allow_private,
                max_bytes=MAX_BYTES,
            )  # fmt: skip
        except RejectedRecord:
            return None


def parse_tdmrep(data: bytes) -> str | None:
    """Return the reservations of a tdmrep.json (W3C TDMRep, 6.1) as a robots.txt.

    None where it reserves nothing, or is something else.
    """
    # Here because few sites have one.
    import orjson

    try:
        rules = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    lines = [
        f"{'Disallow' if rule.get('tdm-reservation') in (1, '1') else 'Allow'}: {rule['location']}"
        for rule in (rules if isinstance(rules, list) else [])
        if isinstance(rule, dict) and _is_path(rule.get("location"))
    ]
    if not any(line.startswith("Disallow") for line in lines):
        return None
    return "\n".join(["User-agent: *", *lines])


def _is_path(location: object) -> bool:
    return isinstance(location, str) and location.startswith("/") and location.isprintable()


def is_reserved(headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether an answer reserves itself from text and data mining (TDMRep, 6.2, 6.3)."""
    if headers.get("tdm-reservation", "").strip() == "1":
        return True
    return _META.search(body[:_META_WITHIN]) is not None
