"""Which certificates the cluster needs, as data. Kubelets get theirs from the cluster itself and are not here."""

from components.plan.model import Certificate, Cluster, Machine


def of_control_plane(cluster: Cluster, machine: Machine) -> tuple[Certificate, ...]:
    """The certificates of one control plane; each private key lies on that machine alone."""
    own = (str(machine.address), "127.0.0.1")

    def client(
        name: str, common_name: str, authority: str = "cluster", organizations: tuple[str, ...] = ()
    ) -> Certificate:
        return Certificate(
            name=f"{machine.name}-{name}",
            authority=authority,  # type: ignore[arg-type]
            common_name=common_name,
            organizations=organizations,
            usages=("client",),
            machine=machine.name,
        )

    return (
        Certificate(
            name=f"{machine.name}-etcd-server",
            authority="etcd",
            common_name=machine.name,
            dns_names=(machine.name, "localhost"),
            addresses=own,
            # etcdctl on the machine uses it as its client certificate too.
            usages=("server", "client"),
            machine=machine.name,
        ),
        Certificate(
            name=f"{machine.name}-etcd-peer",
            authority="etcd",
            common_name=machine.name,
            dns_names=(machine.name,),
            addresses=own,
            usages=("server", "client"),
            machine=machine.name,
        ),
        Certificate(
            name=f"{machine.name}-kube-apiserver",
            authority="cluster",
            common_name="kube-apiserver",
            dns_names=_api_names(cluster, machine),
            addresses=_api_addresses(cluster, machine),
            usages=("server",),
            machine=machine.name,
            public=True,
        ),
        client("kube-apiserver-etcd-client", "kube-apiserver-etcd-client", authority="etcd"),
        client("kube-apiserver-kubelet-client", "kube-apiserver-kubelet-client"),
        client("front-proxy-client", "front-proxy-client", authority="front-proxy"),
        client("kube-controller-manager", "system:kube-controller-manager"),
        client("kube-scheduler", "system:kube-scheduler"),
        client("kubelet-serving-approver", "kubelet-serving-approver"),
        *((client("group-keeper", "group-keeper"),) if cluster.groups else ()),
        # The steps that run on the machine act as this; it is no person's.
        client("operator", f"operator:{machine.name}", organizations=("system:masters",)),
    )


def _api_names(cluster: Cluster, machine: Machine) -> tuple[str, ...]:
    service = (
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        f"kubernetes.default.svc.{cluster.dns_domain}",
    )
    return (*service, machine.name, "localhost", *(n for n in cluster.api_extra_names if not _is_address(n)))


def _api_addresses(cluster: Cluster, machine: Machine) -> tuple[str, ...]:
    extra = tuple(name for name in cluster.api_extra_names if _is_address(name))
    api = map(str, cluster.api_addresses)
    wanted = (str(cluster.api_service_address), str(machine.address), *api, "127.0.0.1", *extra)
    return tuple(dict.fromkeys(wanted))


def _is_address(name: str) -> bool:
    return name.replace(".", "").isdigit()


def of_user(name: str, *groups: str) -> Certificate:
    """The client certificate of a person; its organization is the group."""
    return Certificate(
        name=f"user-{name}", authority="cluster", common_name=name, organizations=groups, usages=("client",)
    )
