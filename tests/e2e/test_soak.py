"""The short form of `make soak`."""

from pathlib import Path

from benchmarks.soak import soak
from tests.support.lakes import plain_graph
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify


def test_every_article_is_taken_once_and_no_feed_is_pressed(tmp_path: Path) -> None:
    """Thirty feeds, fourteen poll cycles, one request in six goes wrong in one of eighteen ways."""
    seen = soak(tmp_path, 30, 14, 0.16, lambda _: plain_graph, timeout_s=2.0)
    assert seen.faults == []
    assert seen.failed_polls > 5
    assert seen.lost < seen.polls / 5
    assert seen.articles > 400
    assert verify(Lake(str(tmp_path / "lake"))).faults == ()
