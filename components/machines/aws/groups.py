"""Auto-scaling groups: machines by a template, which join by themselves."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.machines.aws import lookup
from components.machines.aws.instances import DISK, METADATA, SPOT, Making
from components.plan.instance_groups import InstanceGroup

AUTOSCALER = "k8s.io/cluster-autoscaler"
# Percent of the group's size: a new machine is there before an old one goes.
HEALTHY, AT_MOST = 100, 110
# Seconds after which a new machine counts: it boots and joins within two minutes.
WARM_UP = "120"


def make_group(
    making: Making,
    group: InstanceGroup,
    image: pulumi.Input[str],
    user_data: pulumi.Output[str],
    after: pulumi.Resource,
) -> aws.autoscaling.Group:
    """Register the group; its machines start once `after` is there."""
    template = _template(making, group, image, user_data)
    name = making.names.of(group.name)
    own = pulumi.ResourceOptions(
        depends_on=[after, *making.network.ways_out, *making.firewall.rules],
        # From then on it is the autoscaler's, or whoever's who changes it at AWS.
        ignore_changes=[] if group.fixed else ["desiredCapacity"],
    )
    return aws.autoscaling.Group(
        f"{group.name}-group",
        name=name,
        min_size=group.minimum,
        max_size=group.maximum,
        desired_capacity=group.count,
        vpc_zone_identifiers=[making.network.groups[zone.name].id for zone in group.zones],
        launch_template=aws.autoscaling.GroupLaunchTemplateArgs(
            id=template.id, version=template.latest_version.apply(str)
        ),
        # Another template replaces the machines, some at a time.
        instance_refresh=aws.autoscaling.GroupInstanceRefreshArgs(
            strategy="Rolling",
            preferences=aws.autoscaling.GroupInstanceRefreshPreferencesArgs(
                min_healthy_percentage=HEALTHY, max_healthy_percentage=AT_MOST, instance_warmup=WARM_UP
            ),
        ),
        # Nodes are waited for, not instances.
        wait_for_capacity_timeout="0",
        health_check_type="EC2",
        # When the group goes, so do its machines.
        force_delete=True,
        tags=[
            aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=on_machines)
            for key, value, on_machines in _tags(making, group)
        ],
        opts=pulumi.ResourceOptions.merge(making.opts, own),
    )


def _template(
    making: Making, group: InstanceGroup, image: pulumi.Input[str], user_data: pulumi.Output[str]
) -> aws.ec2.LaunchTemplate:
    tags = {**making.names.tags(group.name), **making.cloud.tags}
    return aws.ec2.LaunchTemplate(
        f"{group.name}-template",
        name=making.names.of(group.name),
        image_id=image,
        instance_type=group.type,
        user_data=user_data.apply(lambda text: base64.b64encode(text.encode()).decode()),
        # A public address as the subnet says.
        vpc_security_group_ids=[making.firewall.groups["node"].id],
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(**METADATA),
        block_device_mappings=[
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name=lookup.root_device(image, making.opts),
                ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                    volume_type=DISK, volume_size=group.disk, encrypted="true", delete_on_termination="true"
                ),
            )
        ],
        instance_market_options=aws.ec2.LaunchTemplateInstanceMarketOptionsArgs(market_type=SPOT)
        if group.spot
        else None,
        # Those of machines come from the group.
        tag_specifications=[aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type="volume", tags=tags)],
        update_default_version=True,
        tags=making.names.tags(group.name),
        opts=making.opts,
    )


def _tags(making: Making, group: InstanceGroup) -> list[tuple[str, str, bool]]:
    """Key, value, and whether machines get it too. By tags the autoscaler finds its groups, and knows their Nodes."""
    on_machines: Mapping[str, str] = {
        **making.names.owned(group.name),
        **making.cloud.tags,
        "kubernetes-from-scratch/pool": group.name,
    }
    on_group = {
        f"{AUTOSCALER}/enabled": "true",
        f"{AUTOSCALER}/{making.cloud.prefix}": "owned",
        **{f"{AUTOSCALER}/node-template/label/{key}": value for key, value in group.labels.items()},
        **{f"{AUTOSCALER}/node-template/taint/{t.key}": f"{t.value}:{t.effect}" for t in group.taints},
    }
    return [
        *((key, value, True) for key, value in on_machines.items()),
        *((key, value, False) for key, value in on_group.items()),
    ]
