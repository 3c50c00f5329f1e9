"""Instances with the addresses, keys and disks that the plan says. Control planes act as a service account where the
cloud's controller manager runs; no other has rights in the project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

import pulumi
import pulumi_gcp as gcp

from components.machines.gce import lookup
from components.machines.gce.names import Names
from components.machines.gce.network import PODS, Network
from components.machines.keys import Keys, public
from components.plan.cloud import USER, CloudPlan
from components.plan.pools import ImageQuery, Instance
from components.remote import Bastion, Host

# GiB; it keeps nothing.
BASTION_DISK = 10
# Series that take no persistent disks: https://cloud.google.com/compute/docs/disks/hyperdisks#machine-type-support
HYPERDISK_ONLY = ("c4", "c4a", "c4d", "n4", "n4a", "n4d")


@dataclass(frozen=True, kw_only=True)
class Making:
    """What all instances of a cluster are made with."""

    cloud: CloudPlan
    network: Network
    names: Names
    keys: Keys
    opts: pulumi.ResourceOptions

    def after_network(self, *, protect: bool = False, after: pulumi.Resource | None = None) -> pulumi.ResourceOptions:
        """Options of an instance: it goes before its successor comes, for two can't have the address at once."""
        own = pulumi.ResourceOptions(
            depends_on=[*self.network.ways_out, *([after] if after else [])],
            delete_before_replace=True,
            protect=protect,
            # Another size is for later machines: the provider would make all of a pool anew for it.
            ignore_changes=["bootDisk.initializeParams.size"],
        )
        return pulumi.ResourceOptions.merge(self.opts, own)


def make_instance(
    making: Making,
    one: Instance,
    image: pulumi.Input[str],
    bastion: Bastion | None,
    after: pulumi.Resource | None = None,
) -> Host:
    """Register a machine of the cluster; it is reached as the result says. `after` is what comes before its changes."""
    cloud, names = making.cloud, making.names
    protect = cloud.protect and one.role == "control-plane"
    reserved = _reserve(making, one.name) if one.reserved_address else None
    host_key = making.keys.host_key(one.name)
    instance = gcp.compute.Instance(
        f"{one.name}-instance",
        name=names.of(one.name),
        zone=one.zone,
        machine_type=one.type,
        boot_disk=_disk(one.disk, one.type, image),
        network_interfaces=[
            _interface(
                making, one.address, reserved, public=not cloud.nodes_private, pods=cloud.pod_aliases.get(one.name)
            )
        ],
        # Where it forwards pods' packets, their addresses are not its own.
        can_ip_forward=cloud.forwards,
        tags=[names.role(one.role)],
        labels={**names.labels, "kubernetes-from-scratch-pool": one.pool},
        metadata=metadata_of(making.keys.user_data(one.name, host_key, aliased=bool(cloud.pod_aliases))),
        scheduling=_spot() if one.spot else None,
        service_account=_account(cloud) if one.role == "control-plane" else None,
        shielded_instance_config=_shielded(one.image),
        deletion_protection=protect,
        # Another machine type needs a stop, which the provider refuses otherwise.
        allow_stopping_for_update=True,
        # One that was stopped, or a spot machine that was taken away, runs again after `pulumi refresh` and an `up`.
        desired_status="RUNNING",
        opts=making.after_network(protect=protect, after=after),
    )
    return Host(
        name=one.name,
        address=str(one.address) if cloud.nodes_private else _public_address(instance),
        user=USER,
        port=22,
        host_key=public(host_key),
        private_key=making.keys.operator,
        bastion=bastion,
        instance=instance,
        # A number that Google gives to each instance, and never twice.
        identity=instance.instance_id,
    )


def link(host: Host) -> pulumi.Output[str]:
    """The link by which routes and groups name the machine."""
    if not isinstance(host.instance, gcp.compute.Instance):
        raise TypeError(f"{host.name} is no instance of Compute Engine")
    own: pulumi.Output[str] = host.instance.self_link
    return own


