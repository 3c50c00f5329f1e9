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


# Whatever is written anew is encrypted with the key 2, but the first time somebody else was faster with one.
KUBECTL = """#!/bin/bash
here=${0%/*}/..
case $1 in
  get) echo '{}' ;;
  replace)
    cat >/dev/null
    [ -e "$here/tried" ] || { : >"$here/tried"; echo 'the object has been modified' >&2; exit 1; }
    cp "$here/rewritten.json" "$here/etcd.json" ;;
esac
"""


def test_all_secrets_are_rewritten_and_their_number_is_told(machine: Machine) -> None:
    machine.fake("kubectl", KUBECTL)
    _write(machine, "2", "2", "2")
    (machine.folder / "etcd.json").rename(machine.folder / "rewritten.json")
    _write(machine, "1", "2", "")
    ended = machine.run("ENCRYPTION=2 PEERS=''\n. $STAGE/rotation.sh\n", step="rotation")
    assert ended.status == 0, ended.errors
    assert "rewrote 2 of 3 Secrets; all are encrypted with key 2" in ended.output


def test_what_cannot_be_rewritten_is_told(machine: Machine) -> None:
    machine.fake("kubectl", "#!/bin/bash\nexit 1\n")
    _write(machine, "1", "2", "1")
    body = "ENCRYPTION=2 PEERS=''\n. <(sed 's/wait_for 600/wait_for 1/' $STAGE/rotation.sh)\n"
    ended = machine.run(body, step="rotation")
    assert ended.status == 1
    assert "expected all Secrets to be encrypted with key 2 within 1 s; found 2 with key 1. Next:" in ended.errors


def test_where_every_secret_has_the_key_nothing_is_written(machine: Machine) -> None:
    machine.fake("kubectl", '#!/bin/bash\n: >"${0%/*}/../asked"\n')
    _write(machine, "2", "2")
    assert machine.run("ENCRYPTION=2 PEERS=''\n. $STAGE/rotation.sh\n", step="rotation").status == 0
    assert not (machine.folder / "asked").exists()
