"""Google Cloud Dataflow."""

from collections.abc import Iterator
from importlib.util import find_spec

from warta.pipeline.engines.engine import Engine, Given
from warta.pipeline.options import RunOptions
from warta.transforms.core.storage import is_local


def _options(_: RunOptions) -> list[str]:
    return ["--runner=DataflowRunner", "--experiments=use_runner_v2"]


def _lacks(settings: RunOptions, given: Given) -> Iterator[str]:
    if find_spec("apitools") is None or find_spec("google.auth") is None:
        yield "needs Google's libraries: pip install 'warta[gcp]'"
    for name in ("project", "region", "temp_location"):
        if name not in given:
            yield f"needs --{name}"
    if is_local(settings.lake):
        yield f"cannot write the local folder {settings.lake}: give a lake in gs://"
    for source in settings.sources:
        if is_local(source.location):
            yield f"cannot read the local file {source.location}: copy it to gs://"
    if not given.keys() & {"sdk_container_image", "setup_file", "extra_package"}:
        yield "must bring warta along: give --sdk_container_image (see deploy/Dockerfile)"


SAID_ON_THE_LINE = ("project", "region", "temp_location", "sdk_container_image")
"""What only a command line can say, for `registry.lacks`."""


DATAFLOW = Engine(
    "Google Cloud Dataflow",
    streams=True,
    options=_options,
    missing=_lacks,
    reads_queues=frozenset({"pubsub"}),
)
