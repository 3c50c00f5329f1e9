"""The schema of a cloud's resources, as it is read out of the SDK packages."""

from __future__ import annotations

from typing import Any

import pytest

from tools.standins import sdk
from tools.standins.core.schema import ListOf, MapOf, ObjectOf, check

pytest.importorskip("pulumi_aws", reason="requirements-clouds.txt is not installed")

INSTANCE = "aws:ec2/instance:Instance"
MACHINE = {"ami": "ami-1", "instanceType": "t3.medium"}
SUBNET = "aws:ec2/subnet:Subnet"
GROUP = "aws:lb/targetGroup:TargetGroup"
GCE = "gcp:compute/instance:Instance"
GCE_MACHINE = {"machineType": "e2-medium", "networkInterfaces": [{"subnetwork": "s", "accessConfigs": [{}]}]}
DISK = {"bootDisk": {"initializeParams": {"image": "debian-12", "size": 20.0}}}


@pytest.mark.parametrize(
    ("token", "given"),
    [
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "tags": {"Name": "x"}}),
        (INSTANCE, {**MACHINE, "rootBlockDevice": {"volumeSize": 20.0}, "vpcSecurityGroupIds": ["sg-1"]}),
        (GCE, {**GCE_MACHINE, **DISK}),
    ],
)
def test_inputs_that_the_sdk_has_are_taken(token: str, given: dict[str, Any]) -> None:
    assert check(sdk.inputs(token), given) == (given, [])


@pytest.mark.parametrize(
    ("token", "given", "path"),
    [
        ("aws:ec2/vpc:Vpc", {"cidr_block": "10.0.0.0/16"}, "cidr_block"),
        ("aws:ec2/vpc:Vpc", {"tags": {"Name": 1.0}}, "tags.Name"),
        (SUBNET, {"cidrBlock": "10.0.0.0/16"}, "vpcId"),
        (INSTANCE, {**MACHINE, "rootBlockDevice": {"volume_size": 20.0}}, "rootBlockDevice.volume_size"),
        (INSTANCE, {**MACHINE, "sourceDestCheck": "false"}, "sourceDestCheck"),
        (INSTANCE, {**MACHINE, "instanceType": 3.0}, "instanceType"),
        (INSTANCE, {**MACHINE, "vpcSecurityGroupIds": "sg-1"}, "vpcSecurityGroupIds"),
        (GROUP, {"healthCheck": {"intervall": 10.0}}, "healthCheck.intervall"),
        (GCE, {**GCE_MACHINE, "bootDisk": {"initializeParams": {"size": "20"}}}, "bootDisk.initializeParams.size"),
        (GCE, {**GCE_MACHINE, **DISK, "networkInterfaces": [{"network_": "n"}]}, "networkInterfaces[0].network_"),
        ("gcp:compute/forwardingRule:ForwardingRule", {"portRange": 6443.0}, "portRange"),
    ],
)
def test_inputs_that_the_sdk_has_not_are_refused(token: str, given: dict[str, Any], path: str) -> None:
    assert path in {failure.path for failure in check(sdk.inputs(token), given)[1]}


def test_declarations_add_what_the_types_do_not_say() -> None:
    declared = sdk.inputs(
        INSTANCE,
        replaces=("ami", "rootBlockDevice.encrypted", "ebsBlockDevices.deviceName"),
        secret=("userData",),
        defaults={"sourceDestCheck": True},
    )
    root, more = declared["rootBlockDevice"].type, declared["ebsBlockDevices"].type
    assert isinstance(root, ObjectOf)
    assert isinstance(more, ListOf)
    assert isinstance(more.item, ObjectOf)
    assert declared["ami"].replaces
    assert root.properties["encrypted"].replaces
    assert not root.properties["volumeSize"].replaces
    assert more.item.properties["deviceName"].replaces
    assert declared["userData"].secret
    assert declared["sourceDestCheck"].default is True
    assert declared["tags"].type == MapOf(item="string")


def test_a_name_that_the_sdk_does_not_have_cannot_be_declared() -> None:
    with pytest.raises(KeyError, match="amii"):
        len(sdk.inputs(INSTANCE, replaces=("amii",)))


def test_outputs_are_what_is_no_input() -> None:
    outputs = sdk.outputs(INSTANCE)
    assert outputs["primaryNetworkInterfaceId"].type == "string"
    assert "ami" not in outputs
