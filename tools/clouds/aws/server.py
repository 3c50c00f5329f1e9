"""The API over HTTP: each request is looked at, passed to moto, and finished, one at a time."""

from __future__ import annotations

import io
import threading
import traceback
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Response

from tools.clouds.aws import after, before, checks, identity, scaling
from tools.clouds.aws.call import Call, RefusedError, parse, render
from tools.clouds.aws.quotas import Quotas
from tools.clouds.aws.scaling.groups import Keeper


class _QuietHandler(MotoRequestHandler):
    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        pass


def _create_app(service: Any) -> Any:
    app = create_backend_app(service)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app


class Api:
    """A WSGI application. `lock`: held while a request is worked on, since moto is not made for several threads."""

    def __init__(self, quotas: Quotas, lock: threading.RLock, changed: threading.Event) -> None:
        self._moto = DomainDispatcherApplication(_create_app)
        self._quotas, self._lock, self._changed = quotas, lock, changed
        self._addresses = after.Addresses()
        self._keeper = Keeper(self)

    def keep(self) -> None:
        """Lets the groups do what they do by themselves. Call it with the lock held."""
        if self._keeper.keep():
            self._changed.set()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        with self._lock:
            service = "ec2" if b"Version=2016-11-15" in body else ""
            try:
                call = parse(environ.get("HTTP_AUTHORIZATION", ""), body)
                if call is not None:
                    service = call.service
                    identity.check(call)
                    checks.check(call, self._quotas)
                    if own := scaling.answer(call):
                        return Response(own, content_type="text/xml")(environ, start_response)
                return self._pass_on(call, environ, body, start_response)
            except RefusedError as refused:
                response = Response(render(service, refused), status=refused.status, content_type="text/xml")
                return response(environ, start_response)
            finally:
                self.keep()

    def _pass_on(
        self, call: Call | None, environ: dict[str, Any], body: bytes, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if call is not None:
            body = urlencode(before.prepare(call, self._addresses)).encode()
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        status = ""

        def start(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal status
            status = line
            return start_response(line, headers, *rest)

        try:
            answer = list(self._moto(environ, start))
        except Exception as error:  # what moto did not expect: the client must not take it for an answer
            traceback.print_exc()
            failure = RefusedError("InternalError", f"moto failed with {type(error).__name__}: {error}", 500)
            response = Response(render(call.service if call else "", failure), status=500, content_type="text/xml")
            return response(environ, start_response)
        if call is not None and not call.only_reads and status.startswith("2"):
            after.finish(call, self._addresses)
            self._changed.set()
        return answer


def serve(api: Api, port: int) -> BaseWSGIServer:
    """Serves on 127.0.0.1:port in threads of their own. Raises OSError if the port is taken."""
    try:
        server = make_server("127.0.0.1", port, api, threaded=True, request_handler=_QuietHandler)
    except SystemExit as error:  # what werkzeug makes of a port that is taken
        raise OSError(f"port {port} of 127.0.0.1 is taken") from error
    server.daemon_threads = True  # type: ignore[attr-defined]
    # How soon it notices that it is to stop, in seconds.
    threading.Thread(target=server.serve_forever, args=(0.05,), name="aws", daemon=True).start()
    return server
