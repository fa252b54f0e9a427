"""One poll cycle: feeds that are due are polled, and what is new is committed.

What was polled waits in the run's staging, the graph reads it from there, and the feeds' state is
committed with the articles. Ended at any moment, a cycle leaves both as they were.
"""

import asyncio
import functools
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from warta.pipeline.beam_options import hushed
from warta.pipeline.console.log import log
from warta.pipeline.options import WatchOptions
from warta.transforms.core.counts import Counts, ReadCount
from warta.transforms.core.errors import LakeError, RunError
from warta.transforms.core.file_descriptors import FOR_POLLING, check_descriptors
from warta.transforms.core.records import Source
from warta.transforms.core.redaction import displayable
from warta.transforms.core.storage import public_uri
from warta.transforms.core.urls import canonical_url
from warta.transforms.lake.commit import read_commit
from warta.transforms.lake.feed_state import read_feeds, stage_feeds
from warta.transforms.lake.layout import STAGING, Run, staging_path
from warta.transforms.lake.opening import clearing, mend
from warta.transforms.lake.publish_run import commit_run
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.tally import passed_over_details
from warta.transforms.lake.versions import versions
from warta.transforms.polling.poll_feed import due as due_feeds
from warta.transforms.polling.poll_feed import next_due_at
from warta.transforms.polling.poller import Outcome, PollConfig, poll_all
from warta.transforms.polling.schedule import PollSchedule
from warta.transforms.polling.state import FeedState, forget_future, from_row, to_row
from warta.transforms.read_polled import FeedsRead, ReadPolled, Spool

_ASKED = "asked.json"
"""In staging: which feeds the cycle under way asks."""


@dataclass(frozen=True, slots=True)
class PollCycle:
    """A committed cycle."""

    commit_id: str
    results: Counter[str]
    """Feeds by what came of their polls."""
    pages: Counter[str]
    counts: Counts
    seconds: float
    is_full: bool = False
    """More was due than a cycle holds, or its time was over: the next begins at once."""

    def fields(self) -> dict[str, Any]:
        """Return it as fields of an event of the log."""
        return {
            "commit_id": self.commit_id,
            "seconds": round(self.seconds, 3),
            "feeds": dict(self.results),
            "pages": dict(self.pages),
            **asdict(self.counts),
        }


Graph = Callable[[Lake, Run, Spool, dict[str, Any], FeedsRead], None]
"""(lake, run, spool, details of the commit, what polling adds): runs the graph over what was
polled, to its commit."""


def run_cycle(
    options: WatchOptions,
    lake: Lake,
    writer: str,
    graph: Graph,
    stop: Callable[[], bool] = lambda: False,
    *,
    at_once: bool = False,
) -> PollCycle | None:
    """Poll the feeds that are due and commit what they brought.

    What happens is reported through `warta.pipeline.console.log`.

    Args:
      options: Which feeds, and how.
      lake: Held by `writer`.
      writer: For the commit (see lake/locking.py).
      graph: Runs the graph.
      stop: True ends the polling early; what has come is committed.
      at_once: Poll every feed, also those that are not due.

    Returns:
      None where no feed is due and nothing is to be remembered.

    Raises:
      LakeError, RunError: The lake is as before.
    """
    started_s = time.monotonic()
    asked = _asked_in_vain(lake)
    mend(lake, options.settings.catalog)
    now = options.clock()
    states = {row["feed_url"]: forget_future(from_row(row), now) for row in read_feeds(lake)}
    rested = _rested(states, asked, options.schedule)
    states |= rested
    sources = options.settings.sources
    due = due_feeds(sources, states, now, at_once=at_once)
    next_at = next_due_at(sources, states, now)
    log.info("cycle_started", due=len(due), feeds=len(sources), next_due_at=next_at)
    if not due and not rested:
        return None
    run = Run(uuid.uuid4().hex[:20], _run_id(options), options.clock(), writer)
    _note_asked(lake, run, [state.feed_url for _, state in due])
    with Spool(lake, run) as spool:
        outcomes = _poll(options, due, list(states.values()), spool, stop)
    if not outcomes and not rested:
        lake.remove(staging_path(run.commit_id))
        return None
    states |= {outcome.state.feed_url: outcome.state for outcome in outcomes}
    counts = _commit(lake, run, spool, outcomes, states, graph)
    is_full = len(outcomes) < len(due) and not stop()
    cycle = _cycle_of(run, outcomes, counts, time.monotonic() - started_s, is_full=is_full)
    _report_cycle(cycle, sources, states)
    return cycle


def _cycle_of(
    run: Run, outcomes: Sequence[Outcome], counts: Counts, seconds: float, *, is_full: bool
) -> PollCycle:
    """Return what a cycle did, from what each of its polls brought."""
    return PollCycle(
        run.commit_id,
        Counter(outcome.result for outcome in outcomes),
        sum((outcome.pages for outcome in outcomes), Counter()),
        counts,
        seconds,
        is_full=is_full,
    )


def _report_cycle(
    cycle: PollCycle, sources: Sequence[Source], states: Mapping[str, FeedState]
) -> None:
    """Log what a cycle did, and for metrics the state of every feed that is configured."""
    log.info("cycle_committed", **cycle.fields())
    configured = [public_uri(source.location) for source in sources]
    log.debug("feed_states", states=[states[url] for url in configured if url in states])


