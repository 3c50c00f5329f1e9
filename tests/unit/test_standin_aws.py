"""What the stand-in for pulumi-aws declares, against the types in the SDK package."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest

if find_spec("pulumi_aws") is None:
    pytest.skip("requirements-clouds.txt is not installed", allow_module_level=True)

from tools.standins import sdk
from tools.standins.aws.resource import AwsResource
from tools.standins.aws.resources import CONFIGURATION, RESOURCES
from tools.standins.aws.session import Session
from tools.standins.core.values import UNKNOWN, Secret

BY_TOKEN = {resource.token: resource for resource in RESOURCES}
INSTANCE = BY_TOKEN["aws:ec2/instance:Instance"]
MACHINE: dict[str, Any] = {"ami": "ami-1", "instanceType": "t3.medium", "userData": "a"}
STATE = {**MACHINE, "privateIp": "10.0.0.4", "sourceDestCheck": True, "rootBlockDevice": {"volumeSize": 8}}


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.token)
def test_every_name_is_the_sdks(resource: AwsResource) -> None:
    assert sdk.resource_class(resource.token).pulumi_type == resource.token
    names = set(resource.inputs)
    assert resource.computed <= names
    assert resource.sets <= names
    assert resource.autoname is None or resource.autoname.input in names
    assert not names & set(resource.outputs)


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"ami": "ami-2"}, ("ami",)),
        ({"privateIp": "10.0.0.5"}, ("privateIp",)),
        ({"instanceType": "t3.large"}, ()),
        ({"sourceDestCheck": False}, ()),
        ({"userData": "b"}, ()),
        ({"userData": "b", "userDataReplaceOnChange": True}, ("userData",)),
        ({"rootBlockDevice": {"volumeSize": 20.0}}, ()),
        ({"rootBlockDevice": {"volumeSize": 8.0, "encrypted": True}}, ("rootBlockDevice.encrypted",)),
    ],
)
def test_an_instance_is_replaced_for_what_aws_cannot_change(change: dict[str, Any], replaces: tuple[str, ...]) -> None:
    before = {**MACHINE, "rootBlockDevice": {"volumeSize": 8.0}}
    difference = INSTANCE.difference(STATE, {**before, **change}, before)
    assert difference.changes
    assert difference.replaces == replaces


TEMPLATE: dict[str, Any] = {"name": "pool", "imageId": "ami-1", "userData": "YQ==", "updateDefaultVersion": True}


@pytest.mark.parametrize(
    ("change", "unknown"),
    [
        ({"userData": "Yg=="}, {"latestVersion", "defaultVersion"}),
        ({"userData": Secret("Yg==")}, {"latestVersion", "defaultVersion"}),
        ({"userData": "Yg==", "updateDefaultVersion": False}, {"latestVersion"}),
        ({"vpcSecurityGroupIds": ["sg-1"]}, {"latestVersion", "defaultVersion"}),
        ({"tags": {"Name": "other"}}, set()),
    ],
)
def test_a_preview_says_that_a_template_gets_a_new_version(change: dict[str, Any], unknown: set[str]) -> None:
    template = BY_TOKEN["aws:ec2/launchTemplate:LaunchTemplate"]
    state = {**TEMPLATE, "id": "lt-1", "latestVersion": 3, "defaultVersion": 3, "metadataOptions": {"httpTokens": "x"}}
    assert template.difference(state, {**TEMPLATE, **change}, TEMPLATE).replaces == ()
    shown = template.preview_update(state, {**TEMPLATE, **change})
    assert {name for name in ("latestVersion", "defaultVersion") if shown[name] is UNKNOWN} == unknown


def test_policies_are_compared_by_what_they_say() -> None:
    role = BY_TOKEN["aws:iam/role:Role"]
    before = {"name": "r", "assumeRolePolicy": '{"Statement": []}'}
    assert role.difference(before, {**before, "assumeRolePolicy": '{ "Statement":[] }'}, before).changes == {}
    assert role.difference(before, {**before, "assumeRolePolicy": '{"Statement": [1]}'}, before).changes
    assert [failure.path for failure in role.problems({"name": "r", "assumeRolePolicy": "{"})] == ["assumeRolePolicy"]


@pytest.mark.parametrize(
    ("token", "inputs", "path"),
    [
        ("aws:ec2/route:Route", {"routeTableId": "rtb-1", "destinationCidrBlock": "10.0.0.0/8"}, ""),
        ("aws:ec2/routeTable:RouteTable", {"vpcId": "vpc-1", "routes": [{"cidrBlock": "0.0.0.0/0"}]}, "routes"),
        ("aws:ec2/securityGroup:SecurityGroup", {"name": "g", "ingress": [{"protocol": "tcp"}]}, "ingress"),
        ("aws:ec2/instance:Instance", {**MACHINE, "userDataBase64": "YQ=="}, "userData"),
        ("aws:lb/loadBalancer:LoadBalancer", {"name": "x" * 33}, "name"),
        ("aws:autoscaling/group:Group", {"name": "g", "minSize": 1, "maxSize": 1}, "launchTemplate"),
        (
            "aws:autoscaling/group:Group",
            {"name": "g", "launchTemplate": {"id": "lt-1"}, "waitForCapacityTimeout": "soon"},
            "waitForCapacityTimeout",
        ),
    ],
)
def test_refuses(token: str, inputs: dict[str, Any], path: str) -> None:
    assert path in {failure.path for failure in BY_TOKEN[token].problems(inputs)}


def test_default_tags_are_seen_in_previews_and_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONFIGURATION, "_given", {"defaultTags": {"tags": {"cluster": "one"}}})
    vpc = BY_TOKEN["aws:ec2/vpc:Vpc"]
    inputs = {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "n"}}
    assert vpc.preview_create(inputs)["tagsAll"] == {"cluster": "one", "Name": "n"}
    assert vpc.preview_create({**inputs, "tags": Secret({"Name": "n"})})["tagsAll"] == Secret(
        {"cluster": "one", "Name": "n"}
    )
    state = {**inputs, "tagsAll": {"cluster": "two", "Name": "n"}}
    assert vpc.difference(state, inputs, inputs).changes == {"tagsAll": "update"}
    assert vpc.difference({**state, "tagsAll": {"cluster": "one", "Name": "n"}}, inputs, inputs).changes == {}


def test_settings_that_the_stand_in_does_not_have_are_refused() -> None:
    problems = Session().problems({"region": "Frankfurt", "assumeRoles": [], "defaultTags": {}})
    assert {failure.path for failure in problems} == {"assumeRoles", "region"}
