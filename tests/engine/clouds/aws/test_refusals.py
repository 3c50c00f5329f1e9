"""Wrong inputs end in AWS's own kind of error, or in the plugin's, before anything is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pulumi_aws as aws
import pytest

from tests.engine.clouds.aws.conftest import Cloud
from tests.engine.clouds.aws.programs import Cluster
from tests.engine.standins.stack import Stack
from tools.clouds.aws.identity import READER_KEY
from tools.clouds.world import World

pytestmark = pytest.mark.engine


def _wrong() -> None:
    network = aws.ec2.Vpc("network", cidr_block="10.80.0.0/16")
    subnet = aws.ec2.Subnet("subnet", vpc_id=network.id, cidr_block="10.80.0.0/24")
    aws.ec2.Subnet("zone", vpc_id=network.id, cidr_block="10.80.1.0/24", availability_zone="eu-west-1a")
    aws.ec2.Subnet("overlap", vpc_id=network.id, cidr_block="10.80.0.128/25", availability_zone="eu-central-1a")
    group = aws.ec2.SecurityGroup("group", vpc_id=network.id)
    aws.vpc.SecurityGroupIngressRule(
        "ports", security_group_id=group.id, ip_protocol="tcp", from_port=23, to_port=22, cidr_ipv4="10.0.0.0/8"
    )
    machine: dict[str, Any] = {"ami": "ami-0deb1200000000002", "instance_type": "t3.medium", "subnet_id": subnet.id}
    wrong: dict[str, dict[str, Any]] = {
        "image": {"ami": "ami-0123456789abcdef0"},
        "type": {"instance_type": "t3.mediun"},
        "architecture": {"instance_type": "t4g.medium"},
        "address": {"private_ip": "10.80.0.3"},
        "user-data": {"user_data": "x" * 16385},
        "quota": {"instance_type": "m5.24xlarge"},
    }
    for name, inputs in wrong.items():
        aws.ec2.Instance(name, **{**machine, **inputs})
    aws.iam.Role("role", assume_role_policy="{}")


def test_what_aws_refuses_is_told_in_its_words(stack: Stack, cloud: Cloud) -> None:
    errors = stack.attempt(_wrong).errors
    expected = {
        "zone": "InvalidParameterValue: Value (eu-west-1a) for parameter availabilityZone is invalid",
        "ports": "InvalidParameterValue: Invalid TCP port range",
        "image": "InvalidAMIID.NotFound",
        "type": "InvalidInstanceType.NotFound",
        "architecture": "does not match the architecture 'x86_64' of the specified AMI",
        "address": "Address 10.80.0.3 is in subnet's reserved address range",
        "user-data": "User data is limited to 16384 bytes",
        "quota": "VcpuLimitExceeded",
        "role": "MalformedPolicyDocument",
    }
    assert {name: text in errors[name] for name, text in expected.items()} == dict.fromkeys(expected, True), errors
    assert "InvalidSubnet.Conflict" in errors["overlap"] + errors["subnet"]
    assert cloud.plane.world().instances == ()


def test_misspelt_inputs_are_refused_in_the_preview(stack: Stack) -> None:
    disk = "".join(stack.attempt(Cluster(node={"root_block_device": {"volumeSise": 20}}), "preview").errors.values())
    assert "property rootBlockDevice.volumeSise" in disk
    assert "did you mean volumeSize?" in disk
    image = "".join(stack.attempt(Cluster(owner="111111111111"), "preview").errors.values())
    assert "Your query returned no results" in image


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "No valid credential sources found"),
        ({"AWS_ACCESS_KEY_ID": "AKIANOBODY0000000000"}, "InvalidClientTokenId"),
        ({"AWS_REGION": "eu-nowhere-9"}, "Invalid AWS Region: eu-nowhere-9"),
    ],
)
def test_nothing_goes_without_credentials_and_a_region(
    cloud: Cloud, make_stack: Callable[..., Stack], variables: Mapping[str, str], reason: str
) -> None:
    stack = make_stack({**cloud.environment, **variables})
    errors = stack.attempt(lambda: _network_only(), "preview").errors
    assert reason in "".join(errors.values())


def test_a_user_without_rights_can_look_but_not_make(cloud: Cloud, make_stack: Callable[..., Stack]) -> None:
    stack = make_stack({**cloud.environment, "AWS_ACCESS_KEY_ID": READER_KEY})
    stack.preview(_network_only)
    errors = stack.attempt(_network_only).errors
    assert "UnauthorizedOperation" in errors["network"]
    assert "ec2:CreateVpc" in errors["network"]
    assert cloud.plane.world() == World()


def _network_only() -> None:
    aws.ec2.Vpc("network", cidr_block="10.80.0.0/16")


def _many() -> None:
    network = aws.ec2.Vpc("network", cidr_block="10.80.0.0/16")
    gateway = aws.ec2.InternetGateway("gateway", vpc_id=network.id)
    table = aws.ec2.RouteTable("table", vpc_id=network.id)
    for number in range(3):
        aws.ec2.Eip(f"address-{number}", domain="vpc")
        destination = f"10.81.{number}.0/24"
        aws.ec2.Route(
            f"route-{number}", route_table_id=table.id, destination_cidr_block=destination, gateway_id=gateway.id
        )


def test_quotas_of_addresses_and_routes_hold(
    make_cloud: Callable[..., Cloud], make_stack: Callable[..., Stack]
) -> None:
    cloud = make_cloud(addresses=2, routes=2)
    errors = "".join(make_stack(cloud.environment).attempt(_many).errors.values())
    assert errors.count("AddressLimitExceeded: The maximum number of addresses has been reached") == 1
    assert errors.count("RouteLimitExceeded: The maximum number of routes has been reached") == 1
