"""What AWS refuses and moto does not: each in AWS's words, and nothing is made."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest

if find_spec("moto") is None:
    pytest.skip("requirements-clouds.txt is not installed", allow_module_level=True)

from tests.unit.aws_support import DEBIAN, Account, Site
from tools.clouds.aws.identity import READER_KEY


@pytest.fixture(scope="module")
def site() -> Site:
    """A network with one instance, a route to it, and a balancer with a fixed address."""
    site = Site(Account(vpcs=2, addresses=2, routes=3, vcpus=8))
    ec2 = site.account.ec2
    instance = site.run()
    site.route("10.10.20.0/24", NetworkInterfaceId=instance["NetworkInterfaces"][0]["NetworkInterfaceId"])
    allocated = [ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(2)]
    mapping = {"SubnetId": site.subnets[0], "AllocationId": allocated[0]}
    site.account.elb.create_load_balancer(Name="api", Type="network", SubnetMappings=[mapping])
    return site


def _tcp(first: int, last: int, source: str = "10.0.0.0/8") -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, "IpRanges": [{"CidrIp": source}]}


def _address(site: Site, place: int) -> Any:
    return site.account.ec2.describe_addresses()["Addresses"][place]


def _run_plain(site: Site, **changes: Any) -> Any:
    wanted = {"ImageId": DEBIAN, "InstanceType": "t3.medium", "MinCount": 1, "MaxCount": 1}
    return site.account.ec2.run_instances(**{**wanted, "SubnetId": site.subnets[0], **changes})


def _subnet(site: Site, block: str, zone: str) -> Any:
    return site.account.ec2.create_subnet(VpcId=site.vpc, CidrBlock=block, AvailabilityZone=zone)


def _balancer(site: Site, **changes: Any) -> Any:
    return site.account.elb.create_load_balancer(**{"Name": "other", "Type": "network", **changes})


def _balance_a_narrow_subnet(site: Site) -> Any:
    subnet = _subnet(site, "10.80.7.0/28", "eu-central-1a")["Subnet"]["SubnetId"]
    for _ in range(4):  # 16 addresses, 5 of them AWS's own
        site.account.ec2.create_network_interface(SubnetId=subnet)
    return _balancer(site, Subnets=[subnet])


REFUSED: dict[str, tuple[Callable[[Site], Any], str]] = {
    "zone of another region": (lambda s: _subnet(s, "10.80.9.0/24", "eu-west-1a"), "InvalidParameterValue"),
    "subnet too small": (lambda s: _subnet(s, "10.80.9.0/29", "eu-central-1a"), "InvalidSubnet.Range"),
    "subnet in use": (lambda s: s.account.ec2.delete_subnet(SubnetId=s.subnets[0]), "DependencyViolation"),
    "network in use": (lambda s: s.account.ec2.delete_vpc(VpcId=s.vpc), "DependencyViolation"),
    "quota of networks": (lambda s: s.account.ec2.create_vpc(CidrBlock="10.0.0.0/16"), "VpcLimitExceeded"),
    "gateway in use": (
        lambda s: s.account.ec2.detach_internet_gateway(InternetGatewayId=s.gateway, VpcId=s.vpc),
        "DependencyViolation",
    ),
    "route twice": (lambda s: s.route("10.10.20.0/24", GatewayId=s.gateway), "RouteAlreadyExists"),
    "route with host bits": (lambda s: s.route("10.10.21.1/24", GatewayId=s.gateway), "InvalidParameterValue"),
    "route to nowhere": (lambda s: s.route("10.10.21.0/24"), "InvalidParameterCombination"),
    "quota of addresses": (lambda s: s.account.ec2.allocate_address(Domain="vpc"), "AddressLimitExceeded"),
    "address in use": (
        lambda s: s.account.ec2.release_address(AllocationId=_address(s, 0)["AllocationId"]),
        "InvalidIPAddress.InUse",
    ),
    "a balancer's address": (
        lambda s: s.account.ec2.disassociate_address(AssociationId=_address(s, 0)["AssociationId"]),
        "OperationNotPermitted",
    ),
    "ports the wrong way round": (lambda s: s.allow(**_tcp(23, 22)), "InvalidParameterValue"),
    "no ports": (lambda s: s.allow(IpProtocol="tcp", IpRanges=[{"CidrIp": "10.0.0.0/8"}]), "InvalidParameterValue"),
    "a source with host bits": (lambda s: s.allow(**_tcp(22, 22, "10.0.0.1/8")), "InvalidParameterValue"),
    "a description with an apostrophe": (
        lambda s: s.allow(**{**_tcp(22, 22), "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "the API's"}]}),
        "InvalidParameterValue",
    ),
    "a group's description": (
        lambda s: s.account.ec2.create_security_group(GroupName="g", Description="it's", VpcId=s.vpc),
        "InvalidParameterValue",
    ),
    "group in use": (lambda s: s.account.ec2.delete_security_group(GroupId=s.group), "DependencyViolation"),
    "image": (lambda s: s.run("10.80.0.21", ImageId="ami-0123456789abcdef0"), "InvalidAMIID.NotFound"),
    "type": (lambda s: s.run("10.80.0.21", InstanceType="t3.mediun"), "InvalidInstanceType.NotFound"),
    "architecture": (lambda s: s.run("10.80.0.21", InstanceType="t4g.medium"), "InvalidParameterValue"),
    "user data": (lambda s: s.run("10.80.0.21", UserData="x" * 16385), "InvalidParameterValue"),
    "key": (lambda s: s.run("10.80.0.21", KeyName="nobodys"), "InvalidKeyPair.NotFound"),
    "profile": (lambda s: s.run("10.80.0.21", IamInstanceProfile={"Name": "none"}), "InvalidParameterValue"),
    "quota of processors": (lambda s: s.run("10.80.0.21", InstanceType="m5.2xlarge"), "VcpuLimitExceeded"),
    "a disk smaller than the image": (
        lambda s: s.run("10.80.0.21", BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 7}}]),
        "InvalidBlockDeviceMapping",
    ),
    "a type that the zone does not have": (
        lambda s: s.run("10.80.0.21", InstanceType="g5g.xlarge"),
        "Unsupported",
    ),
    "private address in use": (lambda s: s.run("10.80.0.20"), "InvalidIPAddress.InUse"),
    "reserved address": (lambda s: s.run("10.80.0.3"), "InvalidParameterValue"),
    "address of another subnet": (lambda s: s.run("10.80.1.20"), "InvalidParameterValue"),
    "group of another network": (
        lambda s: _run_plain(s, SecurityGroupIds=["sg-0123456789abcdef0"]),
        "InvalidGroup.NotFound",
    ),
    "a running machine's type": (
        lambda s: s.account.ec2.modify_instance_attribute(
            InstanceId=next(iter(s.account.plane.world().instances)).id, InstanceType={"Value": "t3.large"}
        ),
        "IncorrectInstanceState",
    ),
    "balancer's name": (lambda s: _balancer(s, Name="a_b", Subnets=s.subnets), "ValidationError"),
    "balancer's address in use": (
        lambda s: _balancer(
            s, SubnetMappings=[{"SubnetId": s.subnets[1], "AllocationId": _address(s, 0)["AllocationId"]}]
        ),
        "InvalidConfigurationRequest",
    ),
    "balancer's private address": (
        lambda s: _balancer(
            s, Scheme="internal", SubnetMappings=[{"SubnetId": s.subnets[1], "PrivateIPv4Address": "10.80.1.3"}]
        ),
        "InvalidParameterValue",
    ),
    "balancer in a narrow subnet": (_balance_a_narrow_subnet, "InvalidSubnet"),
    "balancer's tags": (
        lambda s: _balancer(s, Subnets=s.subnets, Tags=[{"Key": "for", "Value": "a, b"}]),
        "ValidationError",
    ),
    "balancer twice in a zone": (lambda s: _balancer(s, Subnets=[s.subnets[0]] * 2), "InvalidConfigurationRequest"),
    "trust policy": (
        lambda s: s.account.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}"),
        "MalformedPolicyDocument",
    ),
    "unknown key": (
        lambda s: s.account.client("ec2", aws_access_key_id="AKIANOBODY").describe_vpcs(),
        "AuthFailure",
    ),
    "no rights": (
        lambda s: s.account.client("ec2", aws_access_key_id=READER_KEY).create_vpc(CidrBlock="10.0.0.0/16"),
        "UnauthorizedOperation",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refuses(site: Site, what: str) -> None:
    from botocore.exceptions import ClientError  # type: ignore[import-untyped]

    attempt, code = REFUSED[what]
    before = site.account.plane.world()
    with pytest.raises(ClientError) as refused:
        attempt(site)
    assert refused.value.response["Error"]["Code"] == code
    assert site.account.plane.world() == before


def test_a_reader_may_look(site: Site) -> None:
    reader = site.account.client("ec2", aws_access_key_id=READER_KEY)
    assert site.vpc in {vpc["VpcId"] for vpc in reader.describe_vpcs()["Vpcs"]}


def test_the_quota_of_routes_holds(site: Site) -> None:
    from botocore.exceptions import ClientError

    site.route("10.10.22.0/24", GatewayId=site.gateway)
    with pytest.raises(ClientError, match="RouteLimitExceeded"):
        site.route("10.10.23.0/24", GatewayId=site.gateway)
