"""Checks of auto-scaling groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES

from tools.clouds.aws import state
from tools.clouds.aws.call import Call, RefusedError
from tools.clouds.aws.checks import instances
from tools.clouds.aws.quotas import Quotas
from tools.clouds.aws.scaling import launch


def _invalid(message: str) -> RefusedError:
    return RefusedError("ValidationError", message)


def _create(call: Call, quotas: Quotas) -> None:
    name = call["AutoScalingGroupName"]
    if name in state.groups(call.region):
        message = f"AutoScalingGroup by this name already exists - A group with the name {name} already exists"
        raise RefusedError("AlreadyExists", message)
    _check_sizes(call, None)
    _check_machines(call, call["VPCZoneIdentifier"].split(","), _template_data(call), quotas)


def _update(call: Call, quotas: Quotas) -> None:
    group = _group(call)
    _check_sizes(call, group)
    subnets = (call["VPCZoneIdentifier"] or group.vpc_zone_identifier).split(",")
    named = call["LaunchTemplate.LaunchTemplateId"] or call["LaunchTemplate.LaunchTemplateName"]
    _check_machines(call, subnets, _template_data(call) if named else group.template()[1].data, quotas)


def _group(call: Call) -> Any:
    name = call["AutoScalingGroupName"]
    group = state.groups(call.region).get(name)
    if group is None:
        raise _invalid(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return group


def _check_sizes(call: Call, group: Any) -> None:
    least = int(call["MinSize"] or group.min_size)
    most = int(call["MaxSize"] or group.max_size)
    if least > most:
        raise _invalid(f"Max bound, {most}, must be greater than or equal to min bound, {least}")
    desired = call["DesiredCapacity"]
    if desired and not least <= int(desired) <= most:
        message = f"Desired capacity:{desired} must be between the specified min size:{least} and max size:{most}"
        raise _invalid(message)


def _template_data(call: Call) -> Any:
    backend = state.ec2(call.region)
    identity, name = call["LaunchTemplate.LaunchTemplateId"], call["LaunchTemplate.LaunchTemplateName"]
    identity = identity or backend.launch_template_name_to_ids.get(name, "")
    template = backend.launch_templates.get(identity)
    if template is None:
        raise _invalid(
            "You must use a valid fully-formed launch template. The specified launch template, with template"
            f" {'ID ' + identity if identity else 'name ' + name}, does not exist."
        )
    version = call["LaunchTemplate.Version"] or "$Default"
    if version.isdigit() and not 1 <= int(version) <= len(template.versions):
        raise _invalid(
            "You must use a valid fully-formed launch template. Could not find the specified version"
            f" {version} for the launch template with ID {template.id}."
        )
    return template.get_version(version).data


def _check_machines(call: Call, subnets: list[str], data: Any, quotas: Quotas) -> None:
    """Asks for one machine in each subnet, as AWS does without making it."""
    backend = state.ec2(call.region)
    found = [state.find_subnet(backend, subnet) for subnet in subnets]
    if None in found:
        raise _invalid(f"The subnet ID '{subnets[found.index(None)]}' does not exist")
    if len({subnet.vpc_id for subnet in found if subnet}) > 1:
        raise _invalid("The specified subnets are not all in the same VPC")
    try:
        _check_parts(backend, data)
        for subnet in found:
            wanted = {"Action": "RunInstances", **launch.parameters(data, subnet)}
            # Whether there is room for it shows when the machine is started.
            without_limit = replace(quotas, vcpus=1 << 20)
            instances.CHECKS["RunInstances"](replace(call, service="ec2", parameters=wanted), without_limit)
    except RefusedError as refused:
        raise _invalid(f"You must use a valid fully-formed launch template. {refused}") from None


def _check_parts(backend: Any, data: Any) -> None:
    """What moto looks at itself when an instance is started."""
    image, kind, key = data.get("ImageId", ""), data.get("InstanceType", ""), data.get("KeyName")
    if image not in backend.amis:
        raise _invalid(f"The image id '[{image}]' does not exist")
    if kind not in INSTANCE_TYPES:
        raise _invalid(f"Invalid instance type: '{kind}'")
    if key and key not in backend.key_pairs:
        raise _invalid(f"The key pair '{key}' does not exist")
    if data.get("NetworkInterfaces") and data.get("SecurityGroupIds"):
        raise _invalid(
            "Network interfaces and an instance-level security groups may not be specified on the same request"
        )


def _set_desired(call: Call, quotas: Quotas) -> None:
    group, wanted = _group(call), int(call["DesiredCapacity"])
    for bad, word, bound in (
        (wanted > group.max_size, "above max", group.max_size),
        (wanted < group.min_size, "below min", group.min_size),
    ):
        if bad:
            message = f"New SetDesiredCapacity value {wanted} is {word} value {bound} for the AutoScalingGroup."
            raise _invalid(message)


def _delete(call: Call, quotas: Quotas) -> None:
    if _group(call).instance_states and call["ForceDelete"].lower() != "true":
        raise RefusedError(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s)"
            " still in the group.",
        )


def _terminate(call: Call, quotas: Quotas) -> None:
    instance = call["InstanceId"]
    groups = state.groups(call.region).values()
    group = next((one for one in groups if instance in {each.instance.id for each in one.instance_states}), None)
    if group is None:
        raise _invalid(f"Instance Id not found - No managed instance found for instance ID: {instance}")
    if call["ShouldDecrementDesiredCapacity"].lower() == "true" and group.desired_capacity <= group.min_size:
        raise _invalid(
            f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance without replacement will"
            " violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower"
            " group's min size."
        )


CHECKS: Mapping[str, Callable[[Call, Quotas], None]] = {
    "CreateAutoScalingGroup": _create,
    "DeleteAutoScalingGroup": _delete,
    "SetDesiredCapacity": _set_desired,
    "TerminateInstanceInAutoScalingGroup": _terminate,
    "UpdateAutoScalingGroup": _update,
}
