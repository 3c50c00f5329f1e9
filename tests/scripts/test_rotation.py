"""Keys for Secrets in etcd: which are in use, and that none goes while it is needed."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from tests.scripts.machine import Ended, Machine

CONFIGURED = "/etc/kubernetes/kube-apiserver/encryption.yaml"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A control plane with the keys 1 and 2."""
    machine = Machine(tmp_path / "machine")
    machine.fake("etcdctl", '#!/bin/bash\ncat "${0%/*}/../etcd.json"\n')
    (machine.folder / "encryption.yaml").write_text(
        '          keys:\n            - {name: "2", secret: "b"}\n            - {name: "1", secret: "a"}\n'
    )
    return machine


def _write(machine: Machine, *keys: str) -> None:
    """Secrets with these keys; what is encrypted is any bytes."""
    values = [(f"k8s:enc:secretbox:v1:{key}:".encode() if key else b"k8s\0\n") + os.urandom(90) for key in keys]
    found = {"kvs": [{"key": "", "mod_revision": 1, "value": base64.b64encode(one).decode()} for one in values]}
    (machine.folder / "etcd.json").write_text(json.dumps(found, separators=(",", ":")))


def _check(machine: Machine, keys: str) -> Ended:
    text = f". $STAGE/etcd.sh; . $STAGE/encryption.sh\nENCRYPTION_KEYS='{keys}' PEERS=''\n"
    # The script as it is, with the machine's own file in its place.
    script = f'. <(sed "s|{CONFIGURED}|{machine.folder}/encryption.yaml|" "$STAGE/keys.sh")\n'
    return machine.run(text + script, step="prepare")


def test_the_key_of_each_secret_is_known_by_what_it_begins_with(machine: Machine) -> None:
    _write(machine, "1", "2", "12", "", "2")
    ended = machine.run(". $STAGE/etcd.sh; . $STAGE/encryption.sh\nPEERS=''\nstored_keys\n")
    assert ended.output.split() == ["1", "2", "12", "clear", "2"], ended.errors


def test_an_empty_etcd_has_no_keys(machine: Machine) -> None:
    (machine.folder / "etcd.json").write_text('{"header":{}}')
    ended = machine.run(". $STAGE/etcd.sh; . $STAGE/encryption.sh\nPEERS=''\nstored_keys\n")
    assert (ended.status, ended.output) == (0, ""), ended.errors


def test_a_key_that_a_secret_needs_does_not_go(machine: Machine) -> None:
    _write(machine, "2", "1", "1", "")
    ended = _check(machine, "2")
    assert ended.status == 1
    assert "expected no Secret that is encrypted with the key 1 any more; found 2 with key 1. Next:" in ended.errors


def test_a_key_that_none_needs_may_go(machine: Machine) -> None:
    _write(machine, "2", "2", "")
    ended = _check(machine, "2")
    assert ended.status == 0, ended.errors
    assert "no Secret of 3 needs the key 1 any more" in ended.output


def test_where_no_key_goes_etcd_is_not_asked(machine: Machine) -> None:
    machine.fake("etcdctl", "#!/bin/bash\nexit 1\n")
    assert _check(machine, "2 1").status == 0


def test_where_etcd_says_nothing_no_key_goes(machine: Machine) -> None:
    machine.fake("etcdctl", "#!/bin/bash\nexit 1\n")
    ended = _check(machine, "2")
    assert ended.status == 1
    assert "found no answer" in ended.errors


def _authorize(machine: Machine, *keys: str) -> str:
    """The keys that let the user in afterwards, in one line."""
    file = machine.folder / "user" / ".ssh" / "authorized_keys"
    machine.fake("getent", f"#!/bin/bash\necho root:x:0:0:root:{machine.folder}/user:/bin/bash\n")
    body = f"printf '%s\\n' {' '.join(keys)} >$STAGE/authorized-keys\nunset SUDO_USER\n. $STAGE/authorize.sh\n"
    ended = machine.run(body, step="authorize")
    assert ended.status == 0, ended.errors
    return " ".join(file.read_text().split())


@pytest.mark.skipif(os.geteuid() != 0, reason="files get an owner")
def test_ssh_keys_come_and_go_and_those_of_people_stay(machine: Machine) -> None:
    folder = machine.folder / "user" / ".ssh"
    folder.mkdir(parents=True)
    (folder / "authorized_keys").write_text("old\nsomebody\n")
    assert _authorize(machine, "old", "new") == "somebody old new"
    assert _authorize(machine, "old", "new") == "somebody old new"
    assert _authorize(machine, "new") == "somebody new"
    assert folder.joinpath("authorized_keys").stat().st_mode & 0o777 == 0o600
