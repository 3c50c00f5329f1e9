"""A steady load on a cluster: reads and writes at the API, and HTTP requests from a machine's pod network to a Service.

Every request may be tried once more, as a client does; what fails even then is counted. What the API server has
acknowledged is looked for at the end.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

MANIFEST = (Path(__file__).parent / "load.yaml").read_text()
CONFIG_MAPS = "/api/v1/namespaces/load/configmaps"
# How long a client waits for an answer, and between two requests, in seconds.
PATIENCE, PAUSE = 5.0, 0.1


@dataclass(kw_only=True)
class Count:
    """What became of one kind of request."""

    asked: int = 0
    tried_again: int = 0
    failed: list[str] = field(default_factory=list)
    longest_gap: float = 0.0
    """Seconds between two answers."""

    def __str__(self) -> str:
        return (
            f"{self.asked} asked, {self.tried_again} tried again, {len(self.failed)} failed, "
            f"longest gap {self.longest_gap:.1f} s"
        )


class Load:
    """The load; used as `with Load(…) as load:`. Its counts are complete when it has ended."""

    def __init__(self, kubeconfig: Path, service: Callable[[], None] | None = None) -> None:
        """`service` makes one request to a Service and raises OSError where it fails."""
        config = yaml.safe_load(kubeconfig.read_text())
        self._server = urlsplit(config["clusters"][0]["cluster"]["server"])
        self._context = _context(config)
        self.reads, self.writes, self.service = Count(), Count(), Count()
        self._acknowledged: list[str] = []
        self._over = threading.Event()
        work = [(self.reads, self._read), (self.writes, self._write)]
        if service is not None:
            work.append((self.service, service))
        self._threads = [threading.Thread(target=self._repeat, args=one, daemon=True) for one in work]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def lost(self) -> list[str]:
        """What was acknowledged and is no longer there."""
        found = json.loads(self._ask("GET", CONFIG_MAPS))["items"]
        there = {one["metadata"]["name"] for one in found}
        return [name for name in self._acknowledged if name not in there]

    def report(self) -> str:
        """The counts, for people."""
        kinds = {"API reads": self.reads, "API writes": self.writes, "Service": self.service}
        return "\n".join(f"{kind:10} {count}" for kind, count in kinds.items() if count.asked)

    def _repeat(self, count: Count, ask: Callable[[], None]) -> None:
        last = time.monotonic()
        while not self._over.is_set():
            count.asked += 1
            try:
                ask()
            except (OSError, http.client.HTTPException) as error:
                count.tried_again += 1
                self._again(count, ask, error)
            now = time.monotonic()
            count.longest_gap, last = max(count.longest_gap, now - last), now
            self._over.wait(PAUSE)

    def _again(self, count: Count, ask: Callable[[], None], first: Exception) -> None:
        self._over.wait(1)
        try:
            ask()
        except (OSError, http.client.HTTPException) as second:
            count.failed.append(f"{first!r}, then {second!r}")

    def _read(self) -> None:
        self._ask("GET", f"{CONFIG_MAPS}/kube-root-ca.crt")

    def _write(self) -> None:
        name = f"write-{self.writes.asked:05}"
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
        with suppress(FileExistsError):
            # The first try may have arrived, though its answer did not.
            self._ask("POST", CONFIG_MAPS, body)
        self._acknowledged.append(name)

    def _ask(self, method: str, path: str, body: Any = None) -> bytes:
        """One request on a connection of its own. Raises OSError or HTTPException where it fails."""
        connection = http.client.HTTPSConnection(
            str(self._server.hostname), self._server.port, timeout=PATIENCE, context=self._context
        )
        try:
            headers = {"Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status == http.client.CONFLICT:
            raise FileExistsError(path)
        if answer.status >= http.client.BAD_REQUEST:
            raise OSError(f"{method} {path}: {answer.status} {text[:200]!r}")
        return text


def _context(config: dict[str, Any]) -> ssl.SSLContext:
    """Trusts the cluster's authority and shows the administrator's certificate."""
    authority = base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    user = config["users"][0]["user"]
    # Python reads certificates from files only: this one is gone again at once.
    with tempfile.NamedTemporaryFile() as file:
        file.write(base64.b64decode(user["client-certificate-data"]) + base64.b64decode(user["client-key-data"]))
        file.flush()
        context.load_cert_chain(file.name)
    return context
