"""Machines: privileged containers with systemd as first process, an SSH server, an address, and a volume as /var."""

from __future__ import annotations

import io
import re
import tarfile
import time
from collections.abc import Mapping
from typing import Any

from . import apt, firewall, host, image, network, podman, readiness
from .errors import MachineError
from .spec import MachineSpec, container_name

# Podman's time of the first start of a container that was never started.
NEVER = "0001-01-01"
# Said by podman with netavark, and by its older CNI plugins.
ADDRESS_TAKEN = re.compile(r"requested ip address (\S+) is (?:already allocated|not available)", re.IGNORECASE)
MAKE_ATTEMPTS = 5
# The kubelet holds a shutdown up for 30 s at most (kubelet.yaml), systemd each unit for up to 90 s; most need 10 s.
POWER_OFF_SECONDS = 90


def create(spec: MachineSpec) -> None:
    """Bring the machine up and wait until it can be used; safe to run again after being cut off anywhere.

    A machine of the same settings is started if it is stopped, else left as it is; one of other settings is refused.
    """
    existing = podman.inspect("container", spec.container)
    if existing is not None and existing["State"]["StartedAt"].startswith(NEVER):
        # An earlier run ended in between, and some of the machine's files may be missing.
        delete(spec.container)
        existing = None
    if existing is None:
        _make(spec)
    elif existing["Config"]["Labels"].get(podman.SETTINGS_LABEL) != spec.digest:
        raise MachineError(
            f"Machine {spec.container} exists with another address, network or other keys: "
            f"delete it first (`machine delete {spec.name} --label {spec.cluster}`)."
        )
    if existing is None or not existing["State"]["Running"]:
        _switch_on(spec.container, spec.network.bridge)
    readiness.wait_for_machine(spec.container, spec.address)


def start(container: str) -> None:
    """Start a stopped machine and wait until it can be used."""
    existing = _existing(container)
    if not existing["State"]["Running"]:
        (podman_name,) = existing["NetworkSettings"]["Networks"]
        _switch_on(container, network.bridge_of(podman_name))
    (attachment,) = _existing(container)["NetworkSettings"]["Networks"].values()
    readiness.wait_for_machine(container, attachment["IPAddress"])


def stop(container: str) -> None:
    """Shut the machine down in order, as `poweroff` does; its power is cut after a minute and a half."""
    if _existing(container)["State"]["Running"]:
        # Not podman's stop signal alone: systemd would halt at once, and the kubelet not hear of it before.
        podman.run("exec", container, "systemctl", "poweroff", "--no-block")
        _until_off(container)
    podman.run("stop", "--time", "5", container)


def kill(container: str) -> None:
    """Cut the machine's power: from that moment on it says nothing any more, not even that a connection has ended."""
    state = _existing(container)["State"]
    if state["Running"]:
        network.silence(state["Pid"])
        podman.run("kill", "--signal", "KILL", container)


def _until_off(container: str) -> None:
    deadline = time.monotonic() + POWER_OFF_SECONDS
    while _existing(container)["State"]["Running"] and time.monotonic() < deadline:
        time.sleep(0.2)


def delete(container: str) -> None:
    """Remove the machine and its volume; fine if there is none."""
    podman.remove(container)
    if podman.inspect("volume", container) is not None:
        podman.run("volume", "rm", "--force", container)


def find(name: str, cluster: str | None) -> str | None:
    """The container of a machine by its name, and by its cluster where two clusters have a machine of that name."""
    if cluster is not None:
        return container_name(name, cluster)
    # Volumes are made first and removed last, so they also tell of machines that are half made.
    volumes = podman.list_objects("volume", f"label={podman.CLUSTER_LABEL}")
    found = sorted(str(one["Name"]) for one in volumes if one["Name"].partition(".")[0] == name)
    if len(found) > 1:
        raise MachineError(f"Several machines are called {name} ({', '.join(found)}): add --label CLUSTER.")
    return found[0] if found else None


