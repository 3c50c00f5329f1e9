"""The Compute API over HTTP, on this computer only."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from tools.clouds.gce.api import ComputeApi
from tools.clouds.gce.errors import CloudError

_PREFIX: Final = "/compute/v1/"
_NO_CREDENTIALS: Final = (
    "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential."
)


class _Server(ThreadingHTTPServer):
    # The engine opens a connection for each of dozens of resources at once.
    request_queue_size = 128
    daemon_threads = True


def serve(api: ComputeApi, port: int) -> ThreadingHTTPServer:
    """Serves on 127.0.0.1:port (0: any free one) until the server is shut down; raises OSError if the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: Any) -> None:
            """Says nothing: a daemon's log is for errors."""

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            content = self.rfile.read(length)
            try:
                status, answer = 200, _call(api, self.command, self.path, self.headers.get("Authorization"), content)
            except CloudError as error:
                status, answer = error.status, error.body()
            encoded = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

    server = _Server(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, name="compute API", daemon=True).start()
    return server


def _call(api: ComputeApi, verb: str, address: str, credential: str | None, content: bytes) -> dict[str, Any]:
    if not (credential or "").startswith("Bearer "):
        raise CloudError(401, _NO_CREDENTIALS, "required")
    parts = urlsplit(address)
    if not parts.path.startswith(_PREFIX):
        raise CloudError(404, f"The requested URL {parts.path} was not found on this server.", "notFound")
    try:
        body = json.loads(content) if content.strip() else None
    except ValueError as error:
        raise CloudError(400, f"Invalid JSON payload received. {error}", "parseError") from error
    query = dict(parse_qsl(parts.query))
    return api.call(verb, unquote(parts.path.removeprefix(_PREFIX)), query, body)
