"""The machines that become the cluster."""

from typing import Annotated, Literal

from pydantic import Field

from components.config.base import Settings
from components.config.labels import LabelKey, LabelValue, Taint
from components.config.ssh import MachineSsh
from components.config.values import Address, DnsLabel, Range, Version


class Machine(Settings):
    """One machine."""

    name: DnsLabel = Field(description="The machine's and its Node's name, a DNS label.", examples=["n1"])
    role: Literal["control-plane", "node"] = Field(
        "node",
        description="`control-plane` runs etcd and the control plane; there are 1, 3, 5 or 7. `node` runs workloads.",
    )
    address: Address = Field(
        description="The machine's address in `network.nodeRange`. Its place there is its place in the pod range.",
        examples=["10.80.0.21"],
    )
    ssh: MachineSsh = Field(MachineSsh(), description="How this machine is reached, where it differs from `ssh`.")
    labels: dict[LabelKey, LabelValue] = Field(
        {}, description="Labels of the Node.", examples=[{"example.org/disk": "nvme"}]
    )
    taints: tuple[Taint, ...] = Field(
        (), description="Taints of the Node, `key=value:Effect`.", examples=[["dedicated=storage:NoSchedule"]]
    )
    pod_range: Range | None = Field(
        None,
        description="The machine's own range of pod addresses, inside `network.podRange`. Default: derived from its "
        "address, so that 10.80.0.13 has 10.10.13.0/24.",
        examples=["10.10.200.0/24"],
    )
    kubernetes_version: Version | None = Field(
        None,
        description="The node's own Kubernetes version, to upgrade nodes in steps: at most three minor versions behind "
        "`kubernetesVersion`, never ahead. Default: `kubernetesVersion`.",
        examples=["1.35.4"],
    )
    gone: Annotated[bool, Field(strict=True)] = Field(
        False,
        description="True for a machine that is lost for good: it is taken out of the cluster and not spoken to. "
        "Afterwards its line can be removed.",
    )
