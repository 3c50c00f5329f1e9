"""What each machine is told, to the letter: the command texts of every step, as files below tests/golden/.

After a change that is meant: `make golden`, and review the difference with the rest of the change.
"""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.bootstrap import steps
from components.plan import Plan
from components.plan.addons import addon_files
from components.plan.model import Machine
from components.remote import Host, Step
from tests.support import HIGHLY_AVAILABLE, LOCAL, TESTS, plan
from tests.unit.config_support import aws_settings, changed, gce_settings

GOLDEN = TESTS / "golden"


class NoSecrets:
    """Stands where `pki` does: golden files show that a secret file is sent, never what is in it."""

    def control_plane_sources(self, machine: Machine) -> dict[str, str]:
        return {}

    prepare_sources = node_sources = control_plane_sources

    def bootstrap_token(self) -> str:
        return ""


def _steps(plan: Plan, machine: Machine) -> list[Step]:
    pki: Any = NoSecrets()
    extra = plan.extra_files[machine.name]
    register = steps.register(plan.cluster, machine, pki, "")
    if machine.role == "node":
        return [steps.node(plan.cluster, machine, plan.artifacts, pki, extra), register]
    prepare = steps.prepare(plan.cluster, machine, plan.artifacts, pki)
    return [prepare, steps.control_plane(plan, machine, pki), register]


def _texts(name: str, plan: Plan, machines: set[str]) -> dict[Path, str]:
    texts = {}
    for machine in plan.cluster.machines:
        if machine.name not in machines:
            continue
        host = Host(name=machine.name, address=str(machine.address), user="root", port=22, host_key="", private_key="")
        for step in _steps(plan, machine):
            # Scripts are reviewed as files: their sums would only make every golden file change with each of them.
            lines = step.text(host, step.run, with_files=True).splitlines(keepends=True)
            text = "".join(line for line in lines if not line.startswith("# script "))
            texts[GOLDEN / name / f"{machine.name}-{step.name.split('-')[0]}.sh"] = text
    return texts


BRIDGE = {
    **LOCAL,
    "network": {"policy": "none"},
    "binaries": {"source": "upstream"},
    "images": {"source": "registry"},
}
OVERLAY = {**LOCAL, "network": {"mode": "overlay"}}
CASES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "local": (LOCAL, {"cp1", "n1"}),
    "highly-available": (HIGHLY_AVAILABLE, {"cp2"}),
    "bridge": (BRIDGE, {"n1"}),
    "overlay": (OVERLAY, {"n1"}),
}


def _compare(wanted: dict[Path, str]) -> None:
    if os.environ.get("KFS_UPDATE_GOLDEN"):
        for path, text in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    for path, text in wanted.items():
        assert text == path.read_text(), f"{path.relative_to(TESTS)} differs; if that is meant: make golden"


@pytest.mark.parametrize("name", CASES)
def test_machines_get_what_the_golden_files_show(name: str) -> None:
    settings, machines = CASES[name]
    _compare(_texts(name, plan(settings), machines))


def test_addons_are_what_the_golden_files_show() -> None:
    cluster = plan(addons={"metricsServer": True, "localVolumes": True}).cluster
    _compare({GOLDEN / "addons" / Path(file.path).name: file.content for file in addon_files(cluster)})


@pytest.mark.parametrize("provider", ["aws", "gce"])
def test_the_clouds_own_addons_are_what_the_golden_files_show(provider: str) -> None:
    wanted: dict[str, Any] = {"cloud.controllerManager": "external", "cloud.csi": True}
    if provider == "gce":
        wanted["cloud.serviceAccount"] = "controllers@my-project.iam.gserviceaccount.com"
    settings = changed(aws_settings() if provider == "aws" else gce_settings(), wanted)
    files = {Path(file.path).name: file.content for file in addon_files(plan(settings).cluster)}
    names = ("cloud-controller-manager.yaml", "csi-driver.yaml")
    for name in names:
        assert all(isinstance(one, dict) and "kind" in one for one in yaml.safe_load_all(files[name]))
    _compare({GOLDEN / "addons" / f"{provider}-{name}": files[name] for name in names})


def test_a_new_node_changes_nothing_on_the_other_machines() -> None:
    before = plan()
    after = plan(machines=[*LOCAL["machines"], {"name": "n9", "address": "10.80.0.29"}])
    names = {machine.name for machine in before.cluster.machines}
    assert _texts("x", before, names) == _texts("x", after, names)


def test_a_changed_flag_changes_the_file_it_is_in_and_no_other() -> None:
    before = _texts("x", plan(), {"n1"})
    after = _texts("x", plan(network={"podsPerNode": 50}), {"n1"})
    changed = {
        (old, new)
        for path in before
        for old, new in zip(before[path].splitlines(), after[path].splitlines(), strict=True)
        if old != new
    }
    assert ("maxPods: 110", "maxPods: 50") in changed
    # Besides the line itself only the sum of its file differs, and that line names the file.
    assert {old.split(" <<")[0] for old, _ in changed} == {
        "maxPods: 110",
        "put /etc/kubernetes/kubelet.yaml 0644 root:root kubelet",
    }


def test_a_step_is_small_enough_for_a_command() -> None:
    many = [{"name": f"n{n}", "address": f"10.80.0.{n}"} for n in range(30, 230)]
    big = plan(HIGHLY_AVAILABLE, machines=[*HIGHLY_AVAILABLE["machines"], *many])
    texts = _texts("x", big, {"cp1", "n30"})
    # Two thirds of what fits: the rest is for users' own files.
    assert max(len(text) for text in texts.values()) < 80_000
