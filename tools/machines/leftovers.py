"""Takes back what podman leaves on this computer when it is killed in the middle of starting a container.

Its bridge then stays up, with a device to a network namespace that no container owns and with firewall rules; the range
could never be used again. In normal operation a bridge goes with its last running container, and nothing is done here.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from . import host, image, podman


def remove(network: str, bridge: str) -> None:
    """Clear the bridge of a podman network that has no running containers, if it is still there."""
    if not Path("/sys/class/net", bridge).exists():
        return
    devices = _ip("link", "show", "master", bridge)
    namespaces = {one["id"]: one["name"] for one in _ip("netns", "list") if "id" in one}
    for device in devices:
        _as_root("ip", "link", "delete", device["ifname"])
        if (namespace := namespaces.get(device.get("link_netnsid"))) is not None:
            _as_root("ip", "netns", "delete", namespace)
    # Podman itself removes the bridge and its firewall rules with the last container, so it gets one to end.
    name = f"last.{network}"
    podman.run("rm", "--force", "--ignore", name)
    image.create_container([f"--name={name}", "--rm", f"--network={network}", *host.LIMIT_OPTIONS], "/bin/true")
    podman.run("start", "--attach", name)


def _ip(*arguments: str) -> list[dict[str, Any]]:
    output = subprocess.run(["ip", "-json", *arguments], capture_output=True, text=True, check=False).stdout
    found: list[dict[str, Any]] = json.loads(output or "[]")
    return found


def _as_root(*command: str) -> None:
    subprocess.run(host.as_root(*command), check=False, capture_output=True)
