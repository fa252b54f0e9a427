"""A proxy before an object store that can refuse requests, as stores do that are down or busy."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DENIED = b"<Error><Code>ExpiredToken</Code><Message>The token has expired.</Message></Error>"
SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please slow down.</Message></Error>"
_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "server", "expect"}


class UnwellStore:
    """Passes requests on, or refuses them."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.port = int(server.server_address[1])
        self.refused = 0
        self._unwell = threading.Event()
        self._from: Callable[[str, str], bool] | None = None
        self._expired = False

    @contextmanager
    def expires(self, at: Callable[[str, str], bool]) -> Iterator[None]:
        """Refuse all requests of the block from a certain one on, as without credentials.

        Clients do not try again what they may not do.

        Args:
          at: Whether a request, by its method and path, is the first.
        """
        self._from, self._expired = at, False
        try:
            yield
        finally:
            self._from, self._expired = None, False

    def denies(self, method: str, path: str) -> bool:
        """Return whether a request comes after the credentials have expired."""
        if self._from is not None and self._from(method, path):
            self._expired = True
        self.refused += self._expired
        return self._expired

    @contextmanager
    def unwell(self) -> Iterator[None]:
        """Refuse every request while the block runs."""
        self._unwell.set()
        try:
            yield
        finally:
            self._unwell.clear()

    def refuses(self) -> bool:
        """Return whether the request that has come is to be refused."""
        if self._unwell.is_set():
            self.refused += 1
            return True
        return False


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that were killed amid a request."""


@contextmanager
def unwell_store(port: int) -> Iterator[UnwellStore]:
    """Run a proxy before the store at a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _pass_on(self) -> None:
            body = self._body()
            if store.refuses():
                self._answer(503, {"Content-Type": "application/xml"}, SLOW_DOWN)
                return
            if store.denies(self.command, self.path):
                self._answer(403, {"Content-Type": "application/xml"}, DENIED)
                return
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            asked = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
            line.request(self.command, self.path, body, asked)
            answer = line.getresponse()
            length = answer.getheader("Content-Length")
            headers = {k: v for k, v in answer.getheaders() if k.lower() not in _HOP}
            self._answer(answer.status, headers, answer.read(), length)
            line.close()

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            chunks = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)

        def _answer(
            self, status: int, headers: dict[str, str], body: bytes, length: str | None = None
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            # The answer to HEAD has a length and no body.
            self.send_header("Content-Length", (length or "0") if not body else str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass_on  # noqa: N815  as the class wants

    with _Server(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        store = UnwellStore(server)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield store
        finally:
            server.shutdown()
            thread.join()
