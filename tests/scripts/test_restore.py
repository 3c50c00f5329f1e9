"""The parts of a restore on a control plane, cut off anywhere: its kubelet and containerd are stand-ins that race."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scripts.machine import Ended, Machine
from tests.scripts.test_cut_off import cut_everywhere

PODS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
MANIFEST = "- etcd\n- --name=cp1\n- --initial-cluster=@OLD@\n- --initial-cluster-state=existing\n"
# Runs a container for each manifest that is there, from its start on and as long as it is not stopped.
SYSTEMCTL = """#!/bin/bash
here=${0%/*}/..
echo "$*" >>"$here/told"
case "$*" in
  "start kubelet") : >"$here/kubelet" ;;
  "stop kubelet") rm -f "$here/kubelet" ;;
esac
[ ! -e "$here/kubelet" ] || for file in "$here"/manifests/*.yaml; do
  [ ! -f "$file" ] || { name=${file##*/}; : >"$here/running/${name%.yaml}"; }
done
exit 0
"""
# A container that is told to end does so, and is started again by a kubelet that still has its manifest.
CTR = """#!/bin/bash
here=${0%/*}/..
case "$*" in
  *"tasks ls") for file in "$here"/running/*; do [ ! -f "$file" ] || echo "${file##*/} 7 RUNNING"; done ;;
  *"tasks kill"*)
    name=${!#}
    [ -e "$here/kubelet" ] && [ -f "$here/manifests/$name.yaml" ] || rm -f "$here/running/$name"
    ;;
  *"containers ls"*) name=${!#}; echo "${name##*==}" ;;
esac
"""
ETCDCTL = """#!/bin/bash
here=${0%/*}/..
case "$*" in
  *"member list"*) echo "8e9e05c52164694d, started, cp2, https://10.0.0.2:2380, https://10.0.0.2:2379, false" ;;
  *"member add"*) echo 'ETCD_INITIAL_CLUSTER="cp2=https://10.0.0.2:2380,cp1=https://10.0.0.1:2380"' ;;
  *"endpoint status"*) echo '{"isLearner":false}' ;;
esac
"""


class ControlPlane(Machine):
    """A machine with a control plane that runs, and the data of an old etcd member."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for name in ("manifests", "running", "etcd/member"):
            (folder / name).mkdir(parents=True)
        for name in PODS:
            (folder / "manifests" / f"{name}.yaml").write_text(MANIFEST if name == "etcd" else f"{name}\n")
            (folder / "running" / name).touch()
        (folder / "kubelet").touch()
        (folder / "etcd/member/db").write_text("old")
        self.home.mkdir()
        (self.home / "etcd-initial-cluster").write_text("existing @OLD@\n")
        for name, text in (("systemctl", SYSTEMCTL), ("ctr", CTR), ("etcdctl", ETCDCTL), ("curl", "#!/bin/sh\n")):
            self.fake(name, text)
        self.fake("timeout", '#!/bin/sh\nshift\ncase "$*" in *dev/tcp*) exit 0 ;; esac\nexec "$@"\n')

    def part(self, name: str) -> str:
        """The lines that run a part."""
        places = {"/etc/kubernetes/manifests": "manifests", "/var/lib/etcd": "etcd", "/run/kubernetes-from-scratch": ""}
        edits = " ".join(f"-e 's|{place}|{self.folder / to}|g'" for place, to in places.items())
        return (
            f"PART={name} ADDRESS=10.0.0.1 API_PORT=6443 PEERS=cp2=10.0.0.2 SNAPSHOT= TOKEN=x MACHINE=cp1\n"
            f"sed -i {edits} $STAGE/restore.sh $STAGE/etcd.sh\n. $STAGE/restore.sh\n"
        )

    def run_part(self, name: str) -> Ended:
        ended = self.run(self.part(name), step="restore")
        assert ended.status == 0, ended.errors
        return ended

    def names(self, folder: str) -> set[str]:
        path = self.folder / folder
        return {one.name.removesuffix(".yaml") for one in path.iterdir()} if path.exists() else set()


@pytest.fixture
def new_machine(tmp_path: Path) -> Callable[[], Machine]:
    count = 0

    def make() -> Machine:
        nonlocal count
        count += 1
        return ControlPlane(tmp_path / f"{count}")

    return make


def test_what_is_stopped_stays_so(tmp_path: Path) -> None:
    """A kubelet that has read a manifest starts its pod: it is stopped before anything is taken away."""
    machine = ControlPlane(tmp_path / "cp1")
    machine.run_part("stop")
    assert machine.names("running") == set()
    assert machine.names("manifests") == set()
    assert machine.names("home/stopped") == set(PODS)
    assert (machine.folder / "told").read_text().splitlines()[0] == "stop kubelet"
    assert not (machine.folder / "kubelet").exists()


def test_the_restored_data_takes_the_place_of_the_old(new_machine: Callable[[], Machine]) -> None:
    """There is never a mixture of the two, and in the end what was stopped runs again."""

    def prepare(machine: Machine) -> str:
        assert isinstance(machine, ControlPlane)
        machine.run_part("stop")
        restored = machine.folder / "etcd/restored/member"
        restored.mkdir(parents=True)
        (restored / "db").write_text("new")
        return machine.part("begin")

    def check(machine: Machine, ended: bool) -> None:
        assert isinstance(machine, ControlPlane)
        member = machine.folder / "etcd/member/db"
        if member.exists():
            assert member.read_text() in ("old", "new")
        # etcd never runs on anything but the new data.
        if "etcd" in machine.names("running"):
            assert member.read_text() == "new"
        if ended:
            assert member.read_text() == "new"
            assert machine.names("etcd") == {"member"}
            assert machine.names("manifests") == machine.names("running") == set(PODS)
            assert not (machine.home / "stopped").exists()
            assert "- --initial-cluster=cp1=https://10.0.0.1:2380\n" in _manifest(machine)
            assert "- --initial-cluster-state=new\n" in _manifest(machine)
            assert (machine.home / "etcd-initial-cluster").read_text() == "new cp1=https://10.0.0.1:2380\n"

    assert cut_everywhere(new_machine, prepare, check, every=3) > 30


def test_one_that_rejoins_throws_its_data_away_before_etcd_starts(new_machine: Callable[[], Machine]) -> None:
    def prepare(machine: Machine) -> str:
        assert isinstance(machine, ControlPlane)
        return machine.part("rejoin")

    def check(machine: Machine, ended: bool) -> None:
        assert isinstance(machine, ControlPlane)
        if not (machine.folder / "etcd/member/db").exists():
            # Without data etcd would found a cluster of its own where its manifest is still the old one.
            assert "etcd" not in machine.names("running") or "@OLD@" not in _manifest(machine)
        if ended:
            assert not (machine.folder / "etcd/member/db").exists()
            assert "cp2=https://10.0.0.2:2380,cp1=https://10.0.0.1:2380" in _manifest(machine)
            assert machine.names("running") == set(PODS)

    assert cut_everywhere(new_machine, prepare, check, every=3) > 30


def _manifest(machine: Machine) -> str:
    return (machine.folder / "manifests/etcd.yaml").read_text()
