"""What a machine is to be: its name, its place on a network, and who may enter. Checked before anything is made."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from dataclasses import dataclass

from .errors import MachineError
from .network import Network

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
            raise MachineError(f"Standard input is not JSON: {error}; see `machine create --help`.") from None
        if not isinstance(data, dict) or set(data) != {"hostKey", "authorizedKeys"}:
            raise MachineError("Standard input must be a JSON object with the keys hostKey and authorizedKeys only.")
        host_key, keys = data["hostKey"], data["authorizedKeys"]
        if not isinstance(host_key, str) or not host_key.startswith("-----BEGIN OPENSSH PRIVATE KEY-----"):
            raise MachineError("hostKey is not a private key in OpenSSH format: make one with `ssh-keygen -t ed25519`.")
        if not isinstance(keys, list) or not keys or not all(isinstance(key, str) and " " in key for key in keys):
            raise MachineError("authorizedKeys must be a list of public keys such as 'ssh-ed25519 AAAA… name'.")
        return cls(host_key=host_key.strip() + "\n", authorized_keys=tuple(key.strip() for key in keys))


@dataclass(frozen=True, kw_only=True)
class MachineSpec:
    """All that makes a machine what it is. Raises MachineError for a name or an address that can't be."""

    name: str
    """Host name."""
    cluster: str
    network: Network
    address: str
    access: Access

    def __post_init__(self) -> None:
        container_name(self.name, self.cluster)
        try:
            address = ipaddress.IPv4Address(self.address)
        except ValueError:
            raise MachineError(f"Address {self.address!r} of machine {self.name} is not an IPv4 address.") from None
        subnet = self.network.range
        if address not in subnet or address in (subnet[0], subnet[1], subnet[-1]):
            raise MachineError(
                f"Address {address} of machine {self.name} must be in {subnet} (network {self.network.name}) "
                f"between {subnet[2]} and {subnet[-2]}."
            )

    @property
    def container(self) -> str:
        """Name of the container and of its volume."""
        return container_name(self.name, self.cluster)

    @property
    def digest(self) -> str:
        """Tells whether an existing machine was made from the same settings."""
        parts = (self.network.name, self.address, self.access.host_key, *self.access.authorized_keys)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def container_name(name: str, cluster: str) -> str:
    """HOST.CLUSTER, unique on this computer. Raises MachineError for a name that can't be a host name."""
    for what, label in (("Machine", name), ("Cluster", cluster)):
        if not DNS_LABEL.fullmatch(label):
            raise MachineError(f"{what} name {label!r} is not a DNS label: at most 63 of a-z, 0-9 and -, as node-1.")
    return f"{name}.{cluster}"
