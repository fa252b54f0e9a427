"""An HTTP client: bounded in size, time, redirects and headers; one request at a time to a host.

No address is reached that is not of the public internet, unless a source allows it (see
addresses.py). So with every redirect, which is a request of its own.
"""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import Self
from urllib.parse import urljoin, urlsplit, urlunsplit

import aiohttp

from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.core.storage import one_line, public_uri
from warta.transforms.sources.compression.codec_names import ACCEPTED, CODINGS, codec_by_magic
from warta.transforms.sources.compression.unpack import is_plain, unpack_body, unpack_file
from warta.transforms.sources.http.addresses import (
    PublicResolver,
    RefusedAddressError,
    check_url,
    open_public_socket,
    refuse_address,
)

MAX_REDIRECTS = 5
MAX_HEADERS = 100
MAX_HEADER_BYTES = 8_190
"""Apache's limits: LimitRequestFields, LimitRequestFieldSize."""
_CHUNK_BYTES = 65_536
_PERMANENT = (301, 308)
_REDIRECTS = (*_PERMANENT, 302, 303, 307)
SOCKET_TIMEOUT_S = 60.0
"""Longest silence of a name server or of a handshake; the total time limit is far below."""
_TEXT_STARTS = (b"<", b"{", b"[")


@cache
def user_agent(contact: str | None = None) -> str:
    """Return what requests call themselves, with whom publishers may write to."""
    return f"warta/{version('warta')} (news archive{f'; +{contact}' if contact else ''})"


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """How requests are made."""

    user_agent: str
    """With a contact: who asks, and where to complain."""
    host_delay_s: float = 1.0
    """Between the end of one request to a host and the next."""
    connections: int = 32
    """Requests under way at once, to all hosts together."""
    timeout_s: float = 30.0
    """For one answer with its redirects, waiting for the host's turn left out."""
    max_bytes: int = 10_000_000
    """Of a body, as sent and unpacked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer, of whatever status."""

    url: str
    """After all redirects, without user name and password."""
    status: int
    headers: Mapping[str, str]
    """By name in lower case; of a repeated one the last."""
    body: bytes
    """Unpacked."""
    fetched_at: datetime
    """Aware, UTC."""
    moved_to: str | None = None
    """Where redirects that are for good (301, 308) lead, as far as no other comes between."""

    @property
    def charset(self) -> str | None:
        """Return the charset that Content-Type states, in lower case."""
        stated = re.search(
            r"charset\s*=\s*[\"']?([^\s\"';]+)", self.headers.get("content-type", "")
        )
        return stated[1].lower() if stated else None

    @property
    def media_type(self) -> str:
        """Return Content-Type without parameters, in lower case; "" where none is stated."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class HostRateLimiter:
    """Lets one request at a time through to a host, with a pause after each.

    Args:
      delay_s: The pause.
      clock: Returns seconds.
      sleep: Waits for seconds.
    """

    def __init__(
        self,
        delay_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._delay_s = delay_s
        self._clock, self._sleep = clock, sleep
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._free_at: dict[str, float] = {}
        self._own_delays: dict[str, float] = {}

    def slow_down(self, host: str, delay_s: float) -> None:
        """Keep a host's own wish for a longer pause."""
        self._own_delays[host] = max(delay_s, self._own_delays.get(host, 0.0))

    async def pause(self, host: str) -> None:
        """Wait out the pause after the host's last answer."""
        wait_s = self._free_at.get(host, 0.0) - self._clock()
        if wait_s > 0:
            await self._sleep(wait_s)

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait until the host may be asked; the next waits until the block and the pause end."""
        async with self._locks[host]:
            await self.pause(host)
            try:
                yield
            finally:
                pause_s = max(self._delay_s, self._own_delays.get(host, 0.0))
                self._free_at[host] = self._clock() + pause_s


class Client:
    """Asks servers, many at a time. For use as `async with`."""

    def __init__(self, policy: RequestPolicy) -> None:
        self.policy = policy
        self.hosts = HostRateLimiter(policy.host_delay_s)
        self._slots = asyncio.Semaphore(policy.connections)
        self._open = AsyncExitStack()
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        for allow_private in (False, True):
            self._sessions[allow_private] = await self._open.enter_async_context(
                self._session(allow_private)
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def _session(self, allow_private: bool) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self.policy.connections,
            limit_per_host=1,
            resolver=None if allow_private else PublicResolver(),
            socket_factory=None if allow_private else open_public_socket,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=SOCKET_TIMEOUT_S),
            headers={"User-Agent": self.policy.user_agent, "Accept-Encoding": ACCEPTED},
            auto_decompress=False,
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            max_headers=MAX_HEADERS,
        )

    async def get(
        self,
        url: str,
        *,
        accept: str,
        allow_private: bool = False,
        headers: Mapping[str, str] | None = None,
        wanted: Callable[[str], bool] | None = None,
        max_bytes: int | None = None,
    ) -> Answer:
        """Return the server's answer, also when that is an error page.

        Args:
          url: An http or https URL; user name and password in it go to its own host alone.
          accept: The header.
          allow_private: Allow addresses that are not of the public internet.
          headers: More of them.
          wanted: Which media types are read; of others the answer is refused unread.
          max_bytes: A smaller limit than that of all answers.

        Raises:
          RejectedRecord: "fetch_refused" for an address, scheme, redirect or media type that is not
            allowed, "too_large", "timeout", "http_error" where no answer came or it was not HTTP,
            and what `unpack_answer` raises.
        """
        limit = min(max_bytes or self.policy.max_bytes, self.policy.max_bytes)
        left_s = self.policy.timeout_s
        moved_to: str | None = None
        for_good = True
        for _ in range(MAX_REDIRECTS + 1):
            host = check_url(url, allow_private=allow_private)
            async with self.hosts.turn(host), self._slots:
                started = time.monotonic()
                answer = await self._ask(
                    url, left_s, allow_private, {**(headers or {}), "Accept": accept}, wanted, limit
                )
                left_s = max(0.1, left_s - (time.monotonic() - started))
            target = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not target:
                return Answer(
                    answer.url, answer.status, answer.headers, answer.body, answer.fetched_at,
                    moved_to,
                )  # fmt: skip
            url = _follow(url, target)
            for_good = for_good and answer.status in _PERMANENT
            moved_to = url if for_good else moved_to
        raise RejectedRecord("fetch_refused", f"more than {MAX_REDIRECTS} redirects")

    async def _ask(
        self,
        url: str,
        timeout_s: float,
        allow_private: bool,
        headers: Mapping[str, str],
        wanted: Callable[[str], bool] | None,
        limit: int,
    ) -> Answer:
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._sessions[allow_private].get(
                    url, headers=headers, allow_redirects=False
                ) as got,
            ):
                received = {name.lower(): value for name, value in got.headers.items()}
                answer = Answer(public_uri(url), got.status, received, b"", datetime.now(UTC))
                if got.status in _REDIRECTS and "location" in received:
                    return answer
                if wanted and 200 <= got.status < 300 and not wanted(answer.media_type):
                    detail = f"a {answer.media_type[:60]} is not read"
                    raise RejectedRecord("fetch_refused", detail)
                body = await _read(got, limit)
        except TimeoutError as error:
            detail = f"no full answer within {self.policy.timeout_s:g} s"
            raise RejectedRecord("timeout", detail) from error
        except aiohttp.ClientResponseError as error:
            # Its own text would hold the URL.
            raise RejectedRecord("http_error", f"not HTTP: {error.message[:200]!r}") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # ValueError: what yarl and the idna codec raise for a host in a redirect.
            raise _rejection(error) from error
        body = unpack_answer(body, received.get("content-encoding", ""), limit)
        return Answer(public_uri(url), got.status, received, body, datetime.now(UTC))


def unpack_answer(body: bytes, codings: str, max_bytes: int) -> bytes:
    """Return a body as it was meant, whatever its server says of it.

    Args:
      body: As sent.
      codings: Content-Encoding; "" where it is not stated. A text that claims to be packed is left
        as it is, a packed file that says nothing of it is unpacked.
      max_bytes: Of what comes out.

    Raises:
      RejectedRecord: "too_large", "truncated" or "bad_compression".

    Example:
      >>> unpack_answer(b"<rss/>", "gzip", 1_000)
      b'<rss/>'
    """
    is_text = body.lstrip().startswith(_TEXT_STARTS) and is_plain(body)
    names = {name.strip().lower() for name in codings.split(",")}
    # "utf-8" or "none" are not codings: the body's first bytes say more.
    says_nothing = not names & CODINGS.keys() and codec_by_magic(body) is not None
    if not is_text and not says_nothing:
        body = unpack_body(body, codings, max_bytes)
    return unpack_file(body, max_bytes)


async def _read(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > limit:
            raise RejectedRecord("too_large", f"an answer of more than {limit} bytes")
    return bytes(body)


def _follow(url: str, target: str) -> str:
    """Return where a redirect leads. A password goes along on the same host alone."""
    try:
        here, there = urlsplit(url), urlsplit(public_uri(urljoin(url, target)))
        if there.hostname == here.hostname and there.port == here.port and "@" in here.netloc:
            there = there._replace(netloc=here.netloc)
        return urlunsplit(there._replace(fragment=""))
    except ValueError as error:
        raise RejectedRecord("fetch_refused", "a redirect to what is not a URL") from error


def with_password_of(url: str, source: str) -> str:
    """Return a URL with the user name and password of `source`, if it is on the same host."""
    return _follow(source, url)


def _rejection(error: Exception) -> RejectedRecord:
    cause = getattr(error, "os_error", None) or error
    if isinstance(cause, RefusedAddressError):
        return refuse_address(str(cause.strerror))
    if isinstance(error, aiohttp.NonHttpUrlClientError | aiohttp.InvalidURL):
        return RejectedRecord("fetch_refused", "not a URL that can be asked for")
    if isinstance(error, aiohttp.ClientConnectorError):
        # Its own text speaks of aiohttp's settings.
        detail = f"cannot connect to {error.host}:{error.port}: {one_line(error.os_error)}"
        return RejectedRecord("http_error", detail)
    return RejectedRecord("http_error", one_line(error))
