"""What an instance takes: which inputs, what replaces it, what AWS decides where the program does not."""

from __future__ import annotations

from typing import Final

from tools.standins import sdk

INSTANCE: Final = "aws:ec2/instance:Instance"
_TAKEN: Final = (
    "ami",
    "associatePublicIpAddress",
    "availabilityZone",
    "creditSpecification",
    "disableApiStop",
    "disableApiTermination",
    "ebsOptimized",
    "forceDestroy",
    "iamInstanceProfile",
    "instanceInitiatedShutdownBehavior",
    "instanceMarketOptions",
    "instanceType",
    "keyName",
    "metadataOptions",
    "monitoring",
    "privateIp",
    "region",
    "rootBlockDevice",
    "sourceDestCheck",
    "subnetId",
    "tags",
    "userData",
    "userDataBase64",
    "userDataReplaceOnChange",
    "volumeTags",
    "vpcSecurityGroupIds",
)
COMPUTED: Final = frozenset(
    {
        "associatePublicIpAddress",
        "availabilityZone",
        "cpuOptions",
        "disableApiStop",
        "disableApiTermination",
        "ebsBlockDevices",
        "ebsOptimized",
        "iamInstanceProfile",
        "instanceInitiatedShutdownBehavior",
        "keyName",
        "metadataOptions",
        "monitoring",
        "privateIp",
        "region",
        "rootBlockDevice",
        "secondaryPrivateIps",
        "securityGroups",
        "subnetId",
        "tenancy",
        "vpcSecurityGroupIds",
    }
)
INPUTS: Final = sdk.inputs(
    INSTANCE,
    taken=_TAKEN,
    replaces=(
        "ami",
        "associatePublicIpAddress",
        "availabilityZone",
        "ebsOptimized",
        "instanceMarketOptions",
        "keyName",
        "privateIp",
        "region",
        "rootBlockDevice.encrypted",
        "rootBlockDevice.kmsKeyId",
        "subnetId",
    ),
    defaults={
        "forceDestroy": False,
        "sourceDestCheck": True,
        "userDataReplaceOnChange": False,
    },
)
