"""Which addresses a request may reach: those of the public internet, unless a source allows more.

Names are looked up here, their addresses are checked, and the connection is made to the very
address that was checked: a name may resolve to another between a check and a connection.
"""

import errno
import ipaddress
import socket
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from warta.transforms.core.redaction import displayable
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.streams import is_web

AddressInfo = tuple[
    int | socket.AddressFamily,
    int | socket.SocketKind,
    int,
    str,
    tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes],
]
"""An entry of socket.getaddrinfo."""


class RefusedByRule(RejectedRecord):
    """Refused by a rule of warta's, which a config may change: no failure of the server."""


def is_public(address: str) -> bool:
    """Return whether an IP address, also one wrapped in IPv6, is of the public internet.

    Example:
      >>> is_public("::ffff:10.0.0.1")
      False
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or _nat64(ip)
        if inner is not None:
            return is_public(str(inner))
        if ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address in RFC 6052's well-known prefix."""
    if ip in ipaddress.IPv6Network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def check_url(url: str, *, allow_private: bool) -> str:
    """Return the host of a URL that may be asked for, in lower case.

    Raises:
      RejectedRecord: "fetch_refused" for what is not an http or https URL, or names an address
        that is not of the public internet.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        sound = is_web(url) and host and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise RejectedRecord("fetch_refused", f"not an http or https URL: {displayable(url)[:200]}")
    # aiohttp asks no resolver for what is an address already.
    if not allow_private and _is_address(host) and not is_public(host):
        raise refuse_address(host)
    return host


def refuse_address(address: str) -> RejectedRecord:
    """Return the rejection of an address that is not of the public internet."""
    detail = (
        f"{address} is not an address of the public internet; "
        "allow_private = true in its [[source]] allows it"
    )
    return RefusedByRule("fetch_refused", detail)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class RefusedAddressError(OSError):
    """An address that is not of the public internet."""


@dataclass(slots=True)
class PublicResolver(AbstractResolver):
    """Looks names up, and keeps their public addresses alone."""

    _inner: AbstractResolver = field(default_factory=aiohttp.ThreadedResolver)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the public addresses of a host.

        Args:
          host: Its name.
          port: Is part of each address.
          family: IPv4, IPv6 or both.

        Returns:
          Its addresses that are of the public internet; none where it has none at all.

        Raises:
          RefusedAddressError: It has other addresses alone.
        """
        found = await self._inner.resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if found and not public:
            raise RefusedAddressError(errno.EACCES, found[0]["host"])
        return public

    async def close(self) -> None:
        """Close the resolver."""
        await self._inner.close()


def open_public_socket(address: AddressInfo) -> socket.socket:
    """Return a socket for an address that may be reached.

    The last gate: aiohttp asks it for every connection, with the address that it goes to.

    Raises:
      RefusedAddressError: The address is not of the public internet.
    """
    family, kind, protocol, _, place = address
    if not is_public(str(place[0])):
        raise RefusedAddressError(errno.EACCES, str(place[0]))
    return socket.socket(family, kind, protocol)
