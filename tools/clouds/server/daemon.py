"""`python -m tools.clouds.server.daemon KIND --name NAME --control-plane MODULE`: started by `tools/cloud start`."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import shlex
import signal
import socket
import socketserver
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tools.clouds.box.data_plane import DataPlane
from tools.clouds.box.internet import MIRROR
from tools.clouds.server.follower import Follower
from tools.clouds.server.place import KINDS, Place, cache
from tools.clouds.server.report import report
from tools.clouds.world import ControlPlane


class RefusedError(Exception):
    """Why a request is not fulfilled, as a sentence."""


class Daemon:
    """Answers the requests of `tools/cloud`; each public method is a command, its parameters the request's."""

    def __init__(self, place: Place, kind: str, control_plane: ControlPlane, port: int) -> None:
        self._place, self._control_plane, self._port = place, control_plane, port
        self._mirror = _mirror()
        self._data_plane = DataPlane(place.name, kind, self._mirror, control_plane.changed)
        self._follower = Follower(control_plane, self._data_plane)
        self.ended = threading.Event()

    def begin(self) -> None:
        """Serve the API and follow it."""
        self._control_plane.start(self._port)
        self._follower.start()

    def end(self) -> None:
        """Remove all that was made."""
        self._follower.stop()

    def env(self) -> str:
        """Lines for a shell."""
        variables = dict(self._control_plane.environment(self._port))
        if self._mirror is not None:
            variables["KFS_ARTIFACTS"] = f"http://{MIRROR}"
        return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())

    def status(self) -> str:
        """Tables of what there is."""
        return report(self._place.name, self._control_plane.world(), self._data_plane.status, self._follower.problem)

    def settle(self, limit: float) -> str:
        """Wait until everything is as asked for."""
        if waiting := self._follower.settle(limit):
            raise RefusedError(f"{self._place.name} did not settle within {limit:.0f} s: {'; '.join(waiting)}.")
        return ""

    def act(self, action: str, target: str, size: int | None = None) -> str:
        """Do something behind the engine's back."""
        try:
            self._control_plane.act(action, target, size)
        except ValueError as error:
            raise RefusedError(str(error)) from None
        self._control_plane.changed.set()
        return ""

    def stop(self, force: bool) -> str:
        """End the cloud, if it is empty or `force` says so."""
        world = self._control_plane.world()
        left = [one.id for part in (world.instances, world.balancers, world.networks) for one in part]
        if left and not force:
            raise RefusedError(
                f"The cloud {self._place.name} still has {', '.join(left)}: destroy what uses it (make down), "
                "or stop it with --force and lose that."
            )
        self.ended.set()
        return ""


class Handler(socketserver.StreamRequestHandler):
    """One request."""

    server: Server

    def handle(self) -> None:
        """Read a request, call the command of its name, write the answer."""
        request: dict[str, Any] = json.loads(self.rfile.readline())
        try:
            answer = {"ok": True, "text": self.server.commands[request.pop("command")](**request)}
        except RefusedError as refusal:
            answer = {"ok": False, "text": str(refusal)}
        except Exception as error:  # whoever asked must hear of it, and the log has the rest
            traceback.print_exc()
            answer = {"ok": False, "text": f"{type(error).__name__}: {error}: see the cloud's log."}
        # Whoever asked may have gone.
        with contextlib.suppress(OSError):
            self.wfile.write(json.dumps(answer).encode() + b"\n")


class Server(socketserver.ThreadingUnixStreamServer):
    """The socket of one daemon."""

    daemon_threads = True

    def __init__(self, daemon: Daemon) -> None:
        self.commands: dict[str, Callable[..., str]] = {
            "env": daemon.env, "status": daemon.status, "settle": daemon.settle, "act": daemon.act, "stop": daemon.stop
        }  # fmt: skip
        super().__init__("socket", Handler)


def main() -> None:
    """Run until it is stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--name", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control-plane", required=True, help="module that gives it")
    arguments = parser.parse_args()
    place = Place(name=arguments.name)
    lock = place.lock()
    if lock is None:
        sys.exit(f"another daemon of the cloud {place.name} is at work")
    sys.path.insert(0, str(Path.cwd()))
    control_plane: ControlPlane = importlib.import_module(arguments.control_plane).control_plane()
    os.chdir(place.folder)
    daemon = Daemon(place, arguments.kind, control_plane, arguments.port or _free_port())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: daemon.ended.set())
    daemon.begin()
    place.socket.unlink(missing_ok=True)
    # Whoever may ask may remove machines.
    os.umask(0o077)
    with Server(daemon) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        daemon.ended.wait()
        place.socket.unlink(missing_ok=True)
        daemon.end()
    # Threads of the API's server may still wait for clients.
    os._exit(0)


def _mirror() -> Path | None:
    """The folder to serve; None where `make tools` found that machines can fetch from upstream."""
    decision = cache() / "artifacts.yaml"
    if not decision.is_file() or yaml.safe_load(decision.read_text())["source"] != "mirror":
        return None
    return (cache() / "mirror").resolve()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
