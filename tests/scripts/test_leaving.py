"""How control planes come to an etcd cluster and leave it, also when one is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scripts.machine import Ended, Machine

# Keeps the members in a file, as `member list` prints them; a log of what changes; endpoints in `down` don't answer.
ETCDCTL = """#!/bin/bash
here=${0%/*}/..
words=()
for word in "$@"; do
  case $word in
    --endpoints=*) endpoint=${word#--endpoints=https://} endpoint=${endpoint%:*} ;;
    --peer-urls=*) url=${word#*=} ;;
    --*) ;;
    *) words+=("$word") ;;
  esac
done
grep -qxF "$endpoint" "$here/down" && exit 1
case "${words[0]} ${words[1]}" in
  'member list') cat "$here/members" ;;
  'member remove') echo "remove ${words[2]}" >>"$here/log"; sed -i "/^${words[2]},/d" "$here/members" ;;
  'member add')
    echo "add ${words[2]}" >>"$here/log"
    echo "9, unstarted, , $url, , true" >>"$here/members"
    echo "ETCD_INITIAL_CLUSTER=\\"all\\"" ;;
  move-leader*) echo "lead ${words[1]}" >>"$here/log" ;;
esac
"""
KUBECTL = """#!/bin/bash
here=${0%/*}/..
case "$*" in
  *'get nodes -o name') printf 'node/%s\\n' cp1 cp2 cp3 ;;
  *'get node cp1 -o '*) cat "$here/ready" ;;
  *drain* | *'delete node'*) echo "${@:1:3}" >>"$here/log" ;;
esac
"""
PEERS = "PEERS='cp2=10.0.0.12 cp3=10.0.0.13'"
# Not by a connection: what is down is written in a file.
NAMES = """
ADDRESS=10.0.0.11 API_PORT=6443 MACHINE=cp1 FOUNDER=no
listens() { ! grep -qxF "$1" "$STAGE/../down"; }
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """cp1 of three."""
    machine = Machine(tmp_path / "machine")
    machine.fake("etcdctl", ETCDCTL)
    machine.fake("kubectl", KUBECTL)
    machine.fake("sleep", "#!/bin/bash\nexec /bin/sleep 0.05\n")
    for name in ("etcd", "manifests"):
        (machine.folder / name).mkdir()
    _write(machine, members=(1, 2, 3))
    (machine.folder / "ready").write_text("True")
    return machine


def _write(machine: Machine, members: tuple[int, ...], down: tuple[int, ...] = ()) -> None:
    rows = [f"{n}, started, cp{n}, https://10.0.0.1{n}:2380, https://10.0.0.1{n}:2379, false\n" for n in members]
    (machine.folder / "members").write_text("".join(rows))
    (machine.folder / "down").write_text("".join(f"10.0.0.1{n}\n" for n in down))


def _log(machine: Machine) -> list[str]:
    log = machine.folder / "log"
    return log.read_text().splitlines() if log.exists() else []


def _decide(machine: Machine) -> Ended:
    return machine.run(f". $STAGE/etcd.sh\n{PEERS}\n{NAMES}\ndecide_etcd_membership\n", step="control-plane")


def test_a_new_one_joins_as_a_learner(machine: Machine) -> None:
    _write(machine, members=(2, 3))
    ended = _decide(machine)
    assert ended.status == 0, ended
    assert _log(machine) == ["add cp1"]
    assert (machine.home / "etcd-initial-cluster").read_text() == "existing all\n"


def test_a_lost_member_of_no_control_plane_makes_way_first(machine: Machine) -> None:
    """With a member that does not answer etcd takes no new one."""
    _write(machine, members=(2, 3, 7), down=(7,))
    assert _decide(machine).status == 0
    assert _log(machine) == ["remove 7", "add cp1"]


@pytest.mark.parametrize("down", [(), (3,)])
def test_no_control_planes_member_and_none_that_answers_is_given_up(machine: Machine, down: tuple[int, ...]) -> None:
    _write(machine, members=(2, 3, 7), down=down)
    assert _decide(machine).status == 0
    assert _log(machine) == ["add cp1"]


def test_a_member_stays_what_it_is(machine: Machine) -> None:
    _joined(machine)
    assert _decide(machine).status == 0
    assert _log(machine) == []
    # Also where it is asked alone.
    _write(machine, members=(1, 2, 3), down=(2, 3))
    assert _decide(machine).status == 0
    assert (machine.folder / "etcd" / "member").is_dir()


def test_one_that_was_given_up_meanwhile_comes_back_as_a_new_one(machine: Machine) -> None:
    _joined(machine)
    _write(machine, members=(2, 3))
    assert _decide(machine).status == 0
    assert _log(machine) == ["add cp1"]
    assert not (machine.folder / "etcd" / "member").exists()


def test_no_later_control_plane_founds_a_cluster(machine: Machine) -> None:
    _write(machine, members=(), down=(2, 3))
    ended = _decide(machine)
    assert ended.status == 1
    assert "expected a healthy etcd member on one of: cp2=10.0.0.12 cp3=10.0.0.13" in ended.errors


def _joined(machine: Machine) -> None:
    (machine.folder / "etcd" / "member").mkdir()
    machine.home.mkdir(exist_ok=True)
    (machine.home / "etcd-initial-cluster").write_text("existing all\n")


def _leave(machine: Machine, listens: str = "") -> Ended:
    for name in ("etcd", "kube-apiserver", "kube-scheduler"):
        (machine.folder / "manifests" / f"{name}.yaml").touch()
    machine.home.mkdir(exist_ok=True)
    (machine.home / "files.control-plane").write_text("/etc/keepalived/keepalived.conf\n")
    # The API server ends when its manifest is gone.
    names = NAMES + '\nlistens() { if [ "$2" = 6443 ]; then [ -e "$STAGE/../manifests/kube-apiserver.yaml" ]; else '
    names += '! grep -qxF "$1" "$STAGE/../down"; fi; }\n'
    body = f"{PEERS}\nsed -i '/^listens()/d' $STAGE/etcd.sh\n{names}\n{listens}\n. $STAGE/leave.sh\n"
    return machine.run(body, step="control-plane")


def test_a_control_plane_leaves_in_order(machine: Machine) -> None:
    ended = _leave(machine)
    assert ended.status == 0, ended
    # Whoever leads next is known before the member goes.
    assert _log(machine) == ["lead 2", "remove 1"]
    assert list((machine.folder / "manifests").iterdir()) == []
    told = machine.told_systemd()
    assert told.index("disable --quiet --now keepalived") < told.index("disable --quiet --now haproxy")
    # Once more there is nothing to do.
    assert _leave(machine).status == 0
    assert _log(machine)[2:] == ["lead 2"]


def test_the_last_one_takes_no_leave(machine: Machine) -> None:
    _write(machine, members=(1,), down=(2, 3))
    ended = _leave(machine)
    assert ended.status == 0, ended
    assert _log(machine) == []
    assert len(list((machine.folder / "manifests").iterdir())) == 3


def _unregister(machine: Machine, gone: str = "no") -> Ended:
    body = f"NODE=cp1 NODE_ADDRESS=10.0.0.11 GONE={gone} {PEERS}\n. $STAGE/unregister.sh\n"
    return machine.run(body, step="register-cp1")


def test_one_that_answers_is_drained_and_leaves_etcd_by_itself(machine: Machine) -> None:
    assert _unregister(machine).status == 0
    assert _log(machine) == ["drain cp1 --ignore-daemonsets", "delete node cp1"]


@pytest.mark.parametrize(("gone", "ready"), [("no", "Unknown"), ("yes", "True")])
def test_one_that_is_lost_is_taken_out_without_a_word_to_it(machine: Machine, gone: str, ready: str) -> None:
    (machine.folder / "ready").write_text(ready)
    _write(machine, members=(1, 2, 3), down=(1,))
    ended = _unregister(machine, gone)
    assert ended.status == 0, ended
    assert _log(machine) == ["delete node cp1", "remove 1"]
