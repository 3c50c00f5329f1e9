"""Fixtures of the toolchain's tests."""

from collections.abc import Iterator

import pytest

from tests.toolchain.upstream_server import UpstreamServer
from tools.toolchain import upstream


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[UpstreamServer]:
    """A local stand-in for all upstream hosts, in use through KFS_UPSTREAM; retries don't wait."""
    monkeypatch.setattr(upstream, "PAUSE_SECONDS", 0.01)
    with UpstreamServer() as running:
        monkeypatch.setenv("KFS_UPSTREAM", running.base)
        yield running
