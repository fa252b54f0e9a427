"""Engines that are a process beside this one, each in a session of its own.

Beam starts them in the process group of the launcher. Ctrl-C in a terminal, and a supervisor that
signals a whole group, would end the engine before its job has drained. Here signals reach warta
alone, and `guard.py` ends the engine when warta ends, in whatever way.
"""

import logging
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_job_api_pb2_grpc
from apache_beam.runners.portability import flink_runner, job_server, prism_runner
from apache_beam.runners.runner import PipelineRunner
from apache_beam.utils import subprocess_server

from warta.pipeline.engines import guard

_END_S = 10.0
"""Longer than the guard gives an engine to end by itself."""


class GuardedServer(subprocess_server.SubprocessServer):
    """A server that signals to this process do not reach, and that does not outlive it."""

    def __init__(self, stub: Any, command: Sequence[object], port: int) -> None:
        # What a job fails of comes as its result; the server's own lines repeat it.
        super().__init__(stub, command, port, logging.getLogger(__name__))
        self._process: subprocess.Popen[bytes] | None = None

    def start_process(self) -> "tuple[subprocess.Popen[bytes], str]":
        """Start the server; return its guard and its address."""
        self._process = subprocess.Popen(  # noqa: S603  the engine that was asked for
            # -I: no module of the folder that warta runs in.
            [sys.executable, "-I", "-S", guard.__file__, *self._cmd],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        threading.Thread(target=self._log_lines, args=(self._process,), daemon=True).start()
        return self._process, f"localhost:{self._port}"

    def stop_process(self) -> None:
        """End the server and forget the channel to it."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._grpc_channel is not None:
            self._grpc_channel.close()
            self._grpc_channel = None

    def stop_force(self) -> None:
        """End a server that could not be reached."""
        self.stop_process()

    def _log_lines(self, process: "subprocess.Popen[bytes]") -> None:
        for line in process.stdout or ():
            self._logger.debug(line.decode(errors="backslashreplace").rstrip())


class _GuardedJobServer(job_server.SubprocessJobServer):
    """Takes the place of Beam's way to start a server."""

    def start(self) -> Any:
        """Start it once; return the stub of its service."""
        if self._server is None:
            self._local_temp_root = tempfile.mkdtemp(prefix="beam-temp")
            command, endpoint = self.subprocess_cmd_and_endpoint()
            port = int(endpoint.rpartition(":")[2])
            self._server = GuardedServer(beam_job_api_pb2_grpc.JobServiceStub, command, port)
        return self._server.start()

    def stop(self) -> None:
        """End the server, and remove its folder where that is not gone already."""
        if self._local_temp_root is not None:
            shutil.rmtree(self._local_temp_root, ignore_errors=True)
            self._local_temp_root = None
        if self._server is not None:
            self._server.stop()


class _PrismServer(_GuardedJobServer, prism_runner.PrismJobServer):
    def __init__(self, options: PipelineOptions) -> None:
        prism_runner.PrismJobServer.__init__(self, options)


class _FlinkServer(_GuardedJobServer, flink_runner.FlinkJarJobServer):
    def __init__(self, options: PipelineOptions) -> None:
        flink_runner.FlinkJarJobServer.__init__(self, options)


class _StopOnExit(job_server.StopOnExitJobServer):
    """Stops its server with the process, not at Ctrl-C: that is for the command to answer."""

    def __init__(self, server: job_server.JobServer) -> None:
        super().__init__(server)

    def _sigint_handler(self, number: int, frame: FrameType | None) -> None:
        if callable(self._original_sigint_handler):
            self._original_sigint_handler(number, frame)


class PrismRunner(prism_runner.PrismRunner):
    """Beam's, with a guarded server: one a process."""

    def default_job_server(self, options: PipelineOptions) -> job_server.JobServer:
        """Return the server of this process."""
        return PrismRunner.shared_handle.acquire(lambda: _StopOnExit(_PrismServer(options)))


class FlinkRunner(flink_runner.FlinkRunner):
    """Beam's, with a guarded job server."""

    def default_job_server(self, options: PipelineOptions) -> job_server.JobServer:
        """Return a job server of this machine, or Beam's client of a cluster's."""
        server = super().default_job_server(options)
        if isinstance(server, job_server.StopOnExitJobServer):
            return _StopOnExit(_FlinkServer(options))
        return server


RUNNERS: dict[str, Callable[[], PipelineRunner]] = {
    "prismrunner": PrismRunner,
    "flinkrunner": FlinkRunner,
}
"""By the name that Beam gives them, in small letters."""
