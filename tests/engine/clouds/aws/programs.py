"""A small cluster's worth of AWS: two zones, machines with routes to their pods, a balancer with fixed addresses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

ZONES = ("eu-central-1a", "eu-central-1b")
PORT = 6443


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """What a test changes. `node`: more or other inputs of the nodes' instances."""

    name: str = "one"
    second_byte: int = 80
    nodes: int = 2
    instance_type: str = "t3.medium"
    node: Mapping[str, Any] = field(default_factory=dict)
    owner: str = "136693071363"
    zones: tuple[str, ...] = ZONES
    destination_check: bool = False
    first_port: int = 22

    def __call__(self) -> None:
        """The program."""
        network = _Network(self)
        machines = [self._machine(network, index) for index in range(self.nodes)]
        _Balancer(self, network, machines)
        pulumi.export("network", network.vpc.id)
        pulumi.export("addresses", [machine.private_ip for machine in machines])
        pulumi.export("image", network.image.id)

    def tags(self, name: str) -> dict[str, str]:
        return {"Name": f"{self.name}-{name}", "cluster": self.name}

    def _machine(self, network: _Network, index: int) -> aws.ec2.Instance:
        zone = index % len(self.zones)
        machine = aws.ec2.Instance(
            f"{self.name}-n{index}",
            **{
                "ami": network.image.id,
                "instance_type": self.instance_type,
                "subnet_id": network.subnets[zone].id,
                "private_ip": f"10.{self.second_byte}.{zone}.{20 + index}",
                "associate_public_ip_address": True,
                "vpc_security_group_ids": [network.group.id],
                "iam_instance_profile": network.profile.name,
                "source_dest_check": self.destination_check,
                "user_data": f"#cloud-config\nhostname: n{index}\n",
                "metadata_options": {"http_tokens": "required", "http_put_response_hop_limit": 1},
                "root_block_device": {"volume_size": 20, "volume_type": "gp3", "encrypted": True},
                "tags": self.tags(f"n{index}"),
                **self.node,
            },
            opts=pulumi.ResourceOptions(delete_before_replace=True, ignore_changes=["ami"]),
        )
        aws.ec2.Route(
            f"{self.name}-n{index}",
            route_table_id=network.table.id,
            destination_cidr_block=f"10.{self.second_byte + 1}.{20 + index}.0/24",
            network_interface_id=machine.primary_network_interface_id,
        )
        return machine


class _Network:
    def __init__(self, cluster: Cluster) -> None:
        name, block = cluster.name, f"10.{cluster.second_byte}"
        self.image = aws.ec2.get_ami_output(
            owners=[cluster.owner],
            most_recent=True,
            filters=[
                {"name": "name", "values": ["debian-12-amd64-*"]},
                {"name": "architecture", "values": ["x86_64"]},
            ],
        )
        self.vpc = aws.ec2.Vpc(
            name, cidr_block=f"{block}.0.0/16", enable_dns_hostnames=True, tags=cluster.tags("network")
        )
        gateway = aws.ec2.InternetGateway(name, vpc_id=self.vpc.id, tags=cluster.tags("gateway"))
        self.table = aws.ec2.RouteTable(name, vpc_id=self.vpc.id, tags=cluster.tags("routes"))
        aws.ec2.Route(
            f"{name}-out",
            route_table_id=self.table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id,
        )
        self.subnets = []
        for index, zone in enumerate(cluster.zones):
            subnet = aws.ec2.Subnet(
                f"{name}-{index}",
                vpc_id=self.vpc.id,
                cidr_block=f"{block}.{index}.0/24",
                availability_zone=zone,
                tags=cluster.tags(zone),
            )
            aws.ec2.RouteTableAssociation(f"{name}-{index}", route_table_id=self.table.id, subnet_id=subnet.id)
            self.subnets.append(subnet)
        self.gateway = gateway
        self._firewall(cluster)
        self._role(cluster)

    def _firewall(self, cluster: Cluster) -> None:
        name = cluster.name
        self.group = aws.ec2.SecurityGroup(name, vpc_id=self.vpc.id, description="nodes", tags=cluster.tags("nodes"))
        rules: dict[str, dict[str, Any]] = {
            "ssh": {
                "ip_protocol": "tcp",
                "from_port": cluster.first_port,
                "to_port": 22,
                "cidr_ipv4": "198.51.100.7/32",
            },
            "api": {"ip_protocol": "tcp", "from_port": PORT, "to_port": PORT, "cidr_ipv4": "10.0.0.0/8"},
            "nodes": {"ip_protocol": "-1", "referenced_security_group_id": self.group.id},
            "pods": {"ip_protocol": "4", "cidr_ipv4": f"10.{cluster.second_byte}.0.0/16"},
        }
        for rule, inputs in rules.items():
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-{rule}", security_group_id=self.group.id, tags=cluster.tags(rule), **inputs
            )
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-out", security_group_id=self.group.id, ip_protocol="-1", cidr_ipv4="0.0.0.0/0"
        )

    def _role(self, cluster: Cluster) -> None:
        name = cluster.name
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
        role = aws.iam.Role(
            name, assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=1)
        )
        self.profile = aws.iam.InstanceProfile(name, role=role.name)


class _Balancer:
    def __init__(self, cluster: Cluster, network: _Network, machines: list[aws.ec2.Instance]) -> None:
        name = cluster.name
        addresses = [
            aws.ec2.Eip(
                f"{name}-{index}",
                domain="vpc",
                tags=cluster.tags(f"api-{index}"),
                opts=pulumi.ResourceOptions(depends_on=[network.gateway]),
            )
            for index in range(len(network.subnets))
        ]
        pulumi.export("api", addresses[0].public_ip)
        mappings = [
            aws.lb.LoadBalancerSubnetMappingArgs(subnet_id=subnet.id, allocation_id=address.id)
            for subnet, address in zip(network.subnets, addresses, strict=True)
        ]
        balancer = aws.lb.LoadBalancer(
            name,
            name=f"{name}-api",
            load_balancer_type="network",
            enable_cross_zone_load_balancing=True,
            subnet_mappings=mappings,
            tags=cluster.tags("api"),
        )
        group = aws.lb.TargetGroup(
            name,
            port=PORT,
            protocol="TCP",
            vpc_id=network.vpc.id,
            preserve_client_ip="false",
            deregistration_delay=30,
            health_check={
                "protocol": "HTTPS",
                "path": "/readyz",
                "interval": 10,
                "timeout": 5,
                "healthy_threshold": 2,
                "unhealthy_threshold": 2,
                "matcher": "200",
            },
            tags=cluster.tags("api"),
        )
        aws.lb.Listener(
            name,
            load_balancer_arn=balancer.arn,
            port=PORT,
            protocol="TCP",
            default_actions=[{"type": "forward", "target_group_arn": group.arn}],
        )
        for index, machine in enumerate(machines):
            aws.lb.TargetGroupAttachment(f"{name}-n{index}", target_group_arn=group.arn, target_id=machine.id)
