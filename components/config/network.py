"""Addresses, and how pods reach each other."""

from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, model_validator

from components.config.base import Settings
from components.config.values import DnsName, Range

MIRROR_PLACE = 2
"""The place in the node range where provider `local` puts the artifact mirror; the first is the gateway's."""


class Network(Settings):
    """Address ranges (private ones, not overlapping) and the pod network."""

    mode: Literal["routes", "overlay", "external", "manifests"] = Field(
        "routes",
        description="How pods on different machines reach each other. `routes`: plain routes, no encapsulation (cloud "
        "route tables; static routes on bare metal). `overlay`: in a VXLAN tunnel (UDP port 4789, not encrypted), "
        "where a cloud's routes run out or bare-metal machines share no layer-2 network. `external`: the fabric "
        "outside routes the pod ranges, nothing is done here. `manifests`: a network of your own choice, given in "
        "`manifests`.",
    )
    node_range: Range = Field(IPv4Network("10.80.0.0/24"), description="The range of the machines' addresses.")
    pod_range: Range = Field(
        IPv4Network("10.10.0.0/16"), description="The range of the pods' addresses, cut into one slot per node address."
    )
    pod_prefix: Annotated[StrictInt, Field(ge=8, le=29)] | None = Field(
        None,
        description="The prefix length of one machine's slot of the pod range. Default: as many slots as `nodeRange` "
        "has addresses, /24 with the default ranges.",
        examples=[24],
    )
    service_range: Range = Field(
        IPv4Network("10.0.0.0/16"),
        description="The range of the services' addresses, from /12 to /24. The first is the API's, the tenth DNS's.",
    )
    # At least 8: a control plane's static pods, DNS and the optional addons need as many before any workload runs.
    pods_per_node: Annotated[StrictInt, Field(ge=8, le=1000)] = Field(
        110, description="The most pods that one machine runs (kubelet's maxPods)."
    )
    policy: Literal["calico", "none"] = Field(
        "calico",
        description="What enforces NetworkPolicy: `calico` (Calico's Felix) or `none`. With mode `manifests` it is "
        "`none`: that network brings its own.",
    )
    dns_domain: DnsName = Field("cluster.local", description="The domain of the services' DNS names.")
    manifests: tuple[Path, ...] = Field(
        (),
        description="Mode `manifests`: YAML files of the pod network, applied in this order. Relative paths start at "
        "the project's folder.",
        examples=[["stacks/network/cilium.yaml"]],
    )

    @model_validator(mode="before")
    @classmethod
    def _own_network_brings_its_policy(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("mode") == "manifests":
            return {"policy": "none", **data}
        return data
