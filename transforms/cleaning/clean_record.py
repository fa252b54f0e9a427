"""One record as its source gives it, cleaned: what Beam and `warta try` call alike."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from warta.transforms.cleaning.merge_feed_and_page import merge_feed_and_page
from warta.transforms.cleaning.watchdog import clean_bounded
from warta.transforms.core.options import DEFAULT_CLEANING, CleaningOptions, InputLimits
from warta.transforms.core.records import Article, Reject, SourceItem, page_alone
from warta.transforms.core.run_or_reject import run_or_reject

ContextOf = Callable[[SourceItem, InputLimits], str]
"""Describes how a record was read, for a reject that is to be read again."""


def clean_record(
    item: SourceItem,
    limits: InputLimits,
    now: datetime,
    options: CleaningOptions = DEFAULT_CLEANING,
    *,
    strict: bool = False,
    context_of: ContextOf | None = None,
) -> Article | Reject:
    """Return the article of a record, or the reject that takes its place.

    Of a feed's entry with its page both are cleaned and merged; the feed's own text is taken where
    the page gives none.

    Args:
      item: a record, with the page of its entry or without.
      limits: bounds of size and depth.
      now: later dates are not believed.
      options: how it is cleaned, in which time, and what is too short.
      strict: raise a defect of the program in place of a reject.
      context_of: describes a record for its reject; left out where rejects are only shown.
    """
    clean_one = partial(
        _clean_one,
        limits=limits,
        strict=strict,
        context_of=context_of,
        clean=partial(clean_bounded, limits=limits, now=now, options=options),
    )
    if item.page is None:
        return clean_one(item)
    page = clean_one(page_alone(item))
    feed = clean_one(replace(item, page=None))
    if isinstance(feed, Reject):
        return page
    return feed if isinstance(page, Reject) else merge_feed_and_page(page, feed)


def _clean_one(
    item: SourceItem,
    *,
    clean: Callable[[SourceItem], Article],
    limits: InputLimits,
    strict: bool,
    context_of: ContextOf | None,
) -> Article | Reject:
    outcome = run_or_reject(
        clean,
        item,
        stage="clean",
        location=(item.source_uri, item.source_record_id),
        raw=item.raw,
        limits=limits,
        strict=strict,
    )
    if not isinstance(outcome, Reject):
        return outcome
    context = context_of(item, limits) if context_of is not None else outcome.context
    return replace(outcome, context=context, replay_of=item.replay_of)
