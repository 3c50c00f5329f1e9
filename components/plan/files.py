"""Every file of every machine: which of `components/files/` it gets, and what must start anew when one changes.

The secret ones are named here too, by what `pki` makes; their content never comes through this module.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from components.plan.model import Cluster, File, Machine, Member, SecretFile
from components.plan.templates import render

REGISTRY_LOGIN = "/etc/containerd/conf.d/60-registry.toml"
BACKUP = "/etc/kubernetes/backup"
LIBRARY = "/usr/local/lib/kubernetes-from-scratch"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A file of `components/files/` and the machines that get it."""

    path: str
    restarts: tuple[str, ...] = ()
    mode: str = "0644"
    when: str = ""
    wanted: Callable[[Cluster, Member], bool] = lambda cluster, machine: True
    staged: bool = False


def _policy(cluster: Cluster, machine: Member) -> bool:
    return cluster.network_policy == "calico"


def _bridge(cluster: Cluster, machine: Member) -> bool:
    return cluster.network_policy == "none" and cluster.network_mode != "manifests"


def _own_network(cluster: Cluster, machine: Member) -> bool:
    return cluster.network_mode != "manifests"


def _routes(cluster: Cluster, machine: Member) -> bool:
    return cluster.network_mode in ("routes", "overlay")


def _tunnel(cluster: Cluster, machine: Member) -> bool:
    return cluster.network_mode == "overlay"


def _node(cluster: Cluster, machine: Member) -> bool:
    return machine.role == "node"


def _tainted(cluster: Cluster, machine: Member) -> bool:
    return bool(machine.taints)


def _known_to_the_cloud(cluster: Cluster, machine: Member) -> bool:
    return bool(machine.provider_id)


def _scheduled(cluster: Cluster, machine: Member) -> bool:
    return bool(cluster.backup.schedule)


def _copied(cluster: Cluster, machine: Member) -> bool:
    return cluster.backup.copy_to is not None


def _virtual(cluster: Cluster, machine: Member) -> bool:
    return cluster.virtual_address is not None and machine.role == "control-plane"


def _groups(cluster: Cluster, machine: Member) -> bool:
    return bool(cluster.groups)


PREPARE = (
    Rule(path="/etc/modules-load.d/kubernetes.conf", restarts=("sysctl",)),
    Rule(path="/etc/sysctl.d/90-kubernetes.conf", restarts=("sysctl",)),
    # A container's kernel is its host's: these are the host's to set.
    Rule(path="/etc/sysctl.d/91-kubelet-defaults.conf", restarts=("sysctl",), when="on_own_kernel"),
    Rule(path="/etc/sysctl.d/92-bridge.conf", restarts=("sysctl",), wanted=_bridge),
    Rule(path="/etc/sysctl.d/93-virtual-address.conf", restarts=("sysctl",), wanted=_virtual),
    Rule(path="/etc/systemd/system/containerd.service", restarts=("containerd",)),
    Rule(path="/etc/containerd/config.toml", restarts=("containerd",)),
    Rule(path="/etc/containerd/conf.d/50-container.toml", restarts=("containerd",), when="in_container"),
)

NODE = (
    Rule(path="/etc/systemd/system/kubelet.service", restarts=("kubelet",)),
    Rule(path="/etc/kubernetes/kubelet.yaml", restarts=("kubelet",)),
    Rule(path="/etc/kubernetes/kubelet.conf.d/50-container.conf", restarts=("kubelet",), when="in_container"),
    Rule(path="/etc/kubernetes/kubelet.conf.d/60-resolved.conf", restarts=("kubelet",), when="has_resolved"),
    # Read once, when the Node is made: a change needs no restart.
    Rule(path="/etc/kubernetes/kubelet.conf.d/70-taints.conf", wanted=_tainted),
    Rule(path=f"{LIBRARY}/provider-id", restarts=("kubelet",), mode="0755", wanted=_known_to_the_cloud),
    Rule(path=f"{LIBRARY}/wait-for-api", mode="0755", wanted=_node),
    Rule(path=f"{LIBRARY}/wait-for-certificate", mode="0755"),
    Rule(path="/etc/kubernetes/node.kubeconfig", restarts=("kube-proxy", "calico-felix")),
    Rule(path="/etc/systemd/system/kube-proxy.service", restarts=("kube-proxy",)),
    Rule(path="/etc/kubernetes/kube-proxy.yaml", restarts=("kube-proxy",)),
    Rule(path="/etc/cni/net.d/10-kubernetes.conflist", wanted=_own_network),
    Rule(path="/etc/systemd/system/calico-felix.service", restarts=("calico-felix",), wanted=_policy),
    Rule(path="/etc/calico/felix.env", restarts=("calico-felix",), wanted=_policy),
    Rule(path=f"{LIBRARY}/routes", restarts=("kubernetes-routes",), mode="0755", wanted=_routes),
    Rule(path=f"{LIBRARY}/tunnel", restarts=("kubernetes-routes",), wanted=_tunnel),
    Rule(path="/etc/kubernetes/routes.env", restarts=("kubernetes-routes",), wanted=_routes),
    Rule(path="/etc/systemd/system/kubernetes-routes.service", restarts=("kubernetes-routes",), wanted=_routes),
)

