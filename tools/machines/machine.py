"""Machines: privileged containers with systemd as first process, an SSH server, an address, and a volume as /var."""

from __future__ import annotations

import hashlib
import io
import ipaddress
import json
import re
import tarfile
from dataclasses import dataclass
from typing import Any

from . import apt, host, image, network, podman, readiness
from .errors import MachineError

DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


@dataclass(frozen=True, kw_only=True)
class Access:
    """Who a machine says it is and whom it lets in: `hostKey` and `authorizedKeys` of the JSON on standard input."""

    host_key: str
    """The SSH server's ed25519 private key, OpenSSH format."""
    authorized_keys: tuple[str, ...]
    """Public keys that may log in as root, as lines of an authorized_keys file."""

    @classmethod
    def from_json(cls, text: str) -> Access:
        """Parse the JSON; raises MachineError that names the first wrong part."""
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise MachineError(
                f"Standard input is not JSON ({error}); expected {{'hostKey': …, 'authorizedKeys': […]}}."
            ) from None
        if not isinstance(data, dict) or set(data) != {"hostKey", "authorizedKeys"}:
            raise MachineError(
                "Standard input must be a JSON object with the keys hostKey and authorizedKeys, and no others."
            )
        host_key, keys = data["hostKey"], data["authorizedKeys"]
        if not isinstance(host_key, str) or not host_key.startswith("-----BEGIN OPENSSH PRIVATE KEY-----"):
            raise MachineError("hostKey is not a private key in OpenSSH format: make one with `ssh-keygen -t ed25519`.")
        if not isinstance(keys, list) or not keys or not all(isinstance(key, str) and " " in key for key in keys):
            raise MachineError(
                "authorizedKeys must be a list of at least one public key such as 'ssh-ed25519 AAAA… name'."
            )
        return cls(host_key=host_key.strip() + "\n", authorized_keys=tuple(key.strip() for key in keys))


@dataclass(frozen=True, kw_only=True)
class MachineSpec:
    """All that makes a machine what it is; another value of any of these is another machine."""

    name: str
    cluster: str
    network: str
    address: str
    access: Access

    @property
    def container(self) -> str:
        """Name of the container and of its volume: unique on this computer, as HOST.DOMAIN."""
        return container_name(self.name, self.cluster)

    @property
    def digest(self) -> str:
        """Tells whether an existing machine was made from the same settings."""
        parts = (self.network, self.address, self.access.host_key, *self.access.authorized_keys)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def container_name(name: str, cluster: str) -> str:
    """Raises MachineError for a name that can't be a host name."""
    for what, label in (("Machine", name), ("Cluster", cluster)):
        if not DNS_LABEL.fullmatch(label):
            raise MachineError(
                f"{what} name {label!r} is not a DNS label: use a-z, 0-9 and -, at most 63, such as node-1."
            )
    return f"{name}.{cluster}"


def create(spec: MachineSpec) -> None:
    """Bring the machine up and wait until it can be used; safe to run again after being cut off anywhere.

    A machine made from the same settings is started if it is stopped, else left as it is; one made from others is refused.
    """
    _check_address(spec)
    existing = podman.inspect("container", spec.container)
    if existing is not None and existing["State"]["Status"] == "created":
        # Never started: an earlier run ended in between, and its files may be missing.
        delete(spec.container)
        existing = None
    if existing is None:
        _make(spec)
    elif _label(existing, podman.SETTINGS_LABEL) != spec.digest:
        raise MachineError(
            f"Machine {spec.container} exists with another address, network or other keys: "
            f"delete it first (`machine delete {spec.name}`)."
        )
    start(spec.container)


def start(container: str) -> None:
    """Start a stopped machine and wait until it can be used."""
    existing = _existing(container)
    if not existing["State"]["Running"]:
        podman.run("start", container)
    readiness.wait_for_machine(container, _address(_existing(container)))


