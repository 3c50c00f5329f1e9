"""Where artifacts come from is decided by what answers."""

import pytest

from tests.toolchain.upstream_server import UpstreamServer
from tools.toolchain import probe

URLS = [
    "https://dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubelet.sha256",
    "https://registry.k8s.io/v2/",
    "https://get.pulumi.com/plugin.tar.gz",
]


@pytest.fixture
def reachable(server: UpstreamServer) -> UpstreamServer:
    for url in URLS:
        server.files[url.removeprefix("https://")] = b"content"
    return server


@pytest.mark.usefixtures("reachable")
def test_upstream_when_every_host_answers() -> None:
    assert probe.decide(URLS).source == "upstream"


def test_a_registry_that_wants_a_token_is_reachable(reachable: UpstreamServer) -> None:
    reachable.statuses["registry.k8s.io/v2/"] = 401
    assert probe.decide(URLS).source == "upstream"


@pytest.mark.parametrize("status", [403, 404, 502])
def test_mirror_when_one_host_refuses(reachable: UpstreamServer, status: int) -> None:
    reachable.statuses["get.pulumi.com/plugin.tar.gz"] = status
    decision = probe.decide(URLS)
    assert decision.source == "mirror"
    assert decision.reason.startswith(f"not reached: get.pulumi.com: the server answered {status}")


def test_mirror_when_a_host_accepts_and_never_answers(reachable: UpstreamServer) -> None:
    reachable.silent.add("registry.k8s.io/v2/")
    decision = probe.decide(URLS, limit=1)
    assert decision == probe.Decision(source="mirror", reason="not reached: registry.k8s.io: no answer in 1 s")


def test_mirror_when_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with UpstreamServer() as stopped:
        pass
    monkeypatch.setenv("KFS_UPSTREAM", stopped.base)
    decision = probe.decide(URLS)
    assert decision.source == "mirror"
    assert "dl.k8s.io" in decision.reason
    assert "and 2 more" in decision.reason