def _report_poll(outcome: Outcome) -> None:
    """Log what a feed brought, or why it failed; a failure that is new is a warning."""
    state = outcome.state
    fields: dict[str, Any] = {
        "feed": displayable(state.name or state.feed_url),
        "url": displayable(state.feed_url),
        "result": outcome.result,
        "status": state.http_status,
        "new_entries": outcome.new,
        "pages": dict(outcome.pages),
        "seconds": round(outcome.seconds, 3),
        "next_poll_at": state.next_poll_at,
    }
    if outcome.result in ("failed", "refused"):
        fields |= {"error": state.error, "streak": state.error_streak}
        fields |= {"is_stopped": state.stopped_at is not None}
    (log.warning if outcome.is_first_failure else log.info)("feed_polled", **fields)


def _note_asked(lake: Lake, run: Run, urls: Sequence[str]) -> None:
    """Leave word of who is being asked, for the start after an end without a commit."""
    document = {"began_at": run.started_at.isoformat(), "urls": list(urls)}
    with lake.writing():
        lake.make_folder(staging_path(run.commit_id))
        lake.write_json(staging_path(run.commit_id, _ASKED), document, durable=False)


def _asked_in_vain(lake: Lake) -> dict[str, datetime]:
    """Return the feeds that a cycle was asking when it was killed, and when it began."""
    asked: dict[str, datetime] = {}
    for commit_id in lake.folders(STAGING):
        try:
            stored = lake.read_json(staging_path(commit_id, _ASKED))
            began_at = datetime.fromisoformat(stored["began_at"])
            asked |= dict.fromkeys(map(str, stored["urls"]), began_at)
        except (FileNotFoundError, LakeError, KeyError, TypeError, ValueError):
            # Another command's staging, or one that was killed before it could say.
            continue
    return asked


def _rested(
    states: Mapping[str, FeedState], asked: Mapping[str, datetime], schedule: PollSchedule
) -> dict[str, FeedState]:
    """Return the states of feeds that were polled in vain, with the least wait from then on."""
    rested = {}
    for url, began_at in asked.items():
        state = states.get(url) or FeedState(url)
        wait_s = max(schedule.min_interval_s, state.wish_s or 0.0)
        free_at = began_at + timedelta(seconds=wait_s)
        # Its commit may have been finished just now, and says more.
        if state.polled_at is None or state.polled_at < began_at:
            rested[url] = replace(state, next_poll_at=max(free_at, state.next_poll_at or free_at))
    return rested


def _run_id(options: WatchOptions) -> str:
    return f"{options.clock():%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"


def _poll(
    options: WatchOptions,
    due: Sequence[tuple[Source, FeedState]],
    states: Sequence[FeedState],
    spool: Spool,
    stop: Callable[[], bool],
) -> list[Outcome]:
    settings = options.settings
    ends_at = time.monotonic() + options.page_s
    config = PollConfig(
        options.policy,
        settings.limits,
        functools.lru_cache(maxsize=10_000)(canonical_url),
        options.schedule,
        options.clock,
        settings.epoch_mb << 20,
        settings.strict,
    )
    check_descriptors(FOR_POLLING, "polling")
    return asyncio.run(
        poll_all(
            due,
            states,
            config,
            spool.add,
            _report_poll,
            lambda: not stop() and time.monotonic() < ends_at,
        )
    )


def _commit(
    lake: Lake,
    run: Run,
    spool: Spool,
    outcomes: Sequence[Outcome],
    states: dict[str, FeedState],
    graph: Graph,
) -> Counts:
    """Commit what was polled and the state of the feeds, with the graph where there is news."""
    state = stage_feeds(lake, run, map(to_row, states.values()))
    known = sum(outcome.known for outcome in outcomes)
    empty = sum(outcome.is_empty for outcome in outcomes)
    passed_over = (("no_entries", empty),) if empty else ()
    inputs = [[outcome.state.feed_url, 1] for outcome in outcomes if outcome.handed_on]
    details = _details(sorted(inputs), outcomes, known)
    if spool.records:
        graph(lake, run, spool, details, FeedsRead(known, state, passed_over))
        document = read_commit(lake, run.commit_id)
        if document is None:
            raise RunError(f"poll cycle {run.commit_id} ended without its commit file")
    else:
        details |= passed_over_details(ReadCount("", known, passed_over=passed_over))
        document = commit_run(lake, run, [state], None, read=known, known=known, details=details)
    return Counts(**document["counts"])


def _details(inputs: list[list[Any]], outcomes: Sequence[Outcome], known: int) -> dict[str, Any]:
    results = Counter(outcome.result for outcome in outcomes)
    return {
        "warta_version": versions()["warta"],
        "versions": versions(),
        "inputs": inputs,
        "polled": dict(sorted(results.items())) | {"known_entries": known},
    }


def run_graph(options: WatchOptions, pipeline_of: Callable[[], Any]) -> Graph:
    """Return what runs the graph for `run_cycle`.

    Args:
      options: How.
      pipeline_of: Makes an empty pipeline.
    """

    def graph(lake: Lake, run: Run, spool: Spool, details: dict[str, Any], read: FeedsRead) -> None:
        # Here because Beam takes seconds to import, and a poll cycle without news does without.
        with hushed():
            from warta.pipeline.batch import execute
            from warta.pipeline.graph import build

        settings = options.settings
        with clearing(lake, run.commit_id):
            pipeline = pipeline_of()
            build(pipeline, spool.references, settings, run, details, ReadPolled(lake), read)
            execute(pipeline, strict=settings.strict)

    return graph
