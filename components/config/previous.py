"""What the stack's last `pulumi up` made, as far as it limits what the settings may become."""

from dataclasses import dataclass
from ipaddress import IPv4Network


@dataclass(frozen=True, kw_only=True)
class PreviousCluster:
    """The cluster that is there; None where the last outputs don't say."""

    kubernetes_version: str | None = None
    cluster_name: str | None = None
    pod_range: IPv4Network | None = None
    service_range: IPv4Network | None = None
    dns_domain: str | None = None
