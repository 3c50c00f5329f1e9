"""Machines that the program makes in a cloud, in pools of a kind."""

from typing import Annotated, Literal

from pydantic import Field, StrictInt

from components.config.base import Settings
from components.config.cloud import Image
from components.config.labels import LabelKey, LabelValue, Taint
from components.config.values import DnsLabel, Text, Version


class Group(Settings):
    """A pool that is a group of the cloud's: it makes its machines itself, and they join by themselves."""

    min: Annotated[StrictInt, Field(ge=0)] = Field(
        description="The fewest machines; `make up` waits until so many Nodes are Ready.", examples=[1]
    )
    max: Annotated[StrictInt, Field(ge=1)] = Field(
        description="The most machines. Where it is more than `min`, the group's size is the autoscaler's or yours: "
        "after the first `make up` the program leaves it alone.",
        examples=[10],
    )
    # Two days: half of it may be gone before `make up` renews it.
    token_hours: Annotated[StrictInt, Field(ge=48)] = Field(
        168,
        description="How long new machines can join after a `make up`, in hours. A `make up` in the second half of "
        "that time begins it anew.",
    )


class Pool(Settings):
    """Machines of one kind: `NAME-1`, `NAME-2`, … They go round the zones, one after the other.

    Those of a group are called after their addresses: `NAME-10-80-3-17`.
    """

    # 30: with the cluster's name (28) before it and a number after it, a name has at most 63 characters, as on GCE.
    name: Annotated[DnsLabel, Field(max_length=30)] = Field(
        description="The pool's name; its machines and Nodes are called NAME-1, NAME-2 and so on, those of a group "
        "after their addresses, like NAME-10-80-3-17.",
        examples=["workers"],
    )
    role: Literal["control-plane", "node"] = Field(
        "node", description="`control-plane` (1, 3, 5 or 7 machines in all) or `node`."
    )
    count: Annotated[StrictInt, Field(ge=0)] = Field(
        description="How many machines; of a group, how many it begins with.", examples=[3]
    )
    first: Annotated[StrictInt, Field(ge=5)] | None = Field(
        None,
        description="The place in each zone's part of `network.nodeRange` where the pool's addresses begin, so that a "
        "pool that grows or goes moves no other one's. The first five are the cloud's own and the API's. Required, "
        "but for a group: its machines take any address of the groups' own subnets.",
        examples=[20],
    )
    group: Group | None = Field(
        None,
        description="An auto-scaling group (AWS) or managed instance group (GCE) instead of single machines; nodes "
        "only, and not with `network.mode: routes`.",
    )
    type: Text = Field(description="The machine type.", examples=["t3.medium"])
    architecture: Literal["amd64", "arm64"] = Field("amd64", description="The machine type's processor architecture.")
    zones: tuple[Text, ...] = Field(
        (),
        description="The zones of this pool, some of `cloud.zones`. Default: all of them.",
        examples=[["eu-central-1a"]],
    )
    disk: Annotated[StrictInt, Field(ge=10)] = Field(30, description="The size of the system's disk in GiB.")
    image: Image | None = Field(None, description="The operating system. Default: `cloud.image`.")
    spot: bool = Field(
        False, strict=True, description="Cheaper machines that the cloud may take away at any time; nodes only."
    )
    reserved_address: bool = Field(
        False,
        strict=True,
        description="A reserved public address for each machine, kept when it restarts. Public networks only.",
    )
    labels: dict[LabelKey, LabelValue] = Field(
        {},
        description="Labels of the Nodes, besides zone, region and `kubernetes-from-scratch/pool`.",
        examples=[{"example.org/disk": "nvme"}],
    )
    taints: tuple[Taint, ...] = Field(
        (), description="Taints of the Nodes, `key=value:Effect`.", examples=[["dedicated=storage:NoSchedule"]]
    )
    kubernetes_version: Version | None = Field(
        None,
        description="The nodes' own Kubernetes version, as for a machine. Default: `kubernetesVersion`.",
        examples=["1.35.4"],
    )
