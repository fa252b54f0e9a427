"""The reference REST catalog of Apache Iceberg, on a free port: `make rest-catalog` fetches it."""

import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.waiting import free_port, wait_for

JARS = Path(__file__).parents[2] / ".engines" / "rest-catalog"


def is_there() -> bool:
    """Return whether the catalog can be run here."""
    return any(JARS.glob("iceberg-open-api-*.jar")) and shutil.which("java") is not None


@contextmanager
def rest_catalog(folder: Path) -> Iterator[str]:
    """Run a catalog that keeps its tables in a folder; yield its URI."""
    port = free_port()
    environment = {
        **os.environ,
        "CATALOG_REST_PORT": str(port),
        "CATALOG_WAREHOUSE": str(folder / "warehouse"),
        "CATALOG_URI": f"jdbc:sqlite:{folder}/rest.db",
        "CATALOG_CATALOG__IMPL": "org.apache.iceberg.jdbc.JdbcCatalog",
    }
    command = ["java", "-Xmx256m", "-cp", f"{JARS}/*", "org.apache.iceberg.rest.RESTCatalogServer"]
    log = (folder / "rest.log").open("wb")
    with log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as server:
        try:
            wait_for(lambda: _answers(port), process=server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/config", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
