"""From the configuration to the cluster as data."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from math import ceil

from components.config import settings
from components.config.backup import NEVER
from components.plan.addresses import default_pod_prefix, nth_address, pod_range_of
from components.plan.groups import make_groups
from components.plan.lock import Lock
from components.plan.model import Backup, Cluster, CopyTo, ExtraArgs, Machine, Uids
from components.plan.pools import members, site_of, taint
from components.plan.rotation import make_rotation

# A cluster's DNS serves about sixteen machines a replica (the ratio of upstream's DNS autoscaler), two at least.
MACHINES_PER_DNS_REPLICA = 16
# Whoever balances the API gives a server up after its checks: HAProxy three, one a second (haproxy.cfg), a cloud two,
# ten seconds apart (components/machines/*/balancer.py). The rest is for a busy machine, and for the word to spread.
LEAVE_SECONDS, LEAVE_SECONDS_IN_CLOUD = 5, 30
# Each cloud's controller manager and CSI driver, by the names of their images, and what upstream puts beside a driver.
CSI_DRIVERS = {"aws": "aws-ebs-csi-driver", "gce": "gcp-compute-persistent-disk-csi-driver"}
CSI_CONTROLLER_IMAGES = ("csi-provisioner", "csi-attacher", "csi-resizer")
CONTROLLER_MANAGERS = {"aws": "aws-cloud-controller-manager", "gce": "gcp-cloud-controller-manager"}


def make_cluster(config: settings.ClusterConfig, lock: Lock, manifests: tuple[str, ...] = ()) -> Cluster:
    """The cluster that the configuration asks for; `manifests` are the contents of `network.manifests`."""
    version = config.kubernetes_version or lock.default("kubernetes")
    network = config.network
    pod_prefix = network.pod_prefix or default_pod_prefix(network.node_range, network.pod_range)
    given = tuple(machine for machine in members(config) if not machine.gone)
    api = _api_addresses(config, given)
    machines = tuple(_machine(m, config, version, pod_prefix, api[m.name], given) for m in given)
    any_api = next(iter(api.values()))
    gone = tuple(_machine(m, config, version, pod_prefix, any_api, given) for m in config.machines if m.gone)
    groups = make_groups(config, version)
    count = len(machines) + sum(group.minimum for group in groups)
    return Cluster(
        name=config.cluster_name,
        kubernetes_version=version,
        machines=machines,
        groups=groups,
        gone=gone,
        node_range=network.node_range,
        pod_range=network.pod_range,
        pod_prefix=pod_prefix,
        pods_per_node=network.pods_per_node,
        service_range=network.service_range,
        api_service_address=nth_address(network.service_range, 1),
        dns_address=nth_address(network.service_range, 10),
        dns_domain=network.dns_domain,
        dns_replicas=min(count, max(2, ceil(count / MACHINES_PER_DNS_REPLICA))),
        api_addresses=tuple(dict.fromkeys((*api.values(), *_further_api_addresses(config)))),
        api_port=config.api.port,
        api_extra_names=config.api.extra_names,
        virtual_address=config.api.virtual_address,
        network_mode=network.mode,
        cloud=config.provider if config.provider in ("aws", "gce") else "",
        controller_manager=_controlled(config),
        csi=config.cloud is not None and config.cloud.csi,
        project=(config.cloud.project or "") if config.cloud else "",
        cloud_network=(config.cloud.network.id if config.cloud else None) or config.cluster_name,
        network_policy=network.policy,
        network_manifests=manifests,
        token_users=any(user.credential == "token" for user in config.users),
        pod_security=config.security.pod_security,
        pod_security_exempt_namespaces=config.security.pod_security_exempt_namespaces,
        metrics_server=config.addons.metrics_server,
        local_volumes=config.addons.local_volumes,
        private_registry=(config.images.registry or "") if config.images.username else "",
        images=_images(config, lock, version),
        backup=_backup(config.backup),
        extra_args=ExtraArgs(**{name: getattr(config.extra_args, name) for name in ExtraArgs.__dataclass_fields__}),
        uids=Uids(),
        drain_timeout=config.rollout.drain_timeout,
        leave_seconds=_leave_seconds(config, given),
        rotation=make_rotation(config.rotation),
        repair=config.repair,
    )


def _leave_seconds(config: settings.ClusterConfig, given: tuple[settings.Machine, ...]) -> int:
    if sum(machine.role == "control-plane" for machine in given) == 1:
        return 0
    return LEAVE_SECONDS if config.cloud is None else LEAVE_SECONDS_IN_CLOUD


def _api_addresses(config: settings.ClusterConfig, given: tuple[settings.Machine, ...]) -> dict[str, IPv4Address]:
    """The address at which each machine's clients find the API: in a cloud the balancer's in its zone."""
    if config.cloud is None:
        first = next(machine.address for machine in given if machine.role == "control-plane")
        return dict.fromkeys((machine.name for machine in given), config.api.virtual_address or first)
    zones = site_of(config, config.cloud).zones
    return {m.name: next(zone.api_address for zone in zones if m.address in zone.subnet) for m in given}


def _further_api_addresses(config: settings.ClusterConfig) -> tuple[IPv4Address, ...]:
    """Those of zones without a machine: the first one there must not change the API's certificates."""
    return () if config.cloud is None else tuple(zone.api_address for zone in site_of(config, config.cloud).zones)


