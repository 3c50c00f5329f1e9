"""Who may send what to whom, as data: what each role needs and no more. Both clouds make their rules of this.

All that is not here is closed. Sending is not limited.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

Role = Literal["control-plane", "node", "bastion", "balancer", "internal-balancer"]
MACHINES: tuple[Role, ...] = ("control-plane", "node")
SSH, ETCD, KUBELET, NODE_PORTS = "22", "2379-2380", "10250", "30000-32767"
# VXLAN's, where pods' packets go in a tunnel (components/files/usr/local/lib/kubernetes-from-scratch/tunnel).
TUNNEL = "4789"
# https://cloud.google.com/load-balancing/docs/health-check-concepts#ip-ranges: proxy-based, and passthrough balancers'.
GCE_HEALTH_CHECKS = tuple(map(IPv4Network, ("35.191.0.0/16", "130.211.0.0/22", "209.85.152.0/22", "209.85.204.0/22")))


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Traffic that is let in. Sources are roles, ranges, or both."""

    name: str
    """Unique; a DNS label."""
    description: str
    to: Role
    protocol: Literal["tcp", "udp", "icmp", "all"]
    ports: str = ""
    """One port, or a range like 30000-32767; empty for all."""
    roles: tuple[Role, ...] = ()
    ranges: tuple[IPv4Network, ...] = ()
    destination: IPv4Network | None = None
    """The addresses it is meant for where these are not the machine's own. GCE looks at it; a security group of AWS
    does not know it, and opens the whole machine."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the rules are made from."""

    provider: Literal["aws", "gce"]
    node_range: IPv4Network
    pod_range: IPv4Network
    api_port: int
    api_ranges: tuple[IPv4Network, ...]
    """Who reaches the API from outside of the cluster."""
    api_public: bool
    ssh_ranges: tuple[IPv4Network, ...]
    bastion: bool
    node_port_ranges: tuple[IPv4Network, ...]
    metrics_server: bool
    tunnel: bool
    """Whether pods' packets to other machines go in a tunnel, and all others under the machines' addresses."""
    nodes: bool
    """Whether there are machines of role `node`."""

    @property
    def inside(self) -> tuple[IPv4Network, ...]:
        """The addresses that the cluster's own packets come from."""
        return (self.node_range,) if self.tunnel else (self.node_range, self.pod_range)


def firewall(given: Surroundings) -> tuple[Rule, ...]:
    """All rules."""
    roles = MACHINES if given.nodes else MACHINES[:1]
    rules = [*_control_plane(given), *(rule for role in roles for rule in _machine(given, role, roles))]
    if given.bastion:
        rules.append(
            Rule(
                name="bastion-ssh",
                description="SSH to the bastion",
                to="bastion",
                protocol="tcp",
                ports=SSH,
                ranges=given.ssh_ranges,
            )
        )
    if given.provider == "aws":
        rules += _balancers(given)
    return tuple(rules)


def _control_plane(given: Surroundings) -> list[Rule]:
    inside = given.inside
    if given.provider == "aws":
        # The balancers have groups of their own, and connections come from them.
        api = Rule(
            name="api",
            description="The API from machines, pods and its balancers",
            to="control-plane",
            protocol="tcp",
            ports=str(given.api_port),
            roles=("internal-balancer", *(("balancer",) if given.api_public else ())),
            ranges=inside,
        )
    else:
        # A passthrough balancer leaves the clients' addresses as they are.
        api = Rule(
            name="api",
            description="The API from machines, pods, whom you allowed, and health checks of its balancers",
            to="control-plane",
            protocol="tcp",
            ports=str(given.api_port),
            ranges=tuple(dict.fromkeys((*inside, *given.api_ranges, *GCE_HEALTH_CHECKS))),
        )
    etcd = Rule(
        name="etcd",
        description="Clients and peers of etcd",
        to="control-plane",
        protocol="tcp",
        ports=ETCD,
        roles=("control-plane",),
    )
    return [api, etcd]


def _machine(given: Surroundings, role: Role, roles: tuple[Role, ...]) -> list[Rule]:
    inside = given.inside
    return [
        _pods(given, role, roles),
        Rule(
            name=f"{role}-kubelet",
            description="Kubelets from API servers (logs, exec), and from metrics-server where there is one",
            to=role,
            protocol="tcp",
            ports=KUBELET,
            roles=("control-plane",),
            ranges=inside if given.metrics_server else (),
        ),
        Rule(
            name=f"{role}-icmp",
            description="Ping and path MTU between machines and pods",
            to=role,
            protocol="icmp",
            ranges=inside,
        ),
        *(
            Rule(
                name=f"{role}-node-ports-{protocol}",
                description="NodePorts from machines, pods and whom you allowed",
                to=role,
                protocol=protocol,
                ports=NODE_PORTS,
                ranges=(*inside, *given.node_port_ranges),
            )
            for protocol in ("tcp", "udp")
        ),
        Rule(
            name=f"{role}-ssh",
            description="SSH from the bastion" if given.bastion else "SSH from the operators",
            to=role,
            protocol="tcp",
            ports=SSH,
            roles=("bastion",) if given.bastion else (),
            ranges=() if given.bastion else given.ssh_ranges,
        ),
    ]


def _pods(given: Surroundings, role: Role, roles: tuple[Role, ...]) -> Rule:
    if given.tunnel:
        # Each way is a flow of its own: replies to a control plane come as new packets from nodes.
        return Rule(
            name=f"{role}-tunnel",
            description="Packets of pods in the tunnel, from machines",
            to=role,
            protocol="udp",
            ports=TUNNEL,
            roles=roles,
        )
    # A node takes packets to its pods from every machine (NodePorts, host network), a control plane from its like only:
    # where a rule can't tell pods from the machine, nodes would reach etcd.
    return Rule(
        name=f"{role}-pods",
        description="Pods and machines to pods",
        to=role,
        protocol="all",
        roles=roles if role == "node" else ("control-plane",),
        ranges=(given.pod_range,),
        destination=given.pod_range,
    )


def _balancers(given: Surroundings) -> list[Rule]:
    port = str(given.api_port)
    own = () if given.api_public else given.api_ranges
    internal = Rule(
        name="internal-balancer-api",
        description="The private address of the API from machines, pods and whom you allowed",
        to="internal-balancer",
        protocol="tcp",
        ports=port,
        ranges=(*given.inside, *own),
    )
    if not given.api_public:
        return [internal]
    public = Rule(
        name="balancer-api",
        description="The public address of the API from whom you allowed",
        to="balancer",
        protocol="tcp",
        ports=port,
        ranges=given.api_ranges,
    )
    return [internal, public]
