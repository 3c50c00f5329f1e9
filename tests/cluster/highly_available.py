"""A cluster with several control planes behind one address, for tests that change it under load."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal

from tests.cluster import report
from tests.cluster.caller import Caller
from tests.cluster.load import MANIFEST, Load
from tests.cluster.local_machines import succeed
from tests.cluster.processes import eventually
from tests.cluster.project import Project, Settings
from tools.machines import podman

Machine = dict[str, Any]


class Cluster:
    """The stack `project` in 10.N.0.0/24 of the node ranges. Control planes are called cp…, nodes n…."""

    def __init__(self, project: Project, number: int) -> None:
        self.project, self.stack, self._number = project, project.stack, number

    def settings(self, *names: str, **more: Any) -> Settings:
        """The settings with these machines; of a virtual address where there are several control planes."""
        several = sum(name.startswith("cp") for name in names) > 1
        return {
            **ranges(self.stack, self._number),
            **({"api": {"virtualAddress": self.address("")}} if several else {}),
            "machines": [self.machine(name) for name in names],
            **more,
        }

    def machine(self, name: str, **more: Any) -> Machine:
        """A line of the settings."""
        role = "control-plane" if name.startswith("cp") else "node"
        return {"name": name, "role": role, "address": self.address(name), **more}

    def address(self, name: str) -> str:
        """cp3 has .13, n2 has .22, the cluster itself .10."""
        place = int(name[-1]) + (20 if name.startswith("n") else 10) if name else 10
        return f"10.{self._number}.0.{place}"

    def on(self, machine: str, command: str) -> str:
        """Output of a command on a machine."""
        return podman.run("exec", f"{machine}.{self.stack}", "bash", "-c", command).strip()

    def act(self, machine: str, action: str) -> None:
        """start, stop or kill."""
        succeed("machine", action, machine, "--label", self.stack)

    def objects(self, *arguments: str) -> list[dict[str, Any]]:
        """`kubectl get` as data."""
        found: list[dict[str, Any]] = json.loads(self.project.kubectl("get", *arguments, "--output=json"))["items"]
        return found

    def nodes(self) -> dict[str, dict[str, Any]]:
        """The Nodes by name."""
        return {node["metadata"]["name"]: node for node in self.objects("nodes")}

    def members(self, machine: str) -> set[str]:
        """The names of etcd's voting members, as that control plane knows them."""
        key = "/etc/kubernetes/pki/etcd/server"
        command = f"etcdctl --cacert=/etc/kubernetes/pki/etcd-ca.crt --cert={key}.crt --key={key}.key member list"
        rows = [line.split(", ") for line in self.on(machine, command).splitlines()]
        return {row[2] for row in rows if row[1] == "started" and row[5] == "false"}

    def check(self, *names: str) -> None:
        """These machines are the cluster: Nodes Ready that take pods, API servers that serve, etcd's members."""
        control_planes = {name for name in names if name.startswith("cp")}
        eventually("all Nodes Ready", lambda: self._ready() == set(names), seconds=240)
        cordoned = [name for name, node in self.nodes().items() if node["spec"].get("unschedulable")]
        assert cordoned == []
        for name in control_planes:
            # A component that failed for minutes is tried again after a pause as long.
            eventually(f"the API server of {name} serves", partial(self.serves, name), seconds=300)
            assert self.members(name) == control_planes

    def serves(self, name: str) -> bool:
        """Whether that control plane's API server is ready."""
        url = f"https://{self.address(name)}:6443/readyz"
        return self.on(name, f"curl --silent --cacert /etc/kubernetes/pki/cluster-ca.crt {url} || true") == "ok"

    def holder(self, *control_planes: str) -> str:
        """The one of these that has the virtual address."""
        found = [name for name in control_planes if f" {self.address('')}/" in self.on(name, "ip -4 addr show")]
        assert len(found) == 1, found
        return found[0]

    def _ready(self) -> set[str]:
        return {
            name
            for name, node in self.nodes().items()
            if any(one["type"] == "Ready" and one["status"] == "True" for one in node["status"]["conditions"])
        }

    def deploy(self) -> None:
        """What the load asks."""
        manifest = MANIFEST.replace("@IMAGE@", self.project.outputs()["verification"]["image"])
        self.project.kubectl("apply", "--filename=-", given=manifest)
        self.project.kubectl("rollout", "status", "deployment/server", "--namespace=load", "--timeout=120s")

    @contextmanager
    def under_load(
        self, caller_on: str, allowed: Sequence[str] = (), network: Literal["pod", "machine"] = "machine"
    ) -> Iterator[Load]:
        """A load that has run for a while before the test acts, and is judged when it ended.

        The Service is called from that machine's own network, or from that of a pod there. `allowed` are kinds of
        requests that may fail: reads, writes, service.
        """
        address = self.project.kubectl(
            "get", "service", "server", "--namespace=load", "--output=jsonpath={.spec.clusterIP}"
        )
        caller = Caller(f"{caller_on}.{self.stack}", f"http://{address}/hostname", network=network)
        try:
            with Load(self.project.kubeconfig, caller) as load:
                eventually("the load runs", lambda: min(load.reads.asked, load.writes.asked, load.service.asked) >= 10)
                yield load
                asked = load.reads.asked
                eventually("the load goes on", lambda: load.reads.asked >= asked + 30)
        finally:
            caller.close()
        lost = load.lost()
        report.note(load, lost)
        print(load.report())
        for kind in {"reads", "writes", "service"} - set(allowed):
            count = getattr(load, kind)
            assert count.failed == [], f"{load.report()}\n{count.failed}"
        assert lost == []


def ranges(stack: str, number: int) -> Settings:
    """The part of the settings that no two stacks share."""
    network = {
        "nodeRange": f"10.{number}.0.0/24",
        "podRange": f"10.{number - 70}.0.0/16",
        "serviceRange": f"10.{number - 60}.0.0/16",
    }
    return {"clusterName": stack, "provider": "local", "network": network}
