"""A local server with upstream's layout: https://HOST/PATH is /HOST/PATH. It can be made to fail in several ways."""

import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(kw_only=True)
class UpstreamServer:
    """What is served and how; `requests` records (path, Range header) of all that came in."""

    files: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    """Path → the status that is answered instead of the file."""
    cuts: dict[str, list[int]] = field(default_factory=dict)
    """Path → after how many bytes each of the next responses is cut off."""
    silent: set[str] = field(default_factory=set)
    """Paths that are accepted and not answered for seconds."""
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    base: str = ""

    def __enter__(self) -> "UpstreamServer":
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.split("?")[0].removeprefix("/")
        wanted = request.headers.get("Range")
        self.requests.append((path, wanted))
        if path in self.silent:
            time.sleep(8)
            return
        content = self.files.get(path)
        status = self.statuses.get(path) or (200 if content is not None else 404)
        if status != 200 or content is None:
            request.send_error(status)
            return
        start = 0
        if wanted and (found := re.fullmatch(r"bytes=(\d+)-(\d*)", wanted)):
            start, status = int(found[1]), 206
            if start >= len(content):
                request.send_error(416)
                return
        cut = self.cuts[path].pop(0) if self.cuts.get(path) else len(content)
        request.send_response(status)
        request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        request.wfile.write(content[start : start + cut])
