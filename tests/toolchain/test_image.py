"""Images are docker archives that are the same bytes for the same content."""

import hashlib
import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tools.toolchain import image
from tools.toolchain.group import ImageSpec

SPEC = ImageSpec(
    name="thing",
    reference="example.org/thing:v1",
    files={"usr/local/bin/thing": "thing"},
    links={"usr/bin/sh": "busybox"},
    entrypoint=["/usr/local/bin/thing"],
    user="65532:65532",
)


@pytest.fixture
def binaries(tmp_path: Path) -> Path:
    folder = tmp_path / "binaries"
    folder.mkdir()
    (folder / "thing").write_bytes(b"\x7fELF")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Unpacked packages, with the links of a distribution that has everything below /usr."""
    folder = tmp_path / "root"
    (folder / "usr" / "bin").mkdir(parents=True)
    (folder / "usr" / "bin" / "busybox").write_bytes(b"\x7fELF")
    (folder / "usr" / "bin" / "busybox").chmod(0o4755)
    (folder / "bin").symlink_to("usr/bin")
    return folder


def write(output: Path, binaries: Path, root: Path | None) -> bytes:
    image.write(output, reference=SPEC.reference, spec=SPEC, arch="amd64", binaries=binaries, root=root)
    return output.read_bytes()


def read(archive: bytes) -> tuple[dict[str, Any], tarfile.TarFile]:
    """The image's configuration and its layer, found as a runtime finds them."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        content = {member.name: (tar.extractfile(member) or io.BytesIO()).read() for member in tar}
    [manifest] = json.loads(content["manifest.json"])
    assert manifest["RepoTags"] == [SPEC.reference]
    config = json.loads(content[manifest["Config"]])
    [layer_name] = manifest["Layers"]
    layer = content[layer_name]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    return config, tarfile.open(fileobj=io.BytesIO(layer))


def test_content(tmp_path: Path, binaries: Path, root: Path) -> None:
    config, layer = read(write(tmp_path / "image.tar", binaries, root))
    assert config["architecture"] == "amd64"
    assert config["config"]["Entrypoint"] == ["/usr/local/bin/thing"]
    assert config["config"]["User"] == "65532:65532"
    assert "Cmd" not in config["config"]
    thing = layer.getmember("usr/local/bin/thing")
    assert (thing.mode, thing.uid, thing.gid, thing.mtime) == (0o755, 0, 0, 0)
    assert layer.getmember("usr/bin/sh").linkname == "busybox"
    assert layer.getmember("bin").linkname == "usr/bin"
    assert layer.getmember("tmp").mode == 0o1777


def test_set_uid_bits_stay_out(tmp_path: Path, binaries: Path, root: Path) -> None:
    _, layer = read(write(tmp_path / "image.tar", binaries, root))
    assert layer.getmember("usr/bin/busybox").mode == 0o755


def test_parents_come_before_what_they_hold(tmp_path: Path, binaries: Path) -> None:
    _, layer = read(write(tmp_path / "image.tar", binaries, None))
    names = layer.getnames()
    assert names.index("usr") < names.index("usr/local") < names.index("usr/local/bin")
    assert len(names) == len(set(names))


def test_same_content_same_bytes(tmp_path: Path, binaries: Path, root: Path) -> None:
    before = write(tmp_path / "one.tar", binaries, root)
    os.utime(binaries / "thing", (1, 1))
    os.chown(root / "usr" / "bin" / "busybox", os.getuid(), os.getgid())
    assert write(tmp_path / "two.tar", binaries, root) == before
    (binaries / "thing").write_bytes(b"\x7fELF2")
    assert write(tmp_path / "three.tar", binaries, root) != before
