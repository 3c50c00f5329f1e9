"""A pool that grows: a launch template and an auto-scaling group in two zones."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

IMAGE = "ami-0deb1200000000002"
ZONES = ("eu-central-1a", "eu-central-1b")


@dataclass(frozen=True, kw_only=True)
class Pool:
    """What a test changes. `template`, `group`: more or other inputs of the two."""

    least: int = 1
    most: int = 4
    desired: int = 2
    user_data: str = "#cloud-config\nhostname: one\n"
    template: Mapping[str, Any] = field(default_factory=dict)
    group: Mapping[str, Any] = field(default_factory=dict)
    ignored: Sequence[str] = ()
    public: bool = True

    def __call__(self) -> None:
        """The program."""
        vpc = aws.ec2.Vpc("network", cidr_block="10.80.0.0/16")
        gateway = aws.ec2.InternetGateway("gateway", vpc_id=vpc.id)
        table = aws.ec2.RouteTable("table", vpc_id=vpc.id)
        aws.ec2.Route("out", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", gateway_id=gateway.id)
        members = aws.ec2.SecurityGroup("nodes", vpc_id=vpc.id, description="nodes")
        subnets = [self._subnet(vpc, table, index, zone) for index, zone in enumerate(ZONES)]
        template = self._template(members)
        group = aws.autoscaling.Group(
            "pool-group",
            **{
                "name": "one-pool",
                "min_size": self.least,
                "max_size": self.most,
                "desired_capacity": self.desired,
                "vpc_zone_identifiers": [subnet.id for subnet in subnets],
                "launch_template": {"id": template.id, "version": template.latest_version.apply(str)},
                "instance_refresh": {"strategy": "Rolling", "preferences": {"instance_warmup": "0"}},
                "tags": [{"key": "pool", "value": "pool", "propagate_at_launch": True}],
                "wait_for_capacity_timeout": "0",
                "force_delete": True,
                **self.group,
            },
            opts=pulumi.ResourceOptions(ignore_changes=list(self.ignored)),
        )
        pulumi.export("group", group.name)

    def _subnet(self, vpc: aws.ec2.Vpc, table: aws.ec2.RouteTable, index: int, zone: str) -> aws.ec2.Subnet:
        subnet = aws.ec2.Subnet(
            f"groups-{index}",
            vpc_id=vpc.id,
            cidr_block=f"10.80.{index}.0/28",
            availability_zone=zone,
            map_public_ip_on_launch=self.public,
        )
        aws.ec2.RouteTableAssociation(f"groups-{index}", route_table_id=table.id, subnet_id=subnet.id)
        return subnet

    def _template(self, members: aws.ec2.SecurityGroup) -> aws.ec2.LaunchTemplate:
        image = aws.ec2.get_ami(filters=[{"name": "image-id", "values": [IMAGE]}])
        disk = {"volume_type": "gp3", "volume_size": 20, "encrypted": "true", "delete_on_termination": "true"}
        return aws.ec2.LaunchTemplate(
            "pool-template",
            **{
                "name": "one-pool",
                "image_id": image.id,
                "instance_type": "t3.medium",
                "user_data": pulumi.Output.secret(base64.b64encode(self.user_data.encode()).decode()),
                "vpc_security_group_ids": [members.id],
                "update_default_version": True,
                "metadata_options": {
                    "http_endpoint": "enabled",
                    "http_tokens": "required",
                    "http_put_response_hop_limit": 1,
                },
                "block_device_mappings": [{"device_name": image.root_device_name, "ebs": disk}],
                "tag_specifications": [{"resource_type": "volume", "tags": {"Name": "disk"}}],
                "tags": {"Name": "template"},
                **self.template,
            },
        )
