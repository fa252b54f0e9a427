"""One request over HTTP, for a reader that waits for it."""

from typing import TYPE_CHECKING

from warta.transforms.core.file_descriptors import FOR_POLLING, check_descriptors
from warta.transforms.core.options import InputLimits

if TYPE_CHECKING:
    from warta.transforms.sources.http.client import Answer

TIMEOUT_S = 30.0
"""For one request with its redirects."""
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.8, */*;q=0.5"
)


def fetch(
    url: str, *, limits: InputLimits, timeout_s: float = TIMEOUT_S, allow_private: bool = False
) -> "Answer":
    """Return the server's answer, also when that is an error page.

    Args:
      url: An http or https URL; user name and password in it go to that server alone.
      limits: The body, unpacked, is at most `max_record_bytes`.
      timeout_s: For all of it, redirects and a dripping body included.
      allow_private: Allow addresses that are not of the public internet.

    Raises:
      RejectedRecord: As `http.client.Client.get`.
    """
    # Here because they take 0.2 s to import, and files do without.
    import asyncio

    from warta.transforms.sources.http.client import Client, RequestPolicy, user_agent

    policy = RequestPolicy(
        user_agent(),
        # One page, whose redirects need no pause.
        host_delay_s=0.0,
        connections=1,
        timeout_s=timeout_s,
        max_bytes=limits.max_record_bytes,
    )

    async def ask() -> "Answer":
        async with Client(policy) as client:
            return await client.get(url, accept=_ACCEPT, allow_private=allow_private)

    check_descriptors(FOR_POLLING, "a request")
    return asyncio.run(ask())
