"""Instances with the addresses, keys and disks that the plan says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.machines.aws import lookup
from components.machines.aws.firewall import Firewall
from components.machines.aws.names import Names
from components.machines.aws.network import Network
from components.machines.keys import Keys, public
from components.plan.cloud import USER, CloudPlan
from components.plan.pools import Instance
from components.remote import Bastion, Host


class Metadata(TypedDict):
    """How an instance's metadata is read."""

    http_endpoint: str
    http_tokens: str
    http_put_response_hop_limit: int


# GiB; it keeps nothing.
BASTION_DISK = 10
DISK, SPOT = "gp3", "spot"
# Sessions with tokens only (IMDSv2), and no hop further: pods can't read it.
METADATA: Metadata = {"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1}


@dataclass(frozen=True, kw_only=True)
class Making:
    """What all instances of a cluster are made with."""

    cloud: CloudPlan
    network: Network
    firewall: Firewall
    names: Names
    keys: Keys
    profile: pulumi.Output[str] | None
    """What gives control planes their rights in the account; None where they have none."""
    opts: pulumi.ResourceOptions

    def after_network(self, *more: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
        """Options of an instance: its first start needs a way out, and it goes before its successor comes, for two
        can't have the address at once."""
        own = pulumi.ResourceOptions(
            depends_on=[*self.network.ways_out],
            delete_before_replace=True,
            # A later template is for later machines: a change would stop this one.
            ignore_changes=["userData"],
        )
        options = self.opts
        for given in (own, *more):
            options = pulumi.ResourceOptions.merge(options, given)
        return options


def make_instance(
    making: Making,
    one: Instance,
    image: pulumi.Input[str],
    bastion: Bastion | None,
    after: pulumi.Resource | None = None,
) -> Host:
    """Register a machine of the cluster; it is reached as the result says. `after` is what comes before its changes."""
    cloud, keys = making.cloud, making.keys
    protect = cloud.protect and one.role == "control-plane"
    host_key = keys.host_key(one.name)
    instance = aws.ec2.Instance(
        f"{one.name}-instance",
        ami=image,
        instance_type=one.type,
        subnet_id=making.network.machines[one.zone].id,
        private_ip=str(one.address),
        vpc_security_group_ids=[making.firewall.groups[one.role].id],
        # Where it forwards pods' packets, their addresses are not its own.
        source_dest_check=not cloud.forwards,
        iam_instance_profile=making.profile if one.role == "control-plane" else None,
        user_data=keys.user_data(one.name, host_key),
        metadata_options=aws.ec2.InstanceMetadataOptionsArgs(**METADATA),
        root_block_device=_disk(one.disk, making.names.tags(one.name)),
        instance_market_options=_spot() if one.spot else None,
        disable_api_termination=protect,
        tags=making.names.owned(one.name),
        opts=making.after_network(pulumi.ResourceOptions(protect=protect, depends_on=[after] if after else [])),
    )
    return Host(
        name=one.name,
        address=_address(making, one, instance),
        user=USER,
        port=22,
        host_key=public(host_key),
        private_key=keys.operator,
        bastion=bastion,
        instance=instance,
        identity=instance.id,
    )


def make_bastion(making: Making) -> Bastion | None:
    """Register the host that SSH goes through to private machines; None where they are public."""
    if making.network.bastion is None:
        return None
    cloud, keys, tags = making.cloud, making.keys, making.names.tags("bastion")
    host_key = keys.host_key("bastion")
    instance = aws.ec2.Instance(
        "bastion",
        ami=lookup.image("bastion", cloud.bastion_image, making.opts),
        instance_type=cloud.bastion,
        subnet_id=making.network.bastion.id,
        private_ip=str(cloud.site.bastion_address),
        vpc_security_group_ids=[making.firewall.groups["bastion"].id],
        user_data=keys.user_data("bastion", host_key),
        metadata_options=aws.ec2.InstanceMetadataOptionsArgs(**METADATA),
        root_block_device=_disk(BASTION_DISK, tags),
        tags=tags,
        opts=making.after_network(),
    )
    return Bastion(host=instance.public_ip, user=USER, port=22, host_key=public(host_key))


def _address(making: Making, one: Instance, instance: aws.ec2.Instance) -> pulumi.Input[str]:
    """Where the machine is reached from here, or from the bastion."""
    if making.cloud.nodes_private:
        return str(one.address)
    if not one.reserved_address:
        return instance.public_ip
    reserved = aws.ec2.Eip(
        f"{one.name}-address",
        domain="vpc",
        instance=instance.id,
        tags=making.names.tags(one.name),
        opts=making.opts,
    )
    return reserved.public_ip


def _disk(size: int, tags: dict[str, str]) -> aws.ec2.InstanceRootBlockDeviceArgs:
    return aws.ec2.InstanceRootBlockDeviceArgs(
        volume_type=DISK, volume_size=size, encrypted=True, delete_on_termination=True, tags=tags
    )


def _spot() -> aws.ec2.InstanceInstanceMarketOptionsArgs:
    return aws.ec2.InstanceInstanceMarketOptionsArgs(market_type=SPOT)
