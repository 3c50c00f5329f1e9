"""A small AWS for the tests of its control plane: AWS's own client, and a network to put things into."""

from __future__ import annotations

import socket
from typing import Any

from tools.clouds.aws.control_plane import AwsControlPlane
from tools.clouds.aws.quotas import Quotas

DEBIAN = "ami-0deb1200000000002"
ZONES = ("eu-central-1a", "eu-central-1b")


class Account:
    """An empty account, served over HTTP."""

    def __init__(self, **quotas: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.plane = AwsControlPlane(Quotas(**quotas))
        self.plane.start(port)
        self._environment = self.plane.environment(port)
        self.ec2, self.elb = self.client("ec2"), self.client("elbv2")

    def client(self, service: str, **changes: str) -> Any:
        """A client of boto3's."""
        import boto3  # type: ignore[import-untyped]

        return boto3.client(
            service,
            **{
                "endpoint_url": self._environment["AWS_ENDPOINT_URL"],
                "region_name": self._environment["AWS_REGION"],
                "aws_access_key_id": self._environment["AWS_ACCESS_KEY_ID"],
                "aws_secret_access_key": self._environment["AWS_SECRET_ACCESS_KEY"],
                **changes,
            },
        )


class Site:
    """A network of two zones that leads to the internet, with a security group."""

    def __init__(self, account: Account) -> None:
        self.account, ec2 = account, account.ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.80.0.0/16")["Vpc"]["VpcId"]
        self.gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.table = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.route("0.0.0.0/0", GatewayId=self.gateway)
        self.subnets = [self._subnet(f"10.80.{index}.0/24", zone) for index, zone in enumerate(ZONES)]
        self.group = self.new_group("nodes")

    def _subnet(self, block: str, zone: str) -> str:
        made = self.account.ec2.create_subnet(VpcId=self.vpc, CidrBlock=block, AvailabilityZone=zone)
        subnet: str = made["Subnet"]["SubnetId"]
        self.account.ec2.associate_route_table(RouteTableId=self.table, SubnetId=subnet)
        return subnet

    def new_group(self, name: str) -> str:
        """A security group without rules."""
        made = self.account.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)
        group: str = made["GroupId"]
        return group

    def route(self, destination: str, **target: str) -> None:
        """A route in the table of both subnets."""
        self.account.ec2.create_route(RouteTableId=self.table, DestinationCidrBlock=destination, **target)

    def allow(self, **permission: Any) -> None:
        """A rule of the nodes' security group."""
        self.account.ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=[permission])

    def run(self, address: str = "10.80.0.20", zone: int = 0, **changes: Any) -> Any:
        """An instance."""
        interface = {
            "DeviceIndex": 0,
            "SubnetId": self.subnets[zone],
            "PrivateIpAddress": address,
            "Groups": [self.group],
            "AssociatePublicIpAddress": True,
        }
        wanted = {"ImageId": DEBIAN, "InstanceType": "t3.medium", "MinCount": 1, "MaxCount": 1}
        return self.account.ec2.run_instances(**{**wanted, "NetworkInterfaces": [interface], **changes})["Instances"][0]