def _machine(
    machine: settings.Machine,
    config: settings.ClusterConfig,
    version: str,
    pod_prefix: int,
    api: IPv4Address,
    given: tuple[settings.Machine, ...],
) -> Machine:
    network = config.network
    control_plane = machine.role == "control-plane"
    has_nodes = _has_nodes(config, given)
    by_role = ("node-role.kubernetes.io/control-plane=:NoSchedule",) if control_plane and has_nodes else ()
    # A control plane's clients use its own API server.
    server = machine.address if control_plane else api
    return Machine(
        name=machine.name,
        role=machine.role,
        address=machine.address,
        pod_range=machine.pod_range or pod_range_of(machine.address, network.node_range, network.pod_range, pod_prefix),
        pod_range_by_hand=machine.pod_range is not None,
        api_server_url=f"https://{server}:{config.api.port}",
        kubernetes_version=machine.kubernetes_version or version,
        labels={**_balanced(config, by_role), **machine.labels},
        taints=tuple(taint(text) for text in (*by_role, *machine.taints)),
        provider_id=_provider_id(machine, config),
    )


def _balanced(config: settings.ClusterConfig, by_role: tuple[str, ...]) -> dict[str, str]:
    """A cloud's balancers leave out control planes that run no workloads."""
    return {"node.kubernetes.io/exclude-from-external-load-balancers": ""} if by_role and _controlled(config) else {}


def _controlled(config: settings.ClusterConfig) -> bool:
    return config.cloud is not None and config.cloud.controller_manager == "external"


def _provider_id(machine: settings.Machine, config: settings.ClusterConfig) -> str:
    """In the form that the cloud's controller manager reads."""
    if config.cloud is None or not _controlled(config):
        return ""
    zone = next(zone.name for zone in site_of(config, config.cloud).zones if machine.address in zone.subnet)
    if config.provider == "aws":
        return f"aws:///{zone}/"
    return f"gce://{config.cloud.project}/{zone}/{config.cluster_name}-{machine.name}"


def _backup(chosen: settings.Backup) -> Backup:
    to = chosen.copy_to
    return Backup(
        schedule="" if chosen.schedule == NEVER else chosen.schedule,
        keep=chosen.keep,
        max_age_days=chosen.max_age_days,
        copy_to=CopyTo(host=to.host, port=to.port, user=to.user, host_key=to.host_key, path=to.path) if to else None,
    )


def _has_nodes(config: settings.ClusterConfig, given: tuple[settings.Machine, ...]) -> bool:
    """Without nodes the control planes run the workloads, so they get no taint."""
    return any(machine.role == "node" for machine in given) or any(pool.group for pool in config.pools)


def _images(config: settings.ClusterConfig, lock: Lock, version: str) -> Mapping[str, str]:
    """Image name → reference; with a private registry upstream's registry host is exchanged for it."""

    def reference(name: str) -> str:
        part_version = version if name.startswith("kube-") else lock.default(name)
        upstream = lock.image(name, part_version).reference
        return f"{config.images.registry}/{upstream.partition('/')[2]}" if config.images.registry else upstream

    return {name: reference(name) for name in _image_names(config)}


def _image_names(config: settings.ClusterConfig) -> Iterator[str]:
    """The images that this cluster uses; agnhost is what the verification runs."""
    yield from ("pause", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "coredns", "agnhost")
    if config.addons.metrics_server:
        yield "metrics-server"
    if config.addons.local_volumes:
        yield from ("local-path-provisioner", "busybox")
    if _controlled(config):
        yield CONTROLLER_MANAGERS[config.provider]
    if config.cloud is not None and config.cloud.csi:
        yield from (CSI_DRIVERS[config.provider], *CSI_CONTROLLER_IMAGES, "csi-node-driver-registrar")
