"""Beam's own runner, in processes of this machine: the default."""

from collections.abc import Iterator

from warta.pipeline.engines.engine import Engine, Given
from warta.pipeline.options import RunOptions


def _options(settings: RunOptions) -> list[str]:
    """Beam's FnApiRunner: in this process, or with a process for each worker."""
    options = ["--runner=FnApiRunner", "--default_sdk_harness_log_level=WARNING"]
    if settings.workers > 1:
        options.append(f"--direct_num_workers={settings.workers}")
    return options


def _lacks(_settings: RunOptions, _given: Given) -> Iterator[str]:
    return iter(())


LOCAL = Engine(
    "Beam's own, in processes of this machine; in batches",
    streams=False,
    options=_options,
    missing=_lacks,
    reads_local_files=True,
    forks_workers=True,
)
