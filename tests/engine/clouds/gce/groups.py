"""A pool that grows: an instance template and a managed group in a region's zones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_gcp import compute

REGION = "europe-west3"


@dataclass(frozen=True, kw_only=True)
class Pool:
    """What a test changes. `template`, `group`: more or other inputs of the two."""

    size: int = 3
    user_data: str = "#cloud-config\nhostname: one\n"
    zones: Sequence[str] = (f"{REGION}-a", f"{REGION}-b")
    template: Mapping[str, Any] = field(default_factory=dict)
    group: Mapping[str, Any] = field(default_factory=dict)
    ignored: Sequence[str] = ()

    def __call__(self) -> None:
        """The program."""
        network = compute.Network("network", name="one", auto_create_subnetworks=False)
        subnetwork = compute.Subnetwork(
            "groups", name="one-groups", network=network.id, ip_cidr_range="10.80.1.0/28", region=REGION
        )
        template = compute.InstanceTemplate(
            "pool-template",
            **{
                "name_prefix": "one-pool-",
                "machine_type": "e2-standard-2",
                "can_ip_forward": False,
                "disks": [
                    {
                        "source_image": "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64",
                        "auto_delete": True,
                        "boot": True,
                        "disk_size_gb": 20,
                        "disk_type": "pd-balanced",
                    }
                ],
                "network_interfaces": [{"subnetwork": subnetwork.id, "access_configs": [{}]}],
                "tags": ["one-node"],
                "labels": {"pool": "pool"},
                "metadata": {"user-data": pulumi.Output.secret(self.user_data), "enable-oslogin": "FALSE"},
                "shielded_instance_config": {"enable_secure_boot": True},
                **self.template,
            },
        )
        group = compute.RegionInstanceGroupManager(
            "pool-group",
            **{
                "name": "one-pool",
                "base_instance_name": "one-pool",
                "region": REGION,
                "distribution_policy_zones": list(self.zones),
                "versions": [{"instance_template": template.self_link}],
                "target_size": self.size,
                "update_policy": {
                    "type": "PROACTIVE",
                    "minimal_action": "REPLACE",
                    "max_surge_fixed": len(self.zones),
                    "max_unavailable_fixed": 0,
                },
                "wait_for_instances": False,
                **self.group,
            },
            opts=pulumi.ResourceOptions(ignore_changes=list(self.ignored)),
        )
        pulumi.export("group", group.instance_group)
