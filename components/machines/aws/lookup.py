"""What is looked up at AWS: images, and what an existing VPC has."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.config.facts import refuse
from components.config.problems import Problem
from components.machines.images import pinned
from components.machines.lookup import invoke_options, stop
from components.plan.cloud import CloudPlan
from components.plan.pools import ImageQuery

ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}
# The tag that every part of a cluster has, with the cluster's name as its value.
OWNER_TAG = "kubernetes-from-scratch/cluster"


def image(name: str, query: ImageQuery, opts: pulumi.ResourceOptions) -> pulumi.Input[str]:
    """The image's id; one that was looked up is kept, see `pinned`."""
    if query.id:
        return query.id
    found = aws.ec2.get_ami_output(
        owners=[query.owner],
        most_recent=True,
        filters=[
            aws.ec2.GetAmiFilterArgs(name="name", values=[query.name]),
            aws.ec2.GetAmiFilterArgs(name="architecture", values=[ARCHITECTURES[query.architecture]]),
            aws.ec2.GetAmiFilterArgs(name="virtualization-type", values=["hvm"]),
            aws.ec2.GetAmiFilterArgs(name="root-device-type", values=["ebs"]),
        ],
        opts=invoke_options(opts),
    )
    return pinned(name, query, found.id, opts)


def root_device(image: pulumi.Input[str], opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """What the image calls its disk: a template has to say it to change anything of that disk."""
    known = pulumi.Output.from_input(image).apply(lambda known: [known])
    filters = [aws.ec2.GetAmiFilterArgs(name="image-id", values=known)]  # type: ignore[arg-type]
    found = aws.ec2.get_ami_output(filters=filters, opts=invoke_options(opts))
    name: pulumi.Output[str] = found.root_device_name
    return name


def internet_gateway(cloud: CloudPlan, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The id of the existing VPC's internet gateway."""
    filters = [aws.ec2.GetInternetGatewayFilterArgs(name="attachment.vpc-id", values=[cloud.network_id])]
    found = aws.ec2.get_internet_gateway_output(filters=filters, opts=invoke_options(opts))
    gateway: pulumi.Output[str] = found.internet_gateway_id
    return gateway


def check_network(cloud: CloudPlan, opts: pulumi.ResourceOptions) -> None:
    """End the program where the node range is not the existing VPC's, or where others' subnets lie in it."""
    options = invoke_options(opts)
    vpc = aws.ec2.get_vpc(id=cloud.network_id, opts=options)
    ranges = [IPv4Network(one.cidr_block) for one in vpc.cidr_block_associations]
    filters = [aws.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[cloud.network_id])]
    ids = aws.ec2.get_subnets(filters=filters, opts=options).ids
    subnets = [aws.ec2.get_subnet(id=one, opts=options) for one in ids]
    others = {s.id: IPv4Network(s.cidr_block) for s in subnets if s.tags.get(OWNER_TAG) != cloud.prefix}
    found = list(problems(cloud.node_range, ranges, others))
    if found:
        stop(found)


def problems(node_range: IPv4Network, ranges: list[IPv4Network], others: dict[str, IPv4Network]) -> Iterator[Problem]:
    """What stands against that part of a VPC with these ranges, where `others` have their subnets."""
    if not any(node_range.subnet_of(one) for one in ranges):
        rule = f"it lies in the VPC's own range ({', '.join(map(str, ranges))})"
        yield refuse("network.nodeRange", rule, "choose a free part of it, or add this range to the VPC", node_range)
    for subnet, taken in others.items():
        if taken.overlaps(node_range):
            rule = f"it is free: the VPC's subnet {subnet} has {taken}"
            yield refuse("network.nodeRange", rule, "choose a part of the VPC that no subnet has", node_range)
