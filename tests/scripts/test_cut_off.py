"""Scripts that are cut off before any of their commands, and run again: nothing is half there, nothing is forgotten."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scripts.machine import Machine

# More commands than any of these scripts runs.
MANY = 400


@pytest.fixture
def new_machine(tmp_path: Path) -> Callable[[], Machine]:
    """Makes machines, each in a state of its own."""
    count = 0

    def make() -> Machine:
        nonlocal count
        count += 1
        return Machine(tmp_path / f"{count}")

    return make


def cut_everywhere(
    new_machine: Callable[[], Machine],
    prepare: Callable[[Machine], str],
    check: Callable[[Machine, bool], None],
    every: int = 1,
) -> int:
    """Run a script once for each of its commands, cut off there, and then to its end; returns how many there are.

    `every` is 3 where only each third command of a long script is tried. `prepare` makes the state before and returns
    the script; `check` looks after the cut (False) and at the end (True).
    """
    for number in range(1, MANY, every):
        machine = new_machine()
        body = prepare(machine)
        cut = machine.run(body, cut_at=number)
        if cut.status == 0:
            return number - 1
        assert cut.status == -9, f"command {number}: {cut.errors}"
        check(machine, False)
        again = machine.run(body)
        assert again.status == 0, f"after a cut before command {number}: {again.errors}"
        check(machine, True)
    raise AssertionError("the script never came to its end")


def test_put_and_restart(new_machine: Callable[[], Machine]) -> None:
    """Whoever sees the new file sees it whole, and its unit is started anew, however often the step was cut off."""
    old, new = "old\n" * 3, "new line\n" * 50

    def prepare(machine: Machine) -> str:
        target = machine.root / "etc/kubelet.yaml"
        target.parent.mkdir()
        target.write_text(old)
        return f"put {target} 0640 root:root kubelet <<'END'\n{new}END\nrestart kubelet\n"

    def check(machine: Machine, ended: bool) -> None:
        target = machine.root / "etc/kubelet.yaml"
        text = target.read_text()
        assert text in (old, new)
        restarted = "restart --no-block kubelet" in machine.told_systemd()
        if text == new:
            assert target.stat().st_mode & 0o777 == 0o640
            assert restarted or "kubelet" in machine.pending()
        if ended:
            assert text == new
            assert restarted
            assert machine.pending() == set()
            # The kubelet would take what is left in a folder of manifests for a pod.
            assert [path.name for path in target.parent.iterdir()] == ["kubelet.yaml"]

    assert cut_everywhere(new_machine, prepare, check) > 15


def test_put_of_several_files_in_a_row(new_machine: Callable[[], Machine]) -> None:
    """A cut between two files of one unit: it is not started with one of them, and whoever uninstalls finds both."""

    def prepare(machine: Machine) -> str:
        puts = [f"put {machine.root}/{name} 0600 root:root etcd <<<'{name}'\n" for name in ("tls.crt", "tls.key")]
        return "".join(puts) + "settle_files\nrestart etcd\n"

    def check(machine: Machine, ended: bool) -> None:
        present = {path.name for path in machine.root.iterdir() if not path.name.startswith(".")}
        record = machine.home / "files.node"
        assert {f"{machine.root}/{name}" for name in present} <= set(record.read_text().split() if present else ())
        if "restart --no-block etcd" in machine.told_systemd():
            assert present == {"tls.crt", "tls.key"}
        if ended:
            assert "restart --no-block etcd" in machine.told_systemd()
            listed = (machine.home / "files.node").read_text().split()
            assert listed == [f"{machine.root}/tls.crt", f"{machine.root}/tls.key"]

    cut_everywhere(new_machine, prepare, check)


def test_settle_files(new_machine: Callable[[], Machine]) -> None:
    """A file that the step no longer has is removed even where the step was cut off while it did so."""

    def prepare(machine: Machine) -> str:
        kept, stale = machine.root / "kept", machine.root / "stale"
        first = f"put {kept} 0644 root:root <<<x\nput {stale} 0644 root:root <<<x\nsettle_files\n"
        assert machine.run(first).status == 0
        return f"put {kept} 0644 root:root <<<x\nsettle_files\n"

    def check(machine: Machine, ended: bool) -> None:
        assert (machine.root / "kept").exists()
        if ended:
            assert not (machine.root / "stale").exists()
            assert (machine.home / "files.node").read_text().split() == [f"{machine.root}/kept"]

    cut_everywhere(new_machine, prepare, check)


def test_put_secrets(new_machine: Callable[[], Machine]) -> None:
    """A private key is at no time open to others, nor is its half a key."""

    def prepare(machine: Machine) -> str:
        target = machine.root / "pki/server.key"
        listing = f"{target} 0600 root:root etcd"
        return (
            f"mkdir -p $STAGE/secrets{target.parent}; echo KEY >$STAGE/secrets{target}\n"
            f"echo '{listing}' >$STAGE/secrets.list\nput_secrets\n"
        )

    def check(machine: Machine, ended: bool) -> None:
        folder = machine.root / "pki"
        for path in folder.iterdir() if folder.exists() else ():
            assert path.stat().st_mode & 0o077 == 0, path
        if ended:
            assert (folder / "server.key").read_text() == "KEY\n"
            assert machine.pending() == {"etcd"}

    cut_everywhere(new_machine, prepare, check)


def test_fetch_of_a_program(new_machine: Callable[[], Machine]) -> None:
    """The old program or the new one, never a part; the unit that runs it starts anew."""
    old, new = b"#!/bin/sh\necho old\n", b"#!/bin/sh\necho new\n" * 100

    def prepare(machine: Machine) -> str:
        target = machine.root / "bin/kubelet"
        target.parent.mkdir()
        target.write_bytes(old)
        target.chmod(0o755)
        (machine.web / "mirror/kubelet").parent.mkdir()
        (machine.web / "mirror/kubelet").write_bytes(new)
        line = f"{_arch()} {target} http://mirror/kubelet {hashlib.sha256(new).hexdigest()} - kubelet"
        return f". $STAGE/fetch.sh\necho '{line}' >$STAGE/downloads\nfetch_binaries $STAGE/downloads\nrestart kubelet\n"

    def check(machine: Machine, ended: bool) -> None:
        target = machine.root / "bin/kubelet"
        assert target.read_bytes() in (old, new)
        assert target.stat().st_mode & 0o111
        if target.read_bytes() == new and not ended:
            assert "kubelet" in machine.pending() or "restart --no-block kubelet" in machine.told_systemd()
        if ended:
            assert target.read_bytes() == new
            assert "restart --no-block kubelet" in machine.told_systemd()
            assert [path.name for path in target.parent.iterdir()] == ["kubelet"]

    cut_everywhere(new_machine, prepare, check)


def test_a_second_run_does_nothing(new_machine: Callable[[], Machine]) -> None:
    machine = new_machine()
    content = b"program"
    (machine.web / "mirror").mkdir()
    (machine.web / "mirror/kubelet").write_bytes(content)
    line = f"{_arch()} {machine.root}/kubelet http://mirror/kubelet {hashlib.sha256(content).hexdigest()} - kubelet"
    body = (
        f". $STAGE/fetch.sh\necho '{line}' >$STAGE/downloads\nfetch_binaries $STAGE/downloads\n"
        f"put {machine.root}/kubelet.yaml 0644 root:root kubelet <<<x\nsettle_files\nrestart kubelet\n"
    )
    assert machine.run(body).status == 0
    assert "restart --no-block kubelet" in machine.told_systemd()
    machine.forget()
    again = machine.run(body)
    assert (again.status, again.output) == (0, "")
    assert machine.fetched() == []
    assert not [told for told in machine.told_systemd() if told.startswith(("restart", "start", "enable"))]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_changed_mode_or_owner_is_a_change(new_machine: Callable[[], Machine]) -> None:
    machine = new_machine()
    target = machine.root / "key"
    for mode, owner in (("0644", "root:root"), ("0600", "60901:60901"), ("0600", "root:root")):
        assert machine.run(f"put {target} {mode} {owner} <<<x\nsettle_files\n").status == 0
        found = target.stat()
        assert (found.st_mode & 0o777, found.st_uid) == (int(mode, 8), 0 if owner == "root:root" else 60901)


def _arch() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
