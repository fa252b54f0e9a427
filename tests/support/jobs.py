"""Jobs of warta as processes that can be ended, and the places that they work in, for tests.

Jobs are forked from this process, which has everything imported: one takes a second, not five.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.waiting import PATIENCE_S, free_port, wait_for
from warta.transforms.lake import failpoints


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended: its exit status (negative: the signal), and its standard error."""

    status: int
    errors: str


def warm_up() -> None:
    """Import what jobs need, before they are forked."""
    from warta.pipeline.beam_options import hushed

    with hushed():
        from warta.pipeline import batch  # noqa: F401
    from warta.transforms.tagging.tag_or_reject import warm_up as warm_up_tagger

    warm_up_tagger()


def run_job(
    arguments: Sequence[str],
    fault: str = "",
    stopped: Callable[[], None] | None = None,
    kill_after_s: float | None = None,
) -> Ended:
    """Run `warta` in a forked process group of its own, and return how it ended.

    Args:
      arguments: words after `warta`.
      fault: for WARTA_FAULT.
      stopped: called when the job has halted itself; then it goes on.
      kill_after_s: kills the group so long after its start, unless it has ended.
    """
    with tempfile.TemporaryFile() as errors:
        child = os.fork()
        if not child:
            _be_the_job(arguments, fault, errors.fileno())
        status = _wait(child, stopped, kill_after_s)
        errors.seek(0)
        return Ended(status, errors.read().decode(errors="replace"))


def _be_the_job(arguments: Sequence[str], fault: str, errors: int) -> None:
    """Run the command line in this process and ends it."""
    status = 99
    try:
        os.setpgid(0, 0)
        os.dup2(errors, 2)
        os.environ[failpoints.VARIABLE] = fault
        from warta.pipeline.cli import main

        status = main(list(arguments))
    except BaseException:  # noqa: BLE001  the job's own traceback is what the trial shows
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _wait(child: int, stopped: Callable[[], None] | None, kill_after_s: float | None) -> int:
    if kill_after_s is not None:
        due = time.monotonic() + kill_after_s
        wait_for(lambda: time.monotonic() >= due or _has_ended(child), every_s=0.01)
        _kill(child)
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        if stopped is None:
            _kill(child)
            raise RuntimeError("a job has halted itself, and nobody waits for it")
        stopped()
        os.killpg(child, signal.SIGCONT)


def _has_ended(child: int) -> bool:
    """Say whether a child has ended; it can still be waited for."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return  # it was quicker


def in_child(work: Callable[[], Any]) -> Any:
    """Do `work` in a forked process; return what it returns, by way of JSON.

    Clients of object stores do not outlive a fork, so this process never makes one.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.close(reader)
            with os.fdopen(writer, "w", encoding="utf-8") as pipe:
                json.dump(work(), pipe)
            status = 0
        except BaseException:  # noqa: BLE001  shown, and known by the status
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        outcome = pipe.read()
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise RuntimeError("the work in a child failed; its traceback is above")
    return json.loads(outcome)


@contextmanager
def small_disk(folder: Path, megabytes: int = 24) -> Iterator[Path]:
    """Yield a file system in memory of a fixed size.

    Raises:
      PermissionError: this user may not mount one.
    """
    place = Path(tempfile.mkdtemp(prefix="warta-disk-", dir=folder))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False, timeout=PATIENCE_S).returncode:
        raise PermissionError("cannot mount a file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True, timeout=PATIENCE_S)
        place.rmdir()


@contextmanager
def object_store() -> Iterator[str]:
    """Run an S3 server with a bucket; yield the URI of lakes in it, with {name}."""
    port = free_port()
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    os.environ.update(keys, AWS_EC2_METADATA_DISABLED="true")
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(lambda: _answers(port), process=server)
            options = f"scheme=http&endpoint_override=127.0.0.1:{port}&region=us-east-1"
            in_child(lambda: _make_bucket(port))
            yield f"s3://news/{{name}}?{options}"
        finally:
            server.kill()


def _answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def _make_bucket(port: int) -> None:
    from pyarrow import fs

    store = fs.S3FileSystem(
        endpoint_override=f"127.0.0.1:{port}",
        scheme="http",
        region="us-east-1",
        allow_bucket_creation=True,
        # The server listens before it answers: seconds pass on a busy machine.
        request_timeout=120,
    )
    store.create_dir("news")