def _switch_on(container: str, bridge: str) -> None:
    host.raise_limits()
    firewall.let_through(bridge)
    try:
        podman.run("start", container)
    except podman.PodmanError as error:
        taken = ADDRESS_TAKEN.search(error.detail)
        if taken is None:
            raise
        holder = _holder(taken[1])
        if holder is not None:
            raise MachineError(f"Machine {container}: its address {taken[1]} is taken by {holder}.") from None
        # Podman, killed in the middle of a start, keeps the address until its network goes.
        raise MachineError(
            f"Machine {container}: podman keeps {taken[1]} for one that is gone; `cleanup --label CLUSTER` frees it."
        ) from None


def _holder(address: str) -> str | None:
    """The container that runs with this address."""
    for one in podman.list_objects("container", f"label={podman.CLUSTER_LABEL}", "status=running"):
        (name,) = one["Names"]
        networks = _existing(name)["NetworkSettings"]["Networks"] or {}
        if any(attachment["IPAddress"] == address for attachment in networks.values()):
            return str(name)
    return None


def _make(spec: MachineSpec) -> None:
    for attempts_left in reversed(range(MAKE_ATTEMPTS)):
        try:
            _make_once(spec)
            return
        except podman.PodmanError as error:
            # The podman of an earlier run that was cut off is still making it: let it finish, then start afresh.
            if not attempts_left or not any(sign in error.detail for sign in ("in use", "already exists")):
                raise
            time.sleep(1)
            delete(spec.container)


def _make_once(spec: MachineSpec) -> None:
    options = [
        *server_options(spec.container, spec.name, spec.cluster, "machine"),
        f"--label={podman.SETTINGS_LABEL}={spec.digest}",
        *network.place_options(spec.network, spec.address), "--dns-search=.",
    ]  # fmt: skip
    image.create_container(options, "/sbin/init")
    put_files(spec.container, _identity_files(spec))


def server_options(container: str, host_name: str, cluster: str, role: str) -> list[str]:
    """Podman options, all but the network's, with which a container behaves as a server; makes its volume."""
    labels = [f"--label={podman.CLUSTER_LABEL}={cluster}"]
    if podman.inspect("volume", container) is None:
        podman.run("volume", "create", *labels, container)
    return [
        f"--name={container}", f"--hostname={host_name}", *labels, f"--label={podman.ROLE_LABEL}={role}",
        "--privileged", *host.init_options(), *host.LIMIT_OPTIONS, *host.module_options(), "--env=container=podman",
        # Without podman's own /dev/shm, which a killed podman leaves mounted; systemd mounts one.
        "--ipc=none", "--no-hosts",
        # A real file system: containerd's overlay can't lie on the container's own overlay.
        f"--volume={container}:/var:rw,exec,suid,dev", "--log-opt=max-size=1mb",
        # `reboot` in the machine ends its first process with an error: it comes back. `stop` and `kill` last.
        "--restart=on-failure",
    ]  # fmt: skip


def _identity_files(spec: MachineSpec) -> dict[str, tuple[int, str]]:
    """Path → mode and content of the files that make this machine different from all others."""
    return {
        "etc/ssh/ssh_host_ed25519_key": (0o600, spec.access.host_key),
        "root/.ssh/authorized_keys": (0o600, "\n".join(spec.access.authorized_keys) + "\n"),
        "etc/hosts": (0o644, f"127.0.0.1 localhost\n{spec.address} {spec.name}\n"),
        **{path: (0o644, text) for path, text in apt.machine_files(image.cache() / "apt").items()},
    }


def put_files(container: str, files: Mapping[str, tuple[int, str]]) -> None:
    """Put files (path from the root → mode and content) into a machine before its first start. Not below /var."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, (mode, text) in files.items():
            member = tarfile.TarInfo(path)
            content = text.encode()
            member.mode, member.size = mode, len(content)
            archive.addfile(member, io.BytesIO(content))
    podman.run("cp", "-", f"{container}:/", stdin=buffer.getvalue())


def _existing(container: str) -> dict[str, Any]:
    existing = podman.inspect("container", container)
    if existing is None:
        raise MachineError(f"There is no machine {container}: `list` shows those that exist.")
    return existing
