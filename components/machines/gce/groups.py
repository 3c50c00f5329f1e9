"""Managed instance groups of the region: machines by a template, which join by themselves."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from components.machines.gce.instances import Making, disk_type, metadata_of
from components.plan.instance_groups import InstanceGroup

# Seconds after which a new machine counts: it boots and joins within two minutes.
WARM_UP = 120


def make_group(
    making: Making,
    group: InstanceGroup,
    image: pulumi.Input[str],
    user_data: pulumi.Output[str],
    after: pulumi.Resource,
) -> gcp.compute.RegionInstanceGroupManager:
    """Register the group; its machines start once `after` is there."""
    template = _template(making, group, image, user_data)
    name = making.names.of(group.name)
    own = pulumi.ResourceOptions(
        depends_on=[after, *making.network.ways_out],
        # From then on it is the autoscaler's, or whoever's who changes it at Google.
        ignore_changes=[] if group.fixed else ["targetSize"],
    )
    return gcp.compute.RegionInstanceGroupManager(
        f"{group.name}-group",
        name=name,
        # Machines are called NAME-xxxx by Google; the Nodes' names come from their addresses.
        base_instance_name=name,
        region=making.cloud.region,
        distribution_policy_zones=[zone.name for zone in group.zones],
        versions=[gcp.compute.RegionInstanceGroupManagerVersionArgs(instance_template=template.self_link)],
        target_size=group.count,
        # Another template replaces the machines: new ones come first, one in each zone, the fewest that Google takes.
        update_policy=gcp.compute.RegionInstanceGroupManagerUpdatePolicyArgs(
            type="PROACTIVE",
            minimal_action="REPLACE",
            max_surge_fixed=len(group.zones),
            max_unavailable_fixed=0,
            min_ready_sec=WARM_UP,
        ),
        # Nodes are waited for, not instances.
        wait_for_instances=False,
        opts=pulumi.ResourceOptions.merge(making.opts, own),
    )


def _template(
    making: Making, group: InstanceGroup, image: pulumi.Input[str], user_data: pulumi.Output[str]
) -> gcp.compute.InstanceTemplate:
    cloud, names = making.cloud, making.names
    outside = None if cloud.nodes_private else [gcp.compute.InstanceTemplateNetworkInterfaceAccessConfigArgs()]
    return gcp.compute.InstanceTemplate(
        f"{group.name}-template",
        # A template can't be changed: each has a name of its own, and the next is there before the last one goes.
        name_prefix=f"{names.of(group.name)}-",
        machine_type=group.type,
        can_ip_forward=False,
        disks=[
            gcp.compute.InstanceTemplateDiskArgs(
                source_image=image,
                boot=True,
                auto_delete=True,
                disk_size_gb=group.disk,
                disk_type=disk_type(group.type),
            )
        ],
        network_interfaces=[
            gcp.compute.InstanceTemplateNetworkInterfaceArgs(subnetwork=making.network.groups, access_configs=outside)
        ],
        tags=[names.role("node")],
        labels={**names.labels, "kubernetes-from-scratch-pool": group.name},
        metadata=metadata_of(user_data),
        scheduling=_spot() if group.spot else None,
        shielded_instance_config=_shielded(group),
        opts=making.opts,
    )


def _shielded(group: InstanceGroup) -> gcp.compute.InstanceTemplateShieldedInstanceConfigArgs | None:
    """As for single machines."""
    if group.image.architecture == "arm64":
        return None
    return gcp.compute.InstanceTemplateShieldedInstanceConfigArgs(
        enable_secure_boot=True, enable_vtpm=True, enable_integrity_monitoring=True
    )


def _spot() -> gcp.compute.InstanceTemplateSchedulingArgs:
    """One that is taken away comes again when the group finds a place for it."""
    return gcp.compute.InstanceTemplateSchedulingArgs(
        provisioning_model="SPOT",
        preemptible=True,
        automatic_restart=False,
        on_host_maintenance="TERMINATE",
        instance_termination_action="STOP",
    )
