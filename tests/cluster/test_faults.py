"""What goes wrong while a cluster comes up: told by machine, while the others go on; the next `up` finishes."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import yaml

from tests.cluster import inventory
from tests.cluster.bare_metal import Fleet, public
from tests.cluster.project import CACHE, Done, Project
from tools.stack.engine import SENTENCE

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.geteuid() != 0, reason="local machines need root"),
    pytest.mark.skipif(not (CACHE / "artifacts.yaml").exists(), reason="nothing is set up: type `make tools`"),
]

STACK = "test-faults"
FEW = ("cp1", "n1", "n2")
NUMBERS = {"cp1": 11, "n1": 21, "n2": 22, "n3": 23, "n4": 24, "n5": 25, "n6": 26}


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    """A control plane and six nodes, five of which will have a fault."""
    fleet = Fleet(stack=STACK, prefix="10.95.2.")
    fleet.make(NUMBERS)
    yield fleet
    fleet.remove()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For files that the settings name."""
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, fleet: Fleet, folder: Path) -> Project:
    """The stack."""
    return Project(tmp_path_factory.mktemp(STACK), STACK, fleet.settings(folder, FEW))


def failures(done: Done) -> dict[tuple[str, str], str]:
    """(machine, step) → the sentence, of what `up` says at its end; every failure has one."""
    done.must_fail()
    listed = re.search(r"What to look at, the first first:\n(.*)\nmake up STACK=\S+ goes on", done.text, re.DOTALL)
    assert listed, done.text
    found = {}
    for line in listed[1].splitlines():
        assert SENTENCE.match(line.strip()), f"not a sentence: {line}\nin:\n{done.text}"
        machine, _, rest = line.strip().partition(": ")
        found[machine, re.split(r"[ :]", rest)[0]] = line.strip()
    return found


def test_machines_that_cannot_work_are_refused_before_anything_changes(
    project: Project, fleet: Fleet, folder: Path
) -> None:
    # A clock that is an hour ahead, as far as the survey can see; a port that is taken; a user who can't become root.
    fleet.on(
        "cp1",
        'printf \'#!/bin/sh\\n[ "$1" != +%%s.%%N ] || set -- -d "+1 hour" "$1"\\nexec /bin/date "$@"\\n\' '
        ">/usr/local/bin/date && chmod 0755 /usr/local/bin/date",
    )
    fleet.on("n1", "systemd-run --quiet --unit=taken socat TCP-LISTEN:10250,fork,reuseaddr PIPE")
    key = shlex.quote(public(fleet.operator))
    fleet.on(
        "n2",
        "useradd --create-home guest && install -d -m 0700 -o guest ~guest/.ssh && "
        f"echo {key} >~guest/.ssh/authorized_keys && chown guest ~guest/.ssh/authorized_keys",
    )
    project.configure(fleet.settings(folder, FEW, n2={"user": "guest"}))
    before = {name: inventory.take(fleet.machines[name].ssh) for name in FEW}

    found = failures(project.up())
    after = {name: inventory.take(fleet.machines[name].ssh) for name in FEW}
    fleet.on("cp1", "rm /usr/local/bin/date")
    fleet.on("n1", "systemctl stop taken")
    assert found.keys() == {("cp1", "survey"), ("n1", "survey"), ("n2", "survey")}
    assert "expected a clock within 10 s of this computer's; found +3600 s" in found["cp1", "survey"]
    assert "found something on 10250. Next: see what it is and stop it: ss -ltnp on n1" in found["n1", "survey"]
    assert "expected root, or sudo without a password; found neither" in found["n2", "survey"]
    assert {name: inventory.differences(before[name], after[name]) for name in FEW} == {name: [] for name in FEW}