def stop(container: str) -> None:
    """Shut the machine down in order, as `poweroff` does."""
    _existing(container)
    podman.run("stop", "--time", "30", container)


def kill(container: str) -> None:
    """Cut the machine's power."""
    if _existing(container)["State"]["Running"]:
        podman.run("kill", "--signal", "KILL", container)


def delete(container: str) -> None:
    """Remove the machine and its volume; fine if there is none."""
    if podman.inspect("container", container) is not None:
        podman.run("rm", "--force", "--time", "0", "--volumes", container)
    if podman.inspect("volume", container) is not None:
        podman.run("volume", "rm", "--force", container)


def find(name: str, cluster: str | None) -> str | None:
    """The container of a machine by its name, and by its cluster where two clusters have a machine of that name."""
    if cluster is not None:
        return container_name(name, cluster)
    machines = podman.list_objects("container", f"label={podman.ROLE_LABEL}=machine")
    found = [str(one["Names"][0]) for one in machines if one["Names"][0].partition(".")[0] == name]
    if len(found) > 1:
        raise MachineError(f"Several machines are called {name} ({', '.join(sorted(found))}): add --label CLUSTER.")
    return found[0] if found else None


def _make(spec: MachineSpec) -> None:
    labels = [f"--label={podman.CLUSTER_LABEL}={spec.cluster}"]
    if podman.inspect("volume", spec.container) is None:
        podman.run("volume", "create", *labels, spec.container)
    podman.run(
        "create", f"--name={spec.container}", f"--hostname={spec.name}", *labels,
        f"--label={podman.ROLE_LABEL}=machine", f"--label={podman.SETTINGS_LABEL}={spec.digest}",
        "--privileged", *host.init_options(), *host.LIMIT_OPTIONS, *host.module_options(), "--env=container=podman",
        f"--network={spec.network}", f"--ip={spec.address}", "--dns-search=.", "--no-hosts",
        # containerd's overlay can't lie on the container's own overlay.
        f"--volume={spec.container}:/var:rw,exec,suid,dev", "--log-opt=max-size=1mb", image.require(), "/sbin/init",
    )  # fmt: skip
    podman.run("cp", "-", f"{spec.container}:/", stdin=_identity_files(spec))


def _identity_files(spec: MachineSpec) -> bytes:
    """A tar of the files that make this machine different from all others, there before its first start."""
    files = {
        "etc/ssh/ssh_host_ed25519_key": (0o600, spec.access.host_key),
        "root/.ssh/authorized_keys": (0o600, "\n".join(spec.access.authorized_keys) + "\n"),
        "etc/hosts": (0o644, f"127.0.0.1 localhost\n{spec.address} {spec.name}\n"),
        **{path: (0o644, text) for path, text in apt.machine_files(image.cache() / "apt").items()},
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, (mode, text) in files.items():
            member = tarfile.TarInfo(path)
            content = text.encode()
            member.mode, member.size = mode, len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _check_address(spec: MachineSpec) -> None:
    try:
        address = ipaddress.IPv4Address(spec.address)
    except ValueError:
        raise MachineError(f"Address {spec.address!r} of machine {spec.name} is not an IPv4 address.") from None
    subnet = network.range_of(spec.network)
    if address not in subnet or address in (subnet[0], subnet[1], subnet[-1]):
        raise MachineError(
            f"Address {address} of machine {spec.name} must be in {subnet}, the range of network {spec.network}, "
            f"and none of its first two and its last address."
        )


def _existing(container: str) -> dict[str, Any]:
    existing = podman.inspect("container", container)
    if existing is None:
        raise MachineError(f"There is no machine {container}: `list` shows those that exist.")
    return existing


def _address(existing: dict[str, Any]) -> str:
    networks: dict[str, dict[str, Any]] = existing["NetworkSettings"]["Networks"]
    return next(str(one["IPAddress"]) for one in networks.values())


def _label(existing: dict[str, Any], label: str) -> str:
    return str(existing["Config"]["Labels"].get(label, ""))