def make_bastion(making: Making) -> Bastion | None:
    """Register the host that SSH goes through to private machines; None where they are public."""
    cloud, names = making.cloud, making.names
    if not cloud.bastion:
        return None
    host_key, image = making.keys.host_key("bastion"), lookup.image("bastion", cloud.bastion_image, making.opts)
    instance = gcp.compute.Instance(
        "bastion",
        name=names.of("bastion"),
        zone=cloud.site.zones[0].name,
        machine_type=cloud.bastion,
        boot_disk=_disk(BASTION_DISK, cloud.bastion, image),
        network_interfaces=[_interface(making, cloud.site.bastion_address, None, public=True)],
        tags=[names.role("bastion")],
        labels=names.labels,
        metadata=metadata_of(making.keys.user_data("bastion", host_key)),
        shielded_instance_config=_shielded(cloud.bastion_image),
        allow_stopping_for_update=True,
        desired_status="RUNNING",
        opts=making.after_network(),
    )
    return Bastion(host=_public_address(instance), user=USER, port=22, host_key=public(host_key))


def _reserve(making: Making, name: str) -> pulumi.Output[str]:
    address = gcp.compute.Address(
        f"{name}-address",
        name=making.names.of(name),
        region=making.cloud.region,
        labels=making.names.labels,
        opts=making.opts,
    )
    reserved: pulumi.Output[str] = address.address
    return reserved


def _interface(
    making: Making,
    address: IPv4Address,
    reserved: pulumi.Output[str] | None,
    *,
    public: bool,
    pods: IPv4Network | None = None,
) -> gcp.compute.InstanceNetworkInterfaceArgs:
    outside = gcp.compute.InstanceNetworkInterfaceAccessConfigArgs(nat_ip=reserved)
    alias = gcp.compute.InstanceNetworkInterfaceAliasIpRangeArgs(ip_cidr_range=str(pods), subnetwork_range_name=PODS)
    return gcp.compute.InstanceNetworkInterfaceArgs(
        subnetwork=making.network.of(address),
        network_ip=str(address),
        access_configs=[outside] if public else None,
        alias_ip_ranges=[alias] if pods else None,
    )


def _disk(size: int, machine_type: str, image: pulumi.Input[str]) -> gcp.compute.InstanceBootDiskArgs:
    """The system's disk of that many GiB; Google encrypts all of them."""
    return gcp.compute.InstanceBootDiskArgs(
        initialize_params=gcp.compute.InstanceBootDiskInitializeParamsArgs(
            image=image, size=size, type=disk_type(machine_type)
        )
    )


def disk_type(machine_type: str) -> str:
    """The kind of disk that machines of that type take."""
    return "hyperdisk-balanced" if machine_type.partition("-")[0] in HYPERDISK_ONLY else "pd-balanced"


def metadata_of(user_data: pulumi.Output[str]) -> dict[str, pulumi.Input[str]]:
    """For cloud-init; and nobody comes in by the project's own keys or by rights in it."""
    return {"user-data": user_data, "enable-oslogin": "FALSE", "block-project-ssh-keys": "TRUE"}


def _shielded(image: ImageQuery) -> gcp.compute.InstanceShieldedInstanceConfigArgs | None:
    """Verified boot. Not every arm64 series has it: there Google's own default for the type holds."""
    if image.architecture == "arm64":
        return None
    return gcp.compute.InstanceShieldedInstanceConfigArgs(
        enable_secure_boot=True, enable_vtpm=True, enable_integrity_monitoring=True
    )


def _account(cloud: CloudPlan) -> gcp.compute.InstanceServiceAccountArgs | None:
    """Who the cloud's controller manager is; what it may do is a matter of the account's roles, not of scopes."""
    if not cloud.service_account:
        return None
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    return gcp.compute.InstanceServiceAccountArgs(email=cloud.service_account, scopes=scopes)


def _spot() -> gcp.compute.InstanceSchedulingArgs:
    return gcp.compute.InstanceSchedulingArgs(
        provisioning_model="SPOT",
        preemptible=True,
        automatic_restart=False,
        on_host_maintenance="TERMINATE",
        # Stopped, not deleted: its disk stays, and with it who the machine is in the cluster.
        instance_termination_action="STOP",
    )


def _public_address(instance: gcp.compute.Instance) -> pulumi.Output[str]:
    """The one that was reserved, or the one that Google chose."""

    def only(interfaces: Sequence[gcp.compute.outputs.InstanceNetworkInterface]) -> str:
        return str((interfaces[0].access_configs or [])[0].nat_ip)

    address: pulumi.Output[str] = instance.network_interfaces.apply(only)
    return address
