"""One HTTP request, for an answer of bounded size in bounded time, and to no private address."""

import asyncio
import errno
import ipaddress
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from transforms.core.records import Limits, RejectedRecord
from transforms.core.storage import one_line, public_uri
from transforms.sources.streams import is_web

if TYPE_CHECKING:
    import aiohttp

USER_AGENT = "warta/0.1 (news archive and feed reader)"

TIMEOUT_S = 30.0
"""For one request with its redirects."""

MAX_REDIRECTS = 5

MAX_HEADERS = 100
MAX_HEADER_BYTES = 8_190
"""Apache's limits: LimitRequestFields, LimitRequestFieldSize."""

_PIECE_BYTES = 65_536

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.8, */*;q=0.5"
)

AddressInfo = tuple[
    int | socket.AddressFamily,
    int | socket.SocketKind,
    int,
    str,
    tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes],
]
"""An entry of socket.getaddrinfo."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A server's answer, of whatever status."""

    url: str
    """Behind all redirects, without user name and password."""
    status: int
    headers: Mapping[str, str]
    """By name in lower case; of a repeated one the last."""
    body: bytes
    """Unpacked."""
    fetched_at: datetime
    """Aware, UTC."""

    @property
    def charset(self) -> str | None:
        """Charset that Content-Type states."""
        stated = re.search(
            r"charset\s*=\s*[\"']?([^\s\"';]+)", self.headers.get("content-type", "")
        )
        return stated[1].lower() if stated else None


def fetch(
    url: str,
    *,
    limits: Limits,
    timeout_s: float = TIMEOUT_S,
    allow_private: bool = False,
    user_agent: str = USER_AGENT,
) -> Fetched:
    """URL -> the server's answer, also when that is an error page.

    Args:
      url: http or https; user name and password in it go to that server alone.
      limits: the body, unpacked, is at most `max_record_bytes`.
      timeout_s: for all of it, redirects and a dripping body included.
      allow_private: allow addresses that are not of the public internet.
      user_agent: what the request calls itself.

    Raises:
      RejectedRecord: "fetch_refused" for an address, scheme or redirect that is not allowed,
        "too_large", "timeout", "http_error" where no answer came or it was not HTTP.
    """
    if not is_web(url) or not _has_host(url):
        raise RejectedRecord("fetch_refused", f"not an http or https URL: {public_uri(url)[:200]}")
    return asyncio.run(_fetch(url, limits, timeout_s, _AddressGuard(allow_private), user_agent))


async def _fetch(
    url: str, limits: Limits, timeout_s: float, guard: "_AddressGuard", user_agent: str
) -> Fetched:
    # Here because it takes 0.2 s to import, and files do without.
    import aiohttp

    connector = aiohttp.TCPConnector(socket_factory=guard.open_socket, limit=4)
    try:
        async with (
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=timeout_s, sock_read=timeout_s),
                headers={"User-Agent": user_agent, "Accept": _ACCEPT},
                max_line_size=MAX_HEADER_BYTES,
                max_field_size=MAX_HEADER_BYTES,
                max_headers=MAX_HEADERS,
            ) as session,
            # aiohttp gives up at this number, not behind it.
            session.get(url, max_redirects=MAX_REDIRECTS + 1) as answer,
        ):
            body = await _read_body(answer, limits.max_record_bytes)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            final_url = public_uri(str(answer.url))
            return Fetched(final_url, answer.status, headers, body, datetime.now(UTC))
    except TimeoutError as error:
        raise RejectedRecord("timeout", f"no full answer within {timeout_s:g} s") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        # ValueError: what yarl and the idna codec raise for a host in a redirect.
        _raise_verdict(error, guard)


async def _read_body(answer: "aiohttp.ClientResponse", max_bytes: int) -> bytes:
    body = bytearray()
    async for piece in answer.content.iter_chunked(_PIECE_BYTES):
        body += piece
        if len(body) > max_bytes:
            raise RejectedRecord("too_large", f"an answer of more than {max_bytes} bytes")
    return bytes(body)


def _raise_verdict(error: Exception, guard: "_AddressGuard") -> NoReturn:
    import aiohttp

    if guard.refused:
        detail = f"{guard.refused[0]} is not an address of the public internet"
        raise RejectedRecord("fetch_refused", detail) from error
    if isinstance(error, aiohttp.TooManyRedirects):
        raise RejectedRecord("fetch_refused", f"more than {MAX_REDIRECTS} redirects") from error
    if isinstance(error, aiohttp.NonHttpUrlClientError | aiohttp.InvalidURL):
        raise RejectedRecord("fetch_refused", "a redirect to what is no http URL") from error
    if isinstance(error, aiohttp.ClientResponseError):
        # Its own text would hold the URL.
        raise RejectedRecord("http_error", f"not HTTP: {error.message[:200]!r}") from error
    raise RejectedRecord("http_error", one_line(error)) from error


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


@dataclass(slots=True)
class _AddressGuard:
    """Opens sockets, to public addresses only: asked for every connection with its real address.

    A check of the host name would not do: a name can resolve anew between check and connection.
    """

    allow_private: bool
    refused: list[str] = field(default_factory=list)

    def open_socket(self, address: AddressInfo) -> socket.socket:
        """A socket for an address that may be reached; PermissionError for any other."""
        family, kind, protocol, _, place = address
        if not self.allow_private and not is_public(str(place[0])):
            self.refused.append(str(place[0]))
            raise PermissionError(errno.EACCES, "address refused")
        return socket.socket(family, kind, protocol)


def is_public(address: str) -> bool:
    """Whether an IP address, also one wrapped in IPv6, is of the public internet."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or _nat64(ip)
        if inner is not None:
            return is_public(str(inner))
        if ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """IPv4 address behind RFC 6052's well-known prefix."""
    if ip in ipaddress.IPv6Network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None
