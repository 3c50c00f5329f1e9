"""What an instance finds on its disk before its first boot: its user data, and who it is, for cloud-init (NoCloud)."""

from __future__ import annotations

import yaml

from tools.clouds.world import Instance

from .flavour import Flavour

SEED = "etc/cloud/seed"
CONFIGURATION = "etc/cloud/cloud.cfg.d/91-instance.cfg"
SWITCH_OFF = "etc/cloud/cloud-init.disabled"


def files(flavour: Flavour, instance: Instance, resolver: str) -> dict[str, tuple[int, str]]:
    """Path from the root → mode and content."""
    found = {
        "etc/hosts": (0o644, f"127.0.0.1 localhost\n{instance.address} {instance.name}\n"),
        "etc/resolv.conf": (0o644, resolver),
    }
    user = flavour.default_user(instance.image)
    if user is None:
        return {**found, SWITCH_OFF: (0o644, "")}
    about = {
        "instance-id": instance.id,
        "local-hostname": instance.name,
        "public-keys": list(instance.ssh_keys),
        # cloud-init takes these from any metadata: `cloud-init query` answers as in the cloud itself.
        "availability-zone": instance.zone,
        "region": instance.region,
        "cloud-name": flavour.name,
    }
    system = {
        "default_user": {
            "name": user,
            "lock_passwd": True,
            "groups": ["adm", "sudo"],
            "sudo": ["ALL=(ALL) NOPASSWD:ALL"],
            "shell": "/bin/bash",
        }
    }
    return {
        **found,
        # It may hold the host key.
        f"{SEED}/user-data": (0o600, instance.user_data),
        f"{SEED}/meta-data": (0o600, yaml.safe_dump(about)),
        CONFIGURATION: (0o644, yaml.safe_dump({"system_info": system})),
    }
