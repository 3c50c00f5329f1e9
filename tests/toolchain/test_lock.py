"""Lock entries are made from the sum files that upstream publishes."""

import gzip
from pathlib import Path

import pytest

from components.plan.lock import Lock, read_lock
from tests.toolchain import releases
from tests.toolchain.upstream_server import UpstreamServer
from tools.toolchain import catalog, lock, lockfile
from tools.toolchain.errors import ToolchainError
from tools.toolchain.paths import UPSTREAM_LOCK

SOURCES = catalog.load()


@pytest.fixture
def lock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: UpstreamServer) -> Path:
    """Where `make lock` writes, with everything published for 1.36.3."""
    path = tmp_path / "upstream.yaml"
    monkeypatch.setattr(lock, "UPSTREAM_LOCK", path)
    releases.publish_kubernetes(server, "1.36.3")
    releases.publish_companions(server, SOURCES)
    return path


def test_made_from_nothing(lock_file: Path, server: UpstreamServer) -> None:
    lock.refresh("1.36.3")
    made = read_lock(lock_file)
    assert made.kubernetes == ("1.36.3",)
    assert made.default("etcd") == SOURCES.versions["etcd"]
    kubelet = made.binary("kubelet", "1.36.3", "arm64")
    assert kubelet.sha256 == releases.sha256(server.files[kubelet.url.removeprefix("https://")])
    etcdctl = made.binary("etcdctl", SOURCES.versions["etcd"], "amd64")
    assert etcdctl.sha256 == releases.sha256(b"etcd amd64")
    assert made.binary("runc", SOURCES.versions["runc"], "arm64").sha256 == releases.sha256(b"runc arm64")
    assert made.image("kube-apiserver", "1.36.3").reference == "registry.k8s.io/kube-apiserver:v1.36.3"
    assert "Not in it" not in lock_file.read_text()


def test_a_file_of_an_image_is_named_by_its_layer(lock_file: Path, server: UpstreamServer) -> None:
    lock.refresh("1.36.3")
    node = read_lock(lock_file).binary("calico-node", SOURCES.versions["calico"], "arm64")
    assert node.url == f"https://quay.io/v2/calico/node/blobs/sha256:{node.sha256}"
    assert node.member == "usr/bin/calico-node"
    layer = server.files[node.url.removeprefix("https://")]
    assert releases.sha256(layer) == node.sha256
    assert b"node arm64" in gzip.decompress(layer)


def test_a_second_version_joins_the_first(lock_file: Path, server: UpstreamServer) -> None:
    releases.publish_kubernetes(server, "1.36.10")
    lock.refresh("1.36.10")
    lock.refresh("1.36.3")
    made = read_lock(lock_file)
    assert made.kubernetes == ("1.36.10", "1.36.3")
    assert made.default("kubernetes") == "1.36.10"
    kubelets = [(entry.version, entry.arch) for entry in made.binaries if entry.name == "kubelet"]
    assert kubelets == [("1.36.3", "amd64"), ("1.36.3", "arm64"), ("1.36.10", "amd64"), ("1.36.10", "arm64")]
    assert made.binary("kubelet", "1.36.3", "amd64").sha256 != made.binary("kubelet", "1.36.10", "amd64").sha256


def test_the_same_again_changes_nothing(lock_file: Path) -> None:
    lock.refresh("1.36.3")
    before = lock_file.read_bytes()
    lock.refresh("1.36.3")
    assert lock_file.read_bytes() == before


def test_a_published_sum_that_changes_is_refused(lock_file: Path, server: UpstreamServer) -> None:
    lock.refresh("1.36.3")
    before = lock_file.read_bytes()
    server.files["dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubelet.sha256"] = b"0" * 64
    with pytest.raises(ToolchainError, match=r"amd64/kubelet: the lock file has .* upstream now publishes 0000"):
        lock.refresh("1.36.3")
    assert lock_file.read_bytes() == before


def test_a_version_that_is_not_published(lock_file: Path) -> None:
    with pytest.raises(ToolchainError, match=r"the sum of kubelet 1\.99\.0 for amd64 could not be fetched: .*404"):
        lock.refresh("1.99.0")
    assert not lock_file.exists()


@pytest.mark.parametrize("version", ["", "1.36", "v1.36.3", "latest"])
def test_a_version_that_is_none(version: str) -> None:
    with pytest.raises(ToolchainError, match=r"make lock VERSION=1\.36\.3"):
        lock.refresh(version)


@pytest.mark.parametrize("text", ["", "<html>not found</html>", f"{'0' * 64}  another-file\n{'1' * 64}  third"])
def test_a_sum_file_without_the_file(text: str) -> None:
    with pytest.raises(ToolchainError, match="names no sha256 of runc"):
        lock.published_sum(text, file="runc.amd64", source="https://example.org/runc.sha256sum")


def test_reviewed_entries_are_kept_and_the_rest_is_completed(server: UpstreamServer) -> None:
    reviewed = read_lock(UPSTREAM_LOCK)
    releases.publish_kubernetes(server, "1.36.3")
    releases.publish_companions(server, SOURCES)
    complete = lock.complete(reviewed)
    assert all(entry in complete.binaries for entry in reviewed.binaries)
    assert complete.binary("kube-proxy", "1.36.3", "amd64").sha256
    asked = {path for path, _ in server.requests}
    assert not [path for path in asked if path.endswith("/kubelet.sha256")]


def test_the_reviewed_file_is_as_it_is_written(tmp_path: Path) -> None:
    reviewed = read_lock(UPSTREAM_LOCK)
    again = tmp_path / "upstream.yaml"
    lockfile.save(reviewed, again, comment=lock.comment(reviewed))
    assert again.read_text() == UPSTREAM_LOCK.read_text()


def test_versions_are_ordered_as_numbers() -> None:
    versions = ["1.36.10", "1.36.9", "1.9.0"]
    assert sorted(versions, key=lockfile.numbers, reverse=True) == versions


def test_entries_are_one_line_each(lock_file: Path) -> None:
    lock.refresh("1.36.3")
    rows = [line for line in lock_file.read_text().splitlines() if line.startswith("- {")]
    made: Lock = read_lock(lock_file)
    assert len(rows) == len(made.binaries) + len(made.images)
