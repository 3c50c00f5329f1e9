"""Set-up where the release hosts answer: Pulumi, its plugins, kubectl and the lock file, all from a local server."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from components.plan.lock import read_lock
from tests.toolchain import releases
from tests.toolchain.upstream_server import UpstreamServer
from tools.toolchain import catalog, pulumi
from tools.toolchain.group import Group, host_arch
from tools.toolchain.paths import BIN, ROOT

SOURCES = catalog.load()
VERSION = Group.load("pulumi").version
RELEASE = f"github.com/pulumi/pulumi/releases/download/v{VERSION}"
ARCHIVE = f"pulumi-v{VERSION}-linux-{ {'amd64': 'x64', 'arm64': 'arm64'}[host_arch()] }.tar.gz"

pytestmark = pytest.mark.engine


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what set-up consists of, with a reviewed lock file that names no binaries yet."""
    shutil.copytree(ROOT / "tools" / "toolchain", tmp_path / "tools" / "toolchain")
    shutil.copytree(ROOT / "components", tmp_path / "components")
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    path = tmp_path / "components" / "lock" / "upstream.yaml"
    reviewed = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(reviewed | {"binaries": []}))
    return tmp_path


@pytest.fixture(scope="module")
def cli_release() -> bytes:
    """Pulumi's release: the real command line, packed once."""
    names = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec")
    return releases.tar_gz({f"pulumi/{name}": (BIN / name).read_bytes() for name in names})


@pytest.fixture
def published(server: UpstreamServer, cli_release: bytes) -> UpstreamServer:
    """All of upstream; the plugins are scripts in archives of the real layout."""
    releases.publish_kubernetes(server, "1.36.3")
    releases.publish_companions(server, SOURCES)
    for url in SOURCES.probe:
        server.files.setdefault(url.removeprefix("https://"), b"content")
    server.files[f"{RELEASE}/{ARCHIVE}"] = cli_release
    sums = f"{releases.sha256(cli_release)}  {ARCHIVE}\n{'0' * 64}  pulumi-v{VERSION}-darwin-x64.tar.gz\n"
    server.files[f"{RELEASE}/pulumi-{VERSION}-checksums.txt"] = sums.encode()
    for name, version in pulumi.required_plugins().items():
        file = f"pulumi-resource-{name}-v{version}-linux-{host_arch()}.tar.gz"
        content = releases.tar_gz({f"pulumi-resource-{name}": b"#!/bin/sh\n", "README.md": b""})
        server.files[f"get.pulumi.com/releases/plugins/{file}"] = content
    return server


def set_up(project: Path, server: UpstreamServer) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"KFS_CACHE": str(project / ".cache"), "KFS_UPSTREAM": server.base}
    command = [sys.executable, "-m", "tools.toolchain"]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def test_everything_is_there_afterwards(project: Path, published: UpstreamServer) -> None:
    run = set_up(project, published)
    assert run.returncode == 0, run.stderr
    cache = project / ".cache"
    decided = yaml.safe_load((cache / "artifacts.yaml").read_text())
    assert (decided["source"], decided["images"]) == ("upstream", "registry")
    assert "root" not in decided
    lock = read_lock(project / decided["lock"])
    assert lock.binary("kube-proxy", "1.36.3", host_arch()).sha256
    version = subprocess.run([cache / "bin" / "pulumi", "version"], capture_output=True, text=True, check=True)
    assert version.stdout.strip() == f"v{VERSION}"
    assert (cache / "bin" / "pulumi-language-python-exec").is_file()
    assert "kubectl 1.36.3" in subprocess.run([cache / "bin" / "kubectl"], capture_output=True, text=True).stdout
    for name, wanted in pulumi.required_plugins().items():
        assert (cache / "pulumi" / "plugins" / f"resource-{name}-v{wanted}" / f"pulumi-resource-{name}").is_file()


def test_a_second_run_fetches_nothing(project: Path, published: UpstreamServer) -> None:
    assert set_up(project, published).returncode == 0
    decided = (project / ".cache" / "artifacts.yaml").read_bytes()
    published.requests.clear()
    run = set_up(project, published)
    assert run.returncode == 0, run.stderr
    assert published.requests == []
    assert (project / ".cache" / "artifacts.yaml").read_bytes() == decided


def test_a_corrupted_release_is_refused(project: Path, published: UpstreamServer) -> None:
    published.files[f"{RELEASE}/{ARCHIVE}"] += b"x"
    run = set_up(project, published)
    assert run.returncode == 1
    assert f"{ARCHIVE} could not be fetched: expected sha256" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (project / ".cache" / "bin" / "pulumi").exists()
    assert not (project / ".cache" / "artifacts.yaml").exists()


def test_official_plugins_replace_stand_ins(project: Path, published: UpstreamServer) -> None:
    version = pulumi.required_plugins()["random"]
    plugin = project / ".cache" / "pulumi" / "plugins" / f"resource-random-v{version}" / "pulumi-resource-random"
    plugin.parent.mkdir(parents=True)
    plugin.symlink_to("/bin/false")
    run = set_up(project, published)
    assert run.returncode == 0, run.stderr
    assert not plugin.is_symlink()
    assert plugin.read_bytes() == b"#!/bin/sh\n"


def test_cut_off_between_two_steps(project: Path, published: UpstreamServer) -> None:
    kubectl = f"dl.k8s.io/release/v1.36.3/bin/linux/{host_arch()}/kubectl"
    whole = published.files.pop(kubectl)
    run = set_up(project, published)
    assert run.returncode == 1
    assert "kubectl could not be fetched: the server answered 404" in run.stderr
    published.files[kubectl] = whole
    assert set_up(project, published).returncode == 0
    assert (project / ".cache" / "artifacts.yaml").is_file()
