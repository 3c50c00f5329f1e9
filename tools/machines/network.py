"""Networks of local machines: one bridge each, its gateway (this computer) at the range's first address."""

from __future__ import annotations

import ipaddress
import json
import secrets
import subprocess
from dataclasses import dataclass

from . import firewall, host, leftovers, podman
from .errors import MachineError


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network that exists."""

    name: str
    podman_name: str
    """With a random end: podman never forgets an address that it was killed over, in a network of the same name."""
    range: ipaddress.IPv4Network
    bridge: str
    cluster: str


def create(name: str, cidr: str, cluster: str) -> None:
    """Make the network; nothing to do if it is there with the same range.

    Raises MachineError when the range is not a network, or overlaps with one this computer already has.
    """
    wanted = _parse(cidr)
    for existing in find_all(f"{podman.NETWORK_LABEL}={name}"):
        if existing.range != wanted:
            raise MachineError(
                f"Network {name} exists with range {existing.range}, wanted {wanted}: "
                f"delete it first (`network delete {name}`)."
            )
        return
    for owner, taken in _taken_ranges():
        if taken.overlaps(wanted):
            raise MachineError(
                f"Range {wanted} of network {name} overlaps with {taken} of {owner}: choose another range."
            )
    # No DNS server of podman's: its search domain makes every unqualified name wait for seconds.
    podman.run(
        "network", "create", "--disable-dns", "--subnet", str(wanted), "--gateway", str(wanted[1]),
        f"--label={podman.CLUSTER_LABEL}={cluster}", f"--label={podman.NETWORK_LABEL}={name}",
        f"{name}.{secrets.token_hex(3)}",
    )  # fmt: skip


def delete(name: str) -> None:
    """Remove the network; fine if there is none. Raises MachineError while machines use it."""
    for network in find_all(f"{podman.NETWORK_LABEL}={name}"):
        containers = podman.list_objects("container", f"network={network.podman_name}")
        if containers:
            users = ", ".join(container["Names"][0] for container in containers)
            raise MachineError(f"Network {name} is used by {users}: delete these first.")
        remove(network)


def remove(network: Network) -> None:
    """Remove a network that no container uses, and what podman may have left of it."""
    leftovers.remove(network.podman_name, network.bridge)
    firewall.forget(network.bridge)
    podman.run("network", "rm", "--force", network.podman_name)


def find(name: str) -> Network:
    """The network of that name. Raises MachineError if there is none."""
    for network in find_all(f"{podman.NETWORK_LABEL}={name}"):
        return network
    raise MachineError(f"There is no network {name}: create it first (`network create {name} --range CIDR`).")


def find_all(label: str) -> list[Network]:
    """All networks of this program with a label, given as KEY or KEY=VALUE."""
    return [
        Network(
            name=found["labels"].get(podman.NETWORK_LABEL, found["name"]),
            podman_name=found["name"],
            range=ipaddress.IPv4Network(found["subnets"][0]["subnet"]),
            bridge=found["network_interface"],
            cluster=found["labels"][podman.CLUSTER_LABEL],
        )
        for found in podman.list_objects("network", f"label={label}")
    ]


def place_options(network: Network, address: str) -> list[str]:
    """Podman options that put a container at an address.

    The hardware address follows from it: with a new one after each restart, all others would go on for up to a minute
    sending to the old one.
    """
    hardware = ":".join(f"{byte:02x}" for byte in b"\x02\x00" + ipaddress.IPv4Address(address).packed)
    return [f"--network={network.podman_name}", f"--ip={address}", f"--mac-address={hardware}"]


def silence(pid: int) -> None:
    """Take the machine with this first process off its network until it starts again."""
    command = host.as_root("nsenter", "--target", str(pid), "--net", "ip", "link", "set", "eth0", "down")
    subprocess.run(command, check=False, capture_output=True)


def bridge_of(podman_name: str) -> str:
    """The device of a podman network. Raises MachineError if the network is gone."""
    for network in find_all(podman.CLUSTER_LABEL):
        if network.podman_name == podman_name:
            return network.bridge
    raise MachineError(f"The network {podman_name} is gone: `cleanup --label CLUSTER`, then create the machines again.")


def _parse(cidr: str) -> ipaddress.IPv4Network:
    try:
        network = ipaddress.IPv4Network(cidr)
    except ValueError as error:
        raise MachineError(f"Range {cidr!r} is not an IPv4 network such as 10.80.0.0/24: {error}.") from None
    if network.prefixlen > 29:
        raise MachineError(f"Range {cidr} has too few addresses: /29 or larger is needed.")
    return network


def _taken_ranges() -> list[tuple[str, ipaddress.IPv4Network]]:
    """Ranges this computer routes or addresses, and those of podman networks whose bridge is not up."""
    taken = [
        (f"this computer's device {route.get('dev', '?')}", ipaddress.IPv4Network(route["dst"]))
        for route in json.loads(_output("ip", "-4", "-json", "route"))
        if route["dst"] != "default"
    ]
    for network in podman.list_objects("network"):
        for subnet in network.get("subnets") or []:
            parsed = ipaddress.ip_network(subnet["subnet"])
            if isinstance(parsed, ipaddress.IPv4Network):
                taken.append((f"podman network {network['name']}", parsed))
    return taken


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout
