"""Subscriptions of Google Cloud Pub/Sub, by their names: pubsub://project/subscription."""

import re

from warta.transforms.sources.queues.queue import Queue

_LOCATION = re.compile(r"pubsub://([a-z][a-z0-9-]{4,28}[a-z0-9])/([A-Za-z][\w.~+%-]{2,254})")
"""As Google allows them; projects of a domain (example.com:name) are given no place here."""


def check_subscription(location: str) -> str | None:
    """Return what is wrong with the location of a subscription; None: nothing."""
    if _LOCATION.fullmatch(location) is None:
        return f"{location} is not pubsub://project/subscription"
    return None


def path_of(location: str) -> str:
    """Return the name of a subscription in Google's interfaces.

    Raises:
      ValueError: The location is not a subscription.
    """
    found = _LOCATION.fullmatch(location)
    if found is None:
        raise ValueError(location)
    return f"projects/{found[1]}/subscriptions/{found[2]}"


PUBSUB = Queue(name="pubsub", label="subscriptions of Pub/Sub", check=check_subscription)
