"""Where artifacts come from upstream, instances reach what is outside of the box, as containers do."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.clouds.box import INTERNET, NETWORK, Box, make_instance
from tests.cluster.project import CACHE
from tools.clouds.world import World
from tools.machines import podman

pytestmark = [
    pytest.mark.machines,
    pytest.mark.skipif(os.geteuid() != 0, reason="a cloud in a box needs root"),
]
INSTANCE = make_instance("one", "10.80.0.11", "192.88.99.31")
WORLD = World(networks=(NETWORK,), instances=(INSTANCE,), routes=(INTERNET,))


class Outside(BaseHTTPRequestHandler):
    """Says that all is well, and nothing else."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


@pytest.fixture
def outside() -> Iterator[str]:
    """The URL of a server on this computer, outside of the box, at an address that containers reach."""
    server = HTTPServer(("0.0.0.0", 0), Outside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    network = podman.inspect("network", "podman")
    assert network is not None
    yield f"http://{network['subnets'][0]['gateway']}:{server.server_port}/"
    server.shutdown()


def test_instances_reach_upstream(tmp_path: Path, outside: str) -> None:
    (tmp_path / "artifacts.yaml").write_text("source: upstream\n")
    for name in ("venv", "image"):
        (tmp_path / name).symlink_to(CACHE / name)
    box = Box("aws", tmp_path, KFS_CACHE=str(tmp_path))
    box.start()
    try:
        box.become(WORLD)
        assert box.on(INSTANCE, f"curl --silent --max-time 4 --write-out %{{http_code}} {outside}") == "200"
        assert "KFS_ARTIFACTS" not in box.command("env").stdout
        assert "nameserver" in box.on(INSTANCE, "cat /etc/resolv.conf")
    finally:
        box.remove()
