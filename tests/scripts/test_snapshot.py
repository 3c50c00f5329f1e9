"""Snapshots of etcd: what is in the file, what is refused, what is kept. etcd's own tools are stand-ins here."""

from __future__ import annotations

import hashlib
import hmac
import os
import subprocess
import time
from pathlib import Path

import pytest

from components.pki.tokens import backup_keys
from tests.scripts.machine import SCRIPTS, Ended

PROGRAM = SCRIPTS.parent / "files/usr/local/lib/kubernetes-from-scratch/etcd-snapshot"
LINES = 10
# Gives what is in the file `etcd`, with its sum appended as etcd does. Without etcd it waits for a snapshot for ever.
ETCDCTL = """#!/bin/bash
here=${0%/*}/..
case "$*" in *'endpoint status') [ -f "$here/etcd" ] || { echo 'context deadline exceeded' >&2; exit 1; }; exit ;; esac
[ -f "$here/etcd" ] || exec sleep 3600
{ cat "$here/etcd"; openssl dgst -sha256 -binary "$here/etcd"; } >"${@: -1}"
"""
ETCDUTL = """#!/bin/bash
[ "$1" != version ] || { echo 'etcdutl version: 3.6.16'; exit; }
echo '{"hash":1,"revision":42,"totalKey":7,"totalSize":1}'
"""