def test_a_mirror_that_is_down(project: Project, fleet: Fleet, folder: Path) -> None:
    settings = fleet.settings(folder, FEW)
    if "binaries" not in settings:
        pytest.skip("these machines get their files from upstream")
    project.configure(settings)
    found = failures(project.up())
    assert found.keys() == {("cp1", "prepare"), ("n1", "node"), ("n2", "node")}
    for said in found.values():
        assert re.search(r"expected http://10\.95\.2\.2/\S+; found curl: \(\d+\) .*Next: .*curl -I http://", said), said


def test_a_file_that_is_not_what_the_lock_says(project: Project, fleet: Fleet, folder: Path) -> None:
    settings = fleet.settings(folder, FEW)
    if "binaries" not in settings:
        pytest.skip("these machines get their files from upstream")
    fleet.serve()
    settings["binaries"]["lock"] = str(_lock_with_another_sum(Path(settings["binaries"]["lock"]), folder))
    project.configure(settings)
    found = failures(project.up())
    assert found.keys() == {("cp1", "prepare"), ("n1", "node"), ("n2", "node")}
    for said in found.values():
        assert re.search(rf"expected sha256 {'0' * 64} of http://\S+, as the lock says; found [0-9a-f]{{64}}\.", said)
    for name in FEW:
        assert fleet.on(name, "ls /usr/local/bin/runc 2>/dev/null || true") == ""


def test_the_others_go_on(project: Project, fleet: Fleet, folder: Path) -> None:
    fleet.serve()
    fleet.on("n2", "mount -t tmpfs -o size=40m tmpfs /usr/local/bin")
    fleet.on(
        "n3",
        "systemctl stop ssh.socket ssh; systemd-run --quiet --unit=silent socat TCP-LISTEN:22,fork 'EXEC:sleep 3600'",
    )
    fleet.machines["n4"].act("stop")
    other = asyncssh.generate_private_key("ssh-ed25519")
    fleet.on("n6", f"sed -i 's|.*|{public(other)}|' /root/.ssh/authorized_keys")
    project.configure(fleet.settings(folder, NUMBERS, n5={"hostKey": public(other)}))

    found = failures(project.up())
    assert found.keys() == {("n2", "node"), ("n3", "reach"), ("n4", "reach"), ("n5", "node"), ("n6", "node")}
    assert re.search(r"; /usr/local/bin is full \(\d+ MiB free\)\. Next: free some on n2", found["n2", "node"])
    assert "found a connection that stays silent" in found["n3", "reach"]
    assert "expected an SSH server at 10.95.2.24 port 22" in found["n4", "reach"]
    assert "found another SSH host key" in found["n5", "node"]
    assert "found a refusal of the SSH key" in found["n6", "node"]

    nodes: list[dict[str, Any]] = yaml.safe_load(
        fleet.on("cp1", "kubectl --kubeconfig /etc/kubernetes/admin.kubeconfig get nodes --output=json")
    )["items"]
    ready = {
        node["metadata"]["name"]
        for node in nodes
        for condition in node["status"].get("conditions", [])
        if condition["type"] == "Ready" and condition["status"] == "True"
    }
    assert ready == {"cp1", "n1"}


def test_the_next_up_finishes(project: Project, fleet: Fleet, folder: Path) -> None:
    fleet.on("n2", "umount /usr/local/bin")
    fleet.on("n3", "systemctl stop silent; systemctl start ssh")
    project.configure(fleet.settings(folder, ("cp1", "n1", "n2", "n3")))
    done = project.up().must_succeed()
    assert "Nodes ready, right version        ok       4 of 4" in done.text
    assert " FAILED " not in done.text


def _lock_with_another_sum(lock: Path, folder: Path) -> Path:
    """A copy of the lock file that expects something else of one file: to a machine, the file is another one."""
    content = yaml.safe_load(lock.read_text())
    for binary in content["binaries"]:
        if binary["name"] == "runc":
            binary["sha256"] = "0" * 64
    changed = folder / "lock.yaml"
    changed.write_text(yaml.safe_dump(content))
    return changed
