"""A real broker of Kafka here (KRaft, one node), that can be killed and started again."""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.waiting import PATIENCE_S, free_port, wait_for
from warta.pipeline.engines.engine import part

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:{controller}
listeners=PLAINTEXT://localhost:{port},CONTROLLER://localhost:{controller}
advertised.listeners=PLAINTEXT://localhost:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
"""
_CLUSTER = "MkU3OEVBNTcwNTJENDM2Qk"


def is_installed() -> bool:
    """Whether `make kafka` was run, and Java is there."""
    return (part("kafka") / ".ready").exists() and shutil.which("java") is not None


class Broker:
    """One broker; `kill` ends it as a power cut does, `start` brings it back with what it had."""

    def __init__(self, folder: Path) -> None:
        self.port, controller = free_port(), free_port()
        self._properties = folder / "server.properties"
        self._log = folder / "broker.log"
        text = _PROPERTIES.format(port=self.port, controller=controller, folder=folder)
        self._properties.write_text(text, encoding="utf-8")
        words = ["kafka.tools.StorageTool", "format", "-t", _CLUSTER, "--standalone", "-c"]
        subprocess.run(
            [*self._java(), *words, self._properties],
            check=True,
            capture_output=True,
            timeout=PATIENCE_S,
        )
        self._process: subprocess.Popen[bytes] | None = None

    def _java(self) -> list[str]:
        return ["java", "-Xmx512m", "-cp", f"{part('kafka')}/*"]

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._java(), "kafka.Kafka", str(self._properties)], stdout=log, stderr=log
            )
        wait_for(self._answers, process=self._process, log=self._log)

    def _answers(self) -> bool:
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        client = AdminClient({"bootstrap.servers": f"localhost:{self.port}", "log_level": 0})
        try:
            client.list_topics(timeout=2)
        except KafkaException:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def make_topic(self, topic: str, partitions: int) -> str:
        """Make a new topic and return its location."""
        from confluent_kafka.admin import AdminClient
        from confluent_kafka.cimpl import NewTopic

        client = AdminClient({"bootstrap.servers": f"localhost:{self.port}", "log_level": 0})
        client.create_topics([NewTopic(topic, partitions, 1)])[topic].result(PATIENCE_S)
        return f"kafka://localhost:{self.port}/{topic}"

    def produce(self, topic: str, rows: Sequence[dict[str, str]], a_second: float) -> None:
        """Send messages at a steady pace, also past a broker that was away; waits for all."""
        from confluent_kafka import Producer

        settings: dict[str, str | int | bool] = {
            "bootstrap.servers": f"localhost:{self.port}",
            "enable.idempotence": True,
            "log_level": 0,
        }
        producer = Producer(settings)
        started = time.monotonic()
        for number, row in enumerate(rows):
            while (left_s := started + number / a_second - time.monotonic()) > 0:
                producer.poll(left_s)
            while True:
                try:
                    producer.produce(topic, json.dumps(row))
                except BufferError:
                    producer.poll(0.2)
                else:
                    break
            producer.poll(0)
        assert producer.flush(300) == 0


@contextmanager
def broker(folder: Path) -> Iterator[Broker]:
    """Yield a broker that runs within the block."""
    made = Broker(folder)
    made.start()
    try:
        yield made
    finally:
        made.kill()


@contextmanager
def in_background(work: "threading.Thread") -> Iterator[threading.Thread]:
    """Yield a thread that has come to its end when the block is left."""
    work.start()
    yield work
    work.join()
