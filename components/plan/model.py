"""What `plan` decides: plain, frozen data that the rest of the program turns into resources.

Templates below `components/files/` get a `Cluster` as `cluster` and a `Machine` (of a group: a `Member`) as `machine`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from components.plan.rotation import Rotation

Role = Literal["control-plane", "node"]


@dataclass(frozen=True, kw_only=True)
class Taint:
    """`key=value:effect`; the value may be empty."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True, kw_only=True)
class Member:
    """What a machine is told of itself. Of a group's machine some is only known there: that is a blank (groups.py)."""

    name: str
    role: Role
    address: IPv4Address | str
    pod_range: IPv4Network | str
    api_server_url: str
    """The API server this machine's clients use: a control plane its own, a node the cluster's address."""
    kubernetes_version: str
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    provider_id: str = ""
    """How the cloud calls it, where somebody asks for that: its controller manager, or a group's autoscaler. With a
    slash at its end (AWS) the machine itself adds its instance's id."""
    labels_itself: bool = False
    """Whether its kubelet makes the Node with its labels, as in a group; others' are given by a control plane."""


@dataclass(frozen=True, kw_only=True)
class Machine(Member):
    """One machine: who it is in the cluster, not how it is reached."""

    address: IPv4Address
    pod_range: IPv4Network
    pod_range_by_hand: bool
    """True where the configuration names the pod range, so that the address does not give it."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Nodes that the cloud makes and that join by themselves: any number of machines that are all the same."""

    name: str
    """The pool's name."""
    member: Member
    subnets: tuple[IPv4Network, ...]
    """Where its machines have their addresses."""
    servers: Mapping[str, str]
    """Zone → URL of the API for machines there."""
    provider_id: str
    """A machine's name in the cloud, with blanks for its zone and its own part."""
    minimum: int
    token_hours: int


@dataclass(frozen=True, kw_only=True)
class Uids:
    """User ids of the control plane's containers: a range that Debian and systemd leave unused (60706 to 61183)."""

    etcd: int = 60901
    kube_apiserver: int = 60902
    kube_controller_manager: int = 60903
    kube_scheduler: int = 60904