CONTROL_PLANE = (
    Rule(path="/etc/kubernetes/kube-apiserver/authentication.yaml"),
    Rule(path="/etc/kubernetes/kube-apiserver/admission.yaml"),
    Rule(path="/etc/kubernetes/kube-apiserver/audit-policy.yaml"),
    Rule(path="/etc/kubernetes/kube-controller-manager.kubeconfig"),
    Rule(path="/etc/kubernetes/kube-scheduler.kubeconfig"),
    Rule(path="/etc/kubernetes/admin.kubeconfig", mode="0600"),
    Rule(path="/etc/kubernetes/kubelet-serving-approver.kubeconfig", restarts=("kubelet-serving-approver",)),
    Rule(path=f"{LIBRARY}/kubelet-serving-approver", restarts=("kubelet-serving-approver",), mode="0755"),
    Rule(path="/etc/systemd/system/kubelet-serving-approver.service", restarts=("kubelet-serving-approver",)),
    Rule(path="/etc/kubernetes/groups.json", restarts=("group-keeper",), wanted=_groups),
    Rule(path=f"{LIBRARY}/group_keeper.py", restarts=("group-keeper",), wanted=_groups),
    Rule(path="/etc/systemd/system/group-keeper.service", restarts=("group-keeper",), wanted=_groups),
    Rule(path=f"{LIBRARY}/etcd-snapshot", mode="0755"),
    Rule(path=f"{BACKUP}/settings"),
    Rule(path=f"{BACKUP}/known_hosts", wanted=_copied),
    Rule(path="/etc/systemd/system/etcd-snapshot.service"),
    Rule(path="/etc/systemd/system/etcd-snapshot.timer", restarts=("etcd-snapshot.timer",), wanted=_scheduled),
    # Without these no kubelet joins and no pod gets a network: they are applied before anything else.
    Rule(path="/etc/kubernetes/addons/rbac.yaml"),
    Rule(path="/etc/kubernetes/addons/calico-crds.yaml", wanted=_policy),
    Rule(path="/etc/kubernetes/addons/calico-policy.yaml", wanted=_policy),
    *(
        Rule(path=f"/etc/kubernetes/manifests/{component}.yaml", staged=True)
        for component in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
    ),
    Rule(path="/etc/haproxy/haproxy.cfg", restarts=("haproxy",), wanted=_virtual),
    Rule(path="/etc/systemd/system/haproxy.service.d/kubernetes.conf", restarts=("haproxy",), wanted=_virtual),
    Rule(path="/etc/keepalived/keepalived.conf", wanted=_virtual, staged=True),
)


def render_rules(rules: Iterable[Rule], cluster: Cluster, machine: Member) -> tuple[File, ...]:
    """The files that these rules give that machine, in their order."""
    return tuple(
        File(
            path=rule.path,
            content=render(rule.path, cluster, machine),
            mode=rule.mode,
            restarts=rule.restarts,
            when=rule.when,
            staged=rule.staged,
        )
        for rule in rules
        if rule.wanted(cluster, machine)
    )


def service_units(cluster: Cluster, machine: Member) -> tuple[str, ...]:
    """The units beside kubelet and containerd that run on the machine."""
    return (
        "kube-proxy",
        *(("calico-felix",) if cluster.network_policy == "calico" else ()),
        *(("kubelet-serving-approver",) if machine.role == "control-plane" else ()),
        *(("group-keeper",) if machine.role == "control-plane" and cluster.groups else ()),
        *(("etcd-snapshot.timer",) if machine.role == "control-plane" and cluster.backup.schedule else ()),
    )


