"""A PostgreSQL server of Debian's packages for tests, on a free port, in a folder of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.waiting import PATIENCE_S, free_port, wait_for

PASSWORD = "r4hasia/&@%:kita"  # noqa: S105  of a server that lives as long as a test
QUOTED_PASSWORD = "r4hasia%2F%26%40%25%3Akita"  # noqa: S105


def find_binaries() -> Path | None:
    """Return the folder of the server's programs, the newest version's; None without one."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name)
    )
    found = [path for path in folders if (path / "initdb").exists()]
    if found:
        return found[-1]
    there = shutil.which("initdb")
    return Path(there).parent if there else None


@contextmanager
def postgres_server(binaries: Path) -> Iterator[str]:
    """Run a server; yield its URI without a database and without the password.

    It is not started by root, who may not: by the user postgres of the packages then.
    """
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="warta-postgres-") as name:
        folder = Path(name)
        (folder / "password").write_text(PASSWORD)
        if user:
            for path in (folder, folder / "password"):
                shutil.chown(path, user)
        data = str(folder / "data")
        words = [str(binaries / "initdb"), "-D", data, "-U", "desk", "-A", "scram-sha-256"]
        words += ["--pwfile", str(folder / "password"), "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            words, check=True, capture_output=True, user=user, cwd=folder, timeout=PATIENCE_S
        )
        port = free_port()
        settings = ["listen_addresses=127.0.0.1", f"unix_socket_directories={name}", "fsync=off"]
        options = [word for setting in settings for word in ("-c", setting)]
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-p", str(port), *options],
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            ready = [str(binaries / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
            wait_for(
                lambda: subprocess.run(ready, check=False, timeout=PATIENCE_S).returncode == 0,
                process=server,
            )
            yield f"postgres://desk@127.0.0.1:{port}"
        finally:
            # Ends at once, without waiting for connections.
            server.send_signal(signal.SIGINT)
            server.wait(timeout=PATIENCE_S)