@dataclass(frozen=True, kw_only=True)
class ExtraArgs:
    """Flags that the user adds, flag name without dashes → value."""

    etcd: Mapping[str, str]
    kube_apiserver: Mapping[str, str]
    kube_controller_manager: Mapping[str, str]
    kube_scheduler: Mapping[str, str]
    kubelet: Mapping[str, str]
    kube_proxy: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class CopyTo:
    """The host that snapshots are copied to, by SFTP."""

    host: str
    port: int
    user: str
    host_key: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Backup:
    """Snapshots of etcd on control planes."""

    schedule: str
    """As systemd's OnCalendar; empty where only `make backup` takes one."""
    keep: int
    max_age_days: int
    copy_to: CopyTo | None


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Everything about the cluster that is known before any machine exists."""

    name: str
    kubernetes_version: str
    machines: tuple[Machine, ...]
    groups: tuple[Group, ...]
    gone: tuple[Machine, ...]
    """Machines that are lost for good, of which nothing is left to do but to take them out."""
    node_range: IPv4Network
    pod_range: IPv4Network
    pod_prefix: int
    pods_per_node: int
    service_range: IPv4Network
    api_service_address: IPv4Address
    dns_address: IPv4Address
    dns_domain: str
    dns_replicas: int
    api_addresses: tuple[IPv4Address, ...]
    """Where the API answers inside: the virtual address, the only control plane's, or the balancer's in each zone."""
    api_port: int
    api_extra_names: tuple[str, ...]
    virtual_address: IPv4Address | None
    network_mode: Literal["routes", "overlay", "external", "manifests"]
    cloud: Literal["", "aws", "gce"]
    """The cloud that routes pods' packets and balances the API; empty where machines do both themselves."""
    controller_manager: bool
    """Whether the cloud's controller manager runs (`cloud.controllerManager`)."""
    csi: bool
    """Whether the cloud's CSI driver runs (`cloud.csi`)."""
    project: str
    """GCE's project; empty elsewhere."""
    cloud_network: str
    """The network's name (GCE) or id (AWS) where it was there before, else the cluster's name."""
    network_policy: Literal["calico", "none"]
    network_manifests: tuple[str, ...]
    """Contents of the user's CNI manifests (mode `manifests`)."""
    token_users: bool
    pod_security: str
    pod_security_exempt_namespaces: tuple[str, ...]
    metrics_server: bool
    local_volumes: bool
    private_registry: str
    """HOST[:PORT][/PREFIX] of a registry that asks for a password; empty where none does."""
    images: Mapping[str, str]
    """Image name → reference, as pods name it."""
    backup: Backup
    extra_args: ExtraArgs
    uids: Uids
    drain_timeout: int
    """How long a machine waits for its pods to leave before its kubelet or runtime is replaced, in seconds."""
    leave_seconds: int
    """How long an API server that stops still serves, so that the balancer sees it go; 0 where no other takes over."""
    rotation: Rotation
    repair: str
    """A word; another one makes every step run again. Empty: never asked for."""
    tls_cipher_suites: tuple[str, ...] = (
        # Forward secrecy and authenticated encryption only; TLS 1.3 has its own suites.
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    )

    @property
    def control_planes(self) -> tuple[Machine, ...]:
        """The control planes, in the order of the configuration."""
        return tuple(machine for machine in self.machines if machine.role == "control-plane")

    @property
    def nodes(self) -> tuple[Machine, ...]:
        """The machines that only run workloads."""
        return tuple(machine for machine in self.machines if machine.role == "node")

    @property
    def node_count(self) -> int:
        """How many machines run workloads only, the fewest of each group among them."""
        return len(self.nodes) + sum(group.minimum for group in self.groups)

    def drain_seconds(self, machine: Member) -> int:
        """`drain_timeout`; 0 where the machine's pods have nowhere to go, so that it is changed beneath them."""
        others = self.node_count if machine.role == "node" else len(self.control_planes) + self.node_count
        return self.drain_timeout if others > 1 else 0

    @property
    def signing_certificate(self) -> str:
        """That of the authority which signs kubelets' certificates, on control planes: a file with this one alone."""
        # The first authority is all that is trusted, and its file all that is needed.
        first = self.rotation.authorities.generation == 1
        return f"/etc/kubernetes/pki/{'' if first else 'kube-controller-manager/'}cluster-ca.crt"

    @property
    def api_address(self) -> IPv4Address:
        """The first of the API's addresses."""
        return self.api_addresses[0]

    @property
    def api_server_url(self) -> str:
        """The URL for everyone outside the control planes, as far as no cloud gives a public one."""
        return f"https://{self.api_address}:{self.api_port}"

    @property
    def virtual_router_id(self) -> int:
        """VRRP's id, 1 to 255: the virtual address's last byte, so that two clusters of one network differ."""
        return (int(self.virtual_address) & 0xFF or 255) if self.virtual_address else 0

    @property
    def pod_range_exceptions(self) -> tuple[str, ...]:
        """`pod-range=address` of each machine whose pod range was chosen by hand."""
        return tuple(f"{m.pod_range}={m.address}" for m in self.machines if m.pod_range_by_hand)


@dataclass(frozen=True, kw_only=True)
class File:
    """A file for a machine that holds no secret: a preview shows its content."""

    path: str
    """Absolute on the machine; below the step's folder where `staged`."""
    content: str
    mode: str = "0644"
    owner: str = "root:root"
    restarts: tuple[str, ...] = ()
    """Units that must be started anew when it changes."""
    when: str = ""
    """A function of `scripts/lib.sh` that decides on the machine whether the file belongs there."""
    staged: bool = False
    """True where the step's script itself puts it in its place."""


@dataclass(frozen=True, kw_only=True)
class SecretFile:
    """A file that reaches a machine by standard input only; `source` names what `pki` makes."""

    path: str
    source: str
    mode: str = "0600"
    owner: str = "root:root"
    restarts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate to be issued, as data."""

    name: str
    authority: Literal["cluster", "etcd", "front-proxy"]
    common_name: str
    organizations: tuple[str, ...] = ()
    dns_names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    usages: tuple[Literal["server", "client"], ...]
    machine: str = ""
    """The control plane it is for; empty for a user's."""
    public: bool = False
    """Whether it is also for the API's public addresses, which a cloud reserves."""
