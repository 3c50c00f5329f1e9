"""A download is whole and has the expected sum, or it is not there."""

import hashlib
from pathlib import Path

import pytest

from tests.toolchain.upstream_server import UpstreamServer
from tools.toolchain import upstream
from tools.toolchain.errors import ToolchainError

URL = "https://dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubelet"
PATH = URL.removeprefix("https://")
CONTENT = bytes(range(256)) * 2000
SUM = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "kubelet"


def fetch(target: Path) -> None:
    upstream.download(URL, target, sha256=SUM, step="test")


def left_behind(target: Path) -> list[str]:
    return [path.name for path in target.parent.iterdir()]


def test_whole_file(server: UpstreamServer, target: Path) -> None:
    server.files[PATH] = CONTENT
    fetch(target)
    assert target.read_bytes() == CONTENT
    assert left_behind(target) == ["kubelet"]


def test_corrupted_file_is_refused_and_not_kept(server: UpstreamServer, target: Path) -> None:
    server.files[PATH] = CONTENT[:-1] + b"x"
    with pytest.raises(ToolchainError, match=f"expected sha256 {SUM}, found .*not kept"):
        fetch(target)
    assert left_behind(target) == []


def test_cut_download_goes_on_where_it_stopped(server: UpstreamServer, target: Path) -> None:
    server.files[PATH] = CONTENT
    server.cuts[PATH] = [100_000, 50_000]
    fetch(target)
    assert target.read_bytes() == CONTENT
    assert [wanted for _, wanted in server.requests] == [None, "bytes=100000-", "bytes=150000-"]


def test_download_that_stays_cut_keeps_what_it_has_for_the_next_run(server: UpstreamServer, target: Path) -> None:
    server.files[PATH] = CONTENT
    server.cuts[PATH] = [1000] * upstream.ATTEMPTS
    with pytest.raises(ToolchainError, match="the connection ended after 4000 of 512000 bytes"):
        fetch(target)
    fetch(target)
    assert target.read_bytes() == CONTENT
    assert server.requests[-1] == (PATH, "bytes=4000-")


def test_leftover_of_another_file_is_replaced(server: UpstreamServer, target: Path) -> None:
    server.files[PATH] = CONTENT
    target.parent.mkdir()
    target.with_name("kubelet.part").write_bytes(b"something else")
    fetch(target)
    assert target.read_bytes() == CONTENT


def test_leftover_that_is_longer_than_the_file_is_replaced(server: UpstreamServer, target: Path) -> None:
    server.files[PATH] = CONTENT
    target.parent.mkdir()
    target.with_name("kubelet.part").write_bytes(CONTENT + CONTENT)
    fetch(target)
    assert target.read_bytes() == CONTENT


def test_missing_file_is_not_asked_for_again(server: UpstreamServer, target: Path) -> None:
    with pytest.raises(ToolchainError, match="the server answered 404"):
        fetch(target)
    assert len(server.requests) == 1


def test_a_server_in_trouble_is_asked_again(server: UpstreamServer, target: Path) -> None:
    server.statuses[PATH] = 503
    with pytest.raises(ToolchainError, match="the server answered 503"):
        fetch(target)
    assert len(server.requests) == upstream.ATTEMPTS


@pytest.mark.usefixtures("server")
def test_server_down(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with UpstreamServer() as stopped:
        pass
    monkeypatch.setenv("KFS_UPSTREAM", stopped.base)
    with pytest.raises(ToolchainError, match=r"Connection refused.*make tools"):
        fetch(target)
