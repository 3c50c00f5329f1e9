"""Checks of instances."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address
from typing import Final

from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES

from tools.clouds.aws import state
from tools.clouds.aws.call import Call, RefusedError
from tools.clouds.aws.checks.addresses import check_address
from tools.clouds.aws.checks.networks import zone_in_region
from tools.clouds.aws.quotas import Quotas

_MOST_USER_DATA: Final = 16 * 1024
# GiB: that of the snapshots of Debian's and Ubuntu's images.
_SMALLEST_ROOT: Final = 8


def _run(call: Call, quotas: Quotas) -> None:
    if len(base64.b64decode(call["UserData"])) > _MOST_USER_DATA:
        raise RefusedError("InvalidParameterValue", f"User data is limited to {_MOST_USER_DATA} bytes")
    zone_in_region(call, call["Placement.AvailabilityZone"])
    _check_subnet(call)
    _check_architecture(call)
    _check_disks(call)
    _check_profile(call)
    _check_vcpus(call, quotas)


def _check_subnet(call: Call) -> None:
    backend = state.ec2(call.region)
    subnet_id = call["SubnetId"] or call["NetworkInterface.1.SubnetId"]
    subnet = state.find_subnet(backend, subnet_id)
    if subnet_id and subnet is None:
        raise RefusedError("InvalidSubnetID.NotFound", f"The subnet ID '{subnet_id}' does not exist")
    if subnet is None:
        return
    groups = call.values("SecurityGroupId", "NetworkInterface.1.SecurityGroupId")
    missing = [group for group in groups if group not in backend.groups.get(subnet.vpc_id, {})]
    if missing:
        raise RefusedError(
            "InvalidGroup.NotFound", f"The security group '{missing[0]}' does not exist in VPC '{subnet.vpc_id}'"
        )
    _check_offer(call, subnet.availability_zone)
    address = call["PrivateIpAddress"] or call["NetworkInterface.1.PrivateIpAddress"]
    if address:
        check_address(backend, subnet, IPv4Address(address))


def _check_offer(call: Call, zone: str) -> None:
    types = {each["InstanceType"] for each in INSTANCE_TYPE_OFFERINGS["region"].get(call.region, [])}
    here = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(call.region, [])
    wanted = call["InstanceType"]
    if wanted in types and not any((each["InstanceType"], each["Location"]) == (wanted, zone) for each in here):
        raise RefusedError(
            "Unsupported",
            f"Your requested instance type ({wanted}) is not supported in your requested Availability Zone ({zone}).",
        )


def _check_disks(call: Call) -> None:
    for mapping in call.objects("BlockDeviceMapping"):
        size = int(mapping.get("Ebs.VolumeSize", _SMALLEST_ROOT))
        if size < _SMALLEST_ROOT:
            raise RefusedError(
                "InvalidBlockDeviceMapping",
                f"Volume of size {size}GB is smaller than the image's snapshot, expect size >= {_SMALLEST_ROOT}GB",
            )


def _check_architecture(call: Call) -> None:
    offered = INSTANCE_TYPES.get(call["InstanceType"])
    image = state.ec2(call.region).amis.get(call["ImageId"])
    if offered is None or image is None:
        return  # moto says so
    supported = offered["ProcessorInfo"]["SupportedArchitectures"]
    if image.architecture not in supported:
        raise RefusedError(
            "InvalidParameterValue",
            f"The architecture '{','.join(supported)}' of the specified instance type does not match the architecture"
            f" '{image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching"
            " architectures, and try again.",
        )


def _check_profile(call: Call) -> None:
    from moto.backends import get_backend

    from tools.clouds.aws.identity import ACCOUNT

    name = call["IamInstanceProfile.Name"]
    profiles = get_backend("iam")[ACCOUNT]["aws"].instance_profiles.values()
    if name and name not in {profile.name for profile in profiles}:
        raise RefusedError(
            "InvalidParameterValue",
            f"Value ({name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
        )


def _vcpus(instance_type: str) -> int:
    return int(INSTANCE_TYPES.get(instance_type, {}).get("VCpuInfo", {}).get("DefaultVCpus", 0))


def _check_vcpus(call: Call, quotas: Quotas) -> None:
    instances = state.live_instances(state.ec2(call.region))
    running = sum(_vcpus(each.instance_type) for each in instances if each.state == "running")
    asked = _vcpus(call["InstanceType"]) * int(call["MinCount"] or 1)
    if running + asked > quotas.vcpus:
        raise RefusedError(
            "VcpuLimitExceeded",
            f"You have requested more vCPU capacity than your current vCPU limit of {quotas.vcpus} allows for the"
            " instance bucket that the specified instance type belongs to. Please visit"
            " http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
        )


def _modify(call: Call, quotas: Quotas) -> None:
    backend = state.ec2(call.region)
    instance = next((each for each in state.live_instances(backend) if each.id == call["InstanceId"]), None)
    needs_stop = next((name for name in ("InstanceType.Value", "UserData.Value") if call[name]), "")
    if instance is not None and needs_stop and instance.state != "stopped":
        raise RefusedError(
            "IncorrectInstanceState",
            f"The instance '{instance.id}' is not in the 'stopped' state.",
        )


CHECKS: Mapping[str, Callable[[Call, Quotas], None]] = {"ModifyInstanceAttribute": _modify, "RunInstances": _run}
