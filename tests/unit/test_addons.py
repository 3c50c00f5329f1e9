"""The addons' manifests: what `addons.sh` relies on, and what changes with the cluster."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.plan.addons import addon_files
from components.plan.model import Cluster
from components.plan.templates import render
from tests.support import LOCAL, plan

LABEL = "kubernetes-from-scratch/addon"
SCRIPT = Path(__file__).parents[2] / "components/scripts/addons.sh"
EVERYTHING = {"metricsServer": True, "localVolumes": True}


def _objects(cluster: Cluster) -> dict[str, list[dict[str, Any]]]:
    """Addon → its objects."""
    return {Path(file.path).stem: list(yaml.safe_load_all(file.content)) for file in addon_files(cluster)}


def _deployment(cluster: Cluster, name: str) -> dict[str, Any]:
    objects = (thing for things in _objects(cluster).values() for thing in things)
    found: dict[str, Any] = next(t for t in objects if t["kind"] == "Deployment" and t["metadata"]["name"] == name)
    return found


def test_every_object_carries_its_addon_name() -> None:
    # Pruning goes by this label.
    for addon, objects in _objects(plan(addons=EVERYTHING).cluster).items():
        for thing in objects:
            assert thing["metadata"]["labels"][LABEL] == addon, f"{addon}: {thing['kind']} {thing['metadata']['name']}"


def test_every_kind_can_be_pruned() -> None:
    line = re.search(r"^readonly kinds=(\S+)$", SCRIPT.read_text(), re.MULTILINE)
    assert line
    prunable = set(line[1].split(","))
    kinds = {
        thing["kind"].lower()
        for objects in _objects(plan(addons=EVERYTHING).cluster).values()
        for thing in objects
        # An object of a kind that goes, goes with it.
        if not thing["apiVersion"].startswith("crd.projectcalico.org/")
    }
    plurals = {f"{kind}s" if not kind.endswith("s") else f"{kind}es" for kind in kinds}
    assert plurals <= prunable


def test_no_container_of_an_addon_runs_as_root() -> None:
    for objects in _objects(plan(addons=EVERYTHING).cluster).values():
        for thing in (t for t in objects if t["kind"] == "Deployment"):
            pod = thing["spec"]["template"]["spec"]
            assert pod["securityContext"]["runAsNonRoot"], thing["metadata"]["name"]
            for container in pod["containers"]:
                assert container["securityContext"]["readOnlyRootFilesystem"]
                assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]


CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


@pytest.mark.parametrize(
    ("nodes", "on_control_planes", "domains"),
    [
        pytest.param(0, True, 1, id="one machine alone"),
        pytest.param(1, True, 2, id="fewer nodes than replicas"),
        pytest.param(2, False, 2, id="enough nodes"),
    ],
)
def test_dns_stays_off_control_planes_where_it_can(nodes: int, on_control_planes: bool, domains: int) -> None:
    machines = [LOCAL["machines"][0], *({"name": f"n{n}", "address": f"10.80.0.2{n}"} for n in range(nodes))]
    pod = _deployment(plan(machines=machines).cluster, "coredns")["spec"]["template"]["spec"]
    assert any(toleration["key"] == CONTROL_PLANE for toleration in pod["tolerations"]) == on_control_planes
    assert pod["topologySpreadConstraints"][0]["minDomains"] == domains


def test_policy_none_has_no_calico() -> None:
    assert not any("calico" in addon for addon in _objects(plan(network={"policy": "none"}).cluster))


@pytest.mark.parametrize(("policy", "first"), [("calico", "calico"), ("none", "bridge")])
def test_the_network_configuration_hands_out_the_machines_own_range(policy: str, first: str) -> None:
    cluster = plan(network={"policy": policy}).cluster
    machine = cluster.nodes[0]
    plugins = json.loads(render("/etc/cni/net.d/10-kubernetes.conflist", cluster, machine))["plugins"]
    assert [plugin["type"] for plugin in plugins] == [first, "portmap"]
    assert plugins[0]["ipam"]["ranges"] == [[{"subnet": str(machine.pod_range)}]]
