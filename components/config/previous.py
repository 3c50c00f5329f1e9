"""What the stack's last `pulumi up` made, as far as it limits what the settings may become."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from components.config.rotation import Stage


@dataclass(frozen=True, kw_only=True)
class PreviousInstance:
    """A machine in a cloud: `image` is what was wanted, `image_id` what was found and taken.

    `image_id` is empty where the machine's first steps did not come to their end.
    """

    address: str
    type: str
    image: str
    image_id: str


@dataclass(frozen=True, kw_only=True)
class Reached:
    """The stage of a rotation that an `up` came to the end of; `since` is when, in RFC 3339, empty for the first."""

    generation: int = 1
    stage: Stage = "drop"
    since: str = ""


@dataclass(frozen=True, kw_only=True)
class PreviousCluster:
    """The cluster that is there; None where the last outputs don't say."""

    kubernetes_version: str | None = None
    cluster_name: str | None = None
    pod_range: IPv4Network | None = None
    service_range: IPv4Network | None = None
    dns_domain: str | None = None
    founder: str | None = None
    """The control plane that founded the cluster; it may be gone."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Control plane → the Kubernetes version that it reached; not all have the same after an upgrade that failed."""
    control_planes: tuple[str, ...] = ()
    """In the order in which they came."""
    machines: Mapping[str, str] = field(default_factory=dict)
    """Name → role."""
    gone: frozenset[str] = frozenset()
    """Machines that were lost for good and still have a line in the settings."""
    groups: bool | None = None
    """Whether there are groups of machines."""
    instances: Mapping[str, PreviousInstance] = field(default_factory=dict)
    """Name → a machine that was made in a cloud."""
    rotation: Mapping[str, Reached] = field(default_factory=dict)
    """Name of a rotation → where it is; without those that never began."""
    rotation_before: Mapping[str, Reached] = field(default_factory=dict)
    """The same before the last `up`."""