def prepare_secrets(cluster: Cluster) -> tuple[SecretFile, ...]:
    """What every machine gets by standard input before it runs a container."""
    if not cluster.private_registry:
        return ()
    return (SecretFile(path=REGISTRY_LOGIN, source="registry-login", restarts=("containerd",)),)


def node_secrets(cluster: Cluster, machine: Member) -> tuple[SecretFile, ...]:
    """What a node gets by standard input."""
    # Whoever trusts the API server by it reads it at its start only.
    policy = ("calico-felix",) if cluster.network_policy == "calico" else ()
    balancer = ("haproxy",) if _virtual(cluster, machine) else ()
    clients = ("kubelet", "kube-proxy", *policy, *balancer)
    return (
        SecretFile(path="/etc/kubernetes/pki/cluster-ca.crt", source="ca/cluster.crt", mode="0644", restarts=clients),
        SecretFile(path="/etc/kubernetes/bootstrap.kubeconfig", source="bootstrap.kubeconfig"),
    )


def control_plane_secrets(cluster: Cluster, machine: Machine) -> tuple[SecretFile, ...]:
    """What a control plane gets by standard input: each private key beside the component that uses it, and its own."""
    uids = cluster.uids
    pki = "/etc/kubernetes/pki"

    def pair(directory: str, file: str, certificate: str, uid: int, *restarts: str) -> tuple[SecretFile, SecretFile]:
        owner = f"{uid}:{uid}"
        base, source = f"{pki}/{directory}/{file}", f"certificate/{machine.name}-{certificate}"
        return (
            SecretFile(path=f"{base}.crt", source=f"{source}.crt", owner=owner, restarts=restarts),
            SecretFile(path=f"{base}.key", source=f"{source}.key", owner=owner, restarts=restarts),
        )

    def one(path: str, source: str, uid: int) -> SecretFile:
        return SecretFile(path=path, source=source, owner=f"{uid}:{uid}")

    apiserver, manager = uids.kube_apiserver, uids.kube_controller_manager
    return (
        *node_secrets(cluster, machine),
        SecretFile(path=f"{pki}/etcd-ca.crt", source="ca/etcd.crt", mode="0644"),
        SecretFile(path=f"{pki}/front-proxy-ca.crt", source="ca/front-proxy.crt", mode="0644"),
        *pair("etcd", "server", "etcd-server", uids.etcd),
        *pair("etcd", "peer", "etcd-peer", uids.etcd),
        *pair("kube-apiserver", "server", "kube-apiserver", apiserver),
        *pair("kube-apiserver", "etcd-client", "kube-apiserver-etcd-client", apiserver),
        *pair("kube-apiserver", "kubelet-client", "kube-apiserver-kubelet-client", apiserver),
        *pair("kube-apiserver", "front-proxy-client", "front-proxy-client", apiserver),
        one(f"{pki}/kube-apiserver/service-account.key", "service-account.key", apiserver),
        one(f"{pki}/kube-apiserver/service-account.pub", "service-account.pub", apiserver),
        one("/etc/kubernetes/kube-apiserver/encryption.yaml", "encryption.yaml", apiserver),
        *((one("/etc/kubernetes/kube-apiserver/tokens.csv", "tokens.csv", apiserver),) if cluster.token_users else ()),
        *pair("kube-controller-manager", "client", "kube-controller-manager", manager),
        one(f"{pki}/kube-controller-manager/cluster-ca.key", "ca/cluster.key", manager),
        *(
            (one(cluster.signing_certificate, "ca/cluster-signing.crt", manager),)
            if cluster.rotation.authorities.generation > 1
            else ()
        ),
        one(f"{pki}/kube-controller-manager/service-account.key", "service-account.key", manager),
        *pair("kube-scheduler", "client", "kube-scheduler", uids.kube_scheduler),
        *pair("kubelet-serving-approver", "client", "kubelet-serving-approver", 0, "kubelet-serving-approver"),
        *(pair("group-keeper", "client", "group-keeper", 0, "group-keeper") if cluster.groups else ()),
        *pair("operator", "client", "operator", 0),
        one(f"{BACKUP}/encryption.key", "backup/encryption.key", 0),
        one(f"{BACKUP}/authentication.key", "backup/authentication.key", 0),
        *((one(f"{BACKUP}/copy.key", "backup/copy.key", 0),) if cluster.backup.copy_to else ()),
    )
