"""The artifact mirror on a network of local machines: nginx in a container, serving one folder of this computer."""

from __future__ import annotations

from pathlib import Path

from . import image, network, podman, readiness
from .errors import MachineError

CONFIGURATION = Path(__file__).resolve().parent / "nginx.conf"


def create(network_name: str, address: str, root: Path) -> None:
    """Serve `root` read-only at http://ADDRESS/; nothing to do if it is already. One mirror a network."""
    if not root.is_dir():
        raise MachineError(f"Folder {root}, to be served as mirror, does not exist: run `make tools` first.")
    name = _container_name(network_name)
    settings = f"{address} {root.resolve()}"
    existing = podman.inspect("container", name)
    if existing is not None and existing["Config"]["Labels"].get(podman.SETTINGS_LABEL) != settings:
        # It holds nothing of its own, so making it anew is as good as changing it.
        delete(network_name)
        existing = None
    if existing is None:
        attached = network.find(network_name)
        options = [
            f"--name={name}", f"--label={podman.CLUSTER_LABEL}={attached.cluster}",
            f"--label={podman.ROLE_LABEL}=mirror", f"--label={podman.SETTINGS_LABEL}={settings}",
            *network.place_options(attached, address), "--ipc=none",
            f"--volume={root.resolve()}:/srv/mirror:ro",
            f"--volume={CONFIGURATION}:/etc/nginx/nginx.conf:ro", "--restart=on-failure",
        ]  # fmt: skip
        image.create_container(options, "/usr/sbin/nginx")
    if existing is None or not existing["State"]["Running"]:
        podman.run("start", name)
    readiness.wait_for_web_server(name, address)


def delete(network_name: str) -> None:
    """Remove the mirror; fine if there is none."""
    podman.remove(_container_name(network_name))


def _container_name(network_name: str) -> str:
    return f"mirror.{network_name}"
