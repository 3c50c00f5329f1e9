"""The containers of one cloud in a box: found by their label, made, switched on and off, removed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.clouds.world import Instance
from tools.machines import cloud_image, host, image, machine, podman
from tools.machines.mirror import CONFIGURATION as NGINX_CONFIGURATION

from . import seed
from .flavour import Flavour
from .namespace import Namespace

IDENTITY_LABEL = "kfs.identity"
INTERNET = "internet"
NETWORK = "network"
INSTANCE = "instance"
# What routes: it hands on packets of any source, answers ARP for what lies behind it.
ROUTER_OPTIONS = [
    "--sysctl=net.ipv4.ip_forward=1",
    "--sysctl=net.ipv4.conf.all.rp_filter=0",
    "--sysctl=net.ipv4.conf.default.rp_filter=0",
    "--sysctl=net.ipv4.conf.default.proxy_arp=1",
    "--sysctl=net.ipv4.conf.all.send_redirects=0",
    "--sysctl=net.ipv4.conf.default.send_redirects=0",
    # It may be the last packet's own public address that comes back from outside.
    "--sysctl=net.ipv4.conf.default.accept_local=1",
]


@dataclass(frozen=True, kw_only=True)
class Container:
    """One that exists."""

    name: str
    role: str
    identity: str
    """The cloud's id of what it stands for."""
    running: bool
    namespace: Namespace


class Containers:
    """Those of one cloud."""

    def __init__(self, cloud: str, flavour: Flavour) -> None:
        self.cluster = cluster_of(cloud)
        self._flavour = flavour
        self._found: dict[tuple[str, str], Container] | None = None

    def forget(self) -> None:
        """Look anew at the next `find`: asking podman takes a fifth of a second."""
        self._found = None

    def find(self) -> dict[tuple[str, str], Container]:
        """All of them, by role and id."""
        if self._found is None:
            self._found = self._find()
        return self._found

    def make_internet(self, mirror: Path | None) -> None:
        """Make and start the internet: closed, with `mirror` as the folder that it serves; without one, open."""
        served = [f"--volume={mirror}:/srv/mirror:ro", f"--volume={NGINX_CONFIGURATION}:/etc/nginx/nginx.conf:ro"]
        if mirror:
            self._make_router(INTERNET, INTERNET, ["--network=none", *served], "/usr/sbin/nginx")
        else:
            self._make_router(INTERNET, INTERNET, ["--network=podman", "--dns-search=."], "/usr/bin/sleep", "infinity")

    def make_network(self, identity: str) -> None:
        """Make and start what routes for a network."""
        self._make_router(NETWORK, identity, ["--network=none"], "/usr/bin/sleep", "infinity")

    def make_instance(self, instance: Instance, resolver: str) -> None:
        """Make an instance, switched off; `resolver` is the content of its resolv.conf."""
        self.forget()
        name = self._name(instance.id)
        options = [
            *machine.server_options(name, instance.name, self.cluster, INSTANCE),
            f"--label={IDENTITY_LABEL}={instance.id}", "--network=none",
        ]  # fmt: skip
        try:
            image.create_container(options, "/sbin/init", image=cloud_image.reference())
            machine.put_files(name, seed.files(self._flavour, instance, resolver))
        except BaseException:
            machine.delete(name)
            raise

    def switch_on(self, instance: Instance, connect: Callable[[Namespace], None]) -> None:
        """Start an instance; `connect` gives it its link before its first process runs."""
        self.forget()
        name = self._name(instance.id)
        host.raise_limits()
        podman.run("init", name)
        try:
            connect(Namespace(name=name, pid=int(podman.run("inspect", "--format", "{{.State.Pid}}", name))))
            podman.run("start", name)
        except BaseException:
            # So that the next pass begins anew.
            podman.run("stop", "--time", "0", name)
            raise

    def switch_off(self, container: Container) -> None:
        """Shut an instance down in order; its power is cut after ten seconds."""
        self.forget()
        podman.run("stop", "--time", "10", container.name)

    def remove(self, container: Container) -> None:
        """Remove a container and its disk."""
        self.forget()
        machine.delete(container.name)

    def _find(self) -> dict[tuple[str, str], Container]:
        found = {}
        for one in podman.list_objects("container", f"label={podman.CLUSTER_LABEL}={self.cluster}"):
            labels = one["Labels"]
            container = Container(
                name=one["Names"][0],
                role=labels[podman.ROLE_LABEL],
                identity=labels.get(IDENTITY_LABEL, ""),
                running=one["State"] == "running",
                namespace=Namespace(name=one["Names"][0], pid=one["Pid"]),
            )
            found[container.role, container.identity] = container
        return found

    def _make_router(self, role: str, identity: str, options: list[str], *command: str) -> None:
        self.forget()
        name = self._name(identity)
        labels = [
            f"--label={podman.CLUSTER_LABEL}={self.cluster}",
            f"--label={podman.ROLE_LABEL}={role}",
            f"--label={IDENTITY_LABEL}={identity}",
        ]
        podman.remove(name)
        image.create_container(
            [f"--name={name}", *labels, "--privileged", "--ipc=none", *host.LIMIT_OPTIONS,
             *ROUTER_OPTIONS, *options],
            *command,
        )  # fmt: skip
        podman.run("start", name)

    def _name(self, identity: str) -> str:
        return f"{re.sub('[^a-zA-Z0-9-]', '-', identity)}.{self.cluster}"


def cluster_of(cloud: str) -> str:
    """The label of everything that belongs to a cloud."""
    return f"cloud-{cloud}"


def first_boot_errors(namespace: Namespace) -> list[str] | None:
    """What cloud-init said it could not do; None while it has not ended."""
    root = Path(f"/proc/{namespace.pid}/root")
    if (root / seed.SWITCH_OFF).exists():
        return []
    try:
        result = json.loads((root / "run/cloud-init/result.json").read_text())
    except (OSError, ValueError):
        return None
    return [str(error) for error in result["v1"]["errors"]]