class ControlPlane:
    """A folder with the program in it, its keys, and an etcd."""

    def __init__(self, folder: Path, *, cluster: str = "blue", key: str = "k" * 64, more: str = "") -> None:
        self.folder, self.snapshots = folder, folder / "snapshots"
        (folder / "keys").mkdir(parents=True)
        (folder / "bin").mkdir()
        self.data = os.urandom(50_000) + b"\0" * 50_000
        (folder / "etcd").write_bytes(self.data)
        for name, content in backup_keys(key).items():
            (folder / "keys" / name).write_text(content)
        self.keys = backup_keys(key)
        settings = f"CLUSTER={cluster}\nMACHINE=cp1\nKUBERNETES=1.36.3\nKEEP=3\nMAX_AGE_DAYS=14\n{more}"
        (folder / "keys/settings").write_text(settings)
        text = PROGRAM.read_text().replace("/etc/kubernetes/backup", str(folder / "keys"))
        (folder / "program").write_text(text.replace("/var/lib/etcd-snapshots", str(self.snapshots)))
        self.fake("etcdctl", ETCDCTL)
        self.fake("etcdutl", ETCDUTL)

    def fake(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def run(self, *arguments: str) -> Ended:
        done = subprocess.run(
            ["bash", str(self.folder / "program"), *arguments],
            env={**os.environ, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return Ended(status=done.returncode, output=done.stdout, errors=done.stderr)

    def take(self) -> Path:
        ended = self.run("take")
        assert ended.status == 0, ended.errors
        return Path(ended.output.strip())


@pytest.fixture
def plane(tmp_path: Path) -> ControlPlane:
    return ControlPlane(tmp_path / "cp1")


def parts(file: Path) -> tuple[bytes, dict[str, str], bytes]:
    """What the seal is of, the header's fields, and what follows it."""
    *header, body = file.read_bytes().split(b"\n", LINES)
    fields = dict(line.decode().split(" ", 1) for line in header[1:])
    return b"\n".join(header[:-1]) + b"\n" + body, fields, body


def test_a_snapshot_says_what_it_is_and_hides_what_is_in_it(plane: ControlPlane) -> None:
    file = plane.take()
    sealed, fields, body = parts(file)
    assert file.name == f"blue-{fields['time']}-cp1.snapshot"
    assert {name: fields[name] for name in ("cluster", "machine", "kubernetes", "etcd", "revision", "keys")} == {
        "cluster": "blue", "machine": "cp1", "kubernetes": "1.36.3", "etcd": "3.6.16", "revision": "42", "keys": "7",
    }  # fmt: skip
    key = bytes.fromhex(plane.keys["authentication.key"])
    assert fields["hmac"] == hmac.new(key, sealed, hashlib.sha256).hexdigest()
    assert plane.data[:100] not in body
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in plane.snapshots.iterdir() if path.name != ".lock"] == [file.name]


def test_it_gives_back_what_etcd_gave(plane: ControlPlane, tmp_path: Path) -> None:
    file = plane.take()
    assert plane.run("open", str(file), str(tmp_path / "db")).status == 0
    assert (tmp_path / "db").read_bytes() == plane.data + hashlib.sha256(plane.data).digest()


@pytest.mark.parametrize("place", ["title", "header", "seal", "first byte", "middle", "last byte", "cut short"])
def test_what_is_damaged_is_refused(plane: ControlPlane, place: str) -> None:
    file = plane.take()
    content = bytearray(file.read_bytes())
    body = len(content) - len(parts(file)[2])
    if place == "cut short":
        del content[-1]
    else:
        at = {"title": 3, "header": content.index(b"revision") + 9, "seal": body - 5, "first byte": body,
              "middle": (body + len(content)) // 2, "last byte": len(content) - 1}[place]  # fmt: skip
        content[at] ^= 1
    file.write_bytes(content)
    ended = plane.run("check", str(file))
    assert ended.status == 1
    assert ("is no snapshot" if place == "title" else "it is damaged") in ended.errors


def test_what_is_not_this_clusters_is_refused(plane: ControlPlane, tmp_path: Path) -> None:
    file = str(plane.take())
    green = ControlPlane(tmp_path / "green", cluster="green")
    assert "it is a snapshot of the cluster blue, and this is green" in green.run("check", file).errors
    namesake = ControlPlane(tmp_path / "namesake", key="x" * 64)
    assert "or of another cluster of this name" in namesake.run("open", file, str(tmp_path / "db")).errors
    assert not (tmp_path / "db").exists()


def test_what_a_newer_kubernetes_wrote_is_refused(plane: ControlPlane, tmp_path: Path) -> None:
    file = str(plane.take())
    older = ControlPlane(tmp_path / "older", more="KUBERNETES=1.9.9\n")
    assert "it was taken by Kubernetes 1.36.3, and this cluster runs 1.9.9" in older.run("check", file).errors
    newer = ControlPlane(tmp_path / "newer", more="KUBERNETES=1.100.0\n")
    assert newer.run("check", file).status == 0


def test_a_snapshot_that_is_not_whole_is_not_kept(plane: ControlPlane) -> None:
    plane.fake("etcdctl", ETCDCTL + 'truncate --size=-3 "${@: -1}"\n')
    ended = plane.run("take")
    assert (ended.status, ended.output) == (1, "")
    assert "the snapshot is not whole" in ended.errors
    assert [path.name for path in plane.snapshots.iterdir()] == [".lock"]


def test_an_etcd_that_does_not_answer_is_told(plane: ControlPlane) -> None:
    (plane.folder / "etcd").unlink()
    assert "etcd gave no snapshot: context deadline exceeded" in plane.run("take").errors


def test_what_one_that_was_cut_off_left_goes_with_the_next(plane: ControlPlane) -> None:
    plane.take()
    (plane.snapshots / ".work.abc").mkdir()
    (plane.snapshots / ".work.abc/db").write_text("in clear")
    plane.take()
    assert not (plane.snapshots / ".work.abc").exists()


def test_snapshots_are_kept_by_number_and_age(plane: ControlPlane) -> None:
    plane.snapshots.mkdir()
    names = [f"blue-2026110{n}T000000Z-cp1.snapshot" for n in (1, 2, 3, 4)]
    for name in names:
        (plane.snapshots / name).write_text("")
    new = plane.take().name
    assert sorted(path.name for path in plane.snapshots.glob("*.snapshot")) == [*names[2:], new]
    long_ago = time.time() - 15 * 86400
    os.utime(plane.snapshots / names[3], (long_ago, long_ago))
    newest = plane.take().name
    left = {path.name for path in plane.snapshots.glob("*")}
    assert names[3] not in left
    assert newest in left


def test_a_copy_has_its_name_when_it_is_whole(plane: ControlPlane, tmp_path: Path) -> None:
    copied = ControlPlane(
        tmp_path / "copied", more="COPY_HOST=192.0.2.7\nCOPY_PORT=22\nCOPY_USER=backup\nCOPY_PATH=here\n"
    )
    copied.fake("sftp", '#!/bin/bash\necho "$*" >"${0%/*}/../arguments"; cat >"${0%/*}/../told"\n')
    file = copied.take()
    told = (copied.folder / "told").read_text().splitlines()
    assert told == [f"put {file} here/.{file.name}.part", f"rename here/.{file.name}.part here/{file.name}"]
    assert "StrictHostKeyChecking=yes" in (copied.folder / "arguments").read_text()
    copied.fake("sftp", "#!/bin/bash\necho 'Connection refused' >&2\nexit 255\n")
    ended = copied.run("take")
    assert ended.status == 1
    assert "is sound, but its copy did not reach 192.0.2.7: Connection refused" in ended.errors
