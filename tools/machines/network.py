"""Networks of local machines: one bridge each, its gateway (this computer) at the range's first address."""

from __future__ import annotations

import ipaddress
import json
import subprocess
from dataclasses import dataclass

from . import podman
from .errors import MachineError


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network that exists."""

    name: str
    range: ipaddress.IPv4Network
    cluster: str


def create(name: str, cidr: str, cluster: str) -> None:
    """Make the network; nothing to do if it is there with the same range.

    Raises MachineError when the range is not a network, or overlaps with one this computer already has.
    """
    wanted = _parse(cidr)
    existing = podman.inspect("network", name)
    if existing is not None:
        found = existing["subnets"][0]["subnet"]
        if found != str(wanted):
            raise MachineError(
                f"Network {name} exists with range {found}, wanted {wanted}: delete it first (`network delete {name}`)."
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
        "--label", f"{podman.CLUSTER_LABEL}={cluster}", name,
    )  # fmt: skip


def delete(name: str) -> None:
    """Remove the network; fine if there is none. Raises MachineError while machines use it."""
    if podman.inspect("network", name) is None:
        return
    users = [container["Names"][0] for container in podman.list_objects("container", f"network={name}")]
    if users:
        raise MachineError(f"Network {name} is used by {', '.join(users)}: delete these first.")
    podman.run("network", "rm", name)


def find(name: str) -> Network:
    """The network of that name. Raises MachineError if there is none."""
    existing = podman.inspect("network", name)
    if existing is None:
        raise MachineError(f"There is no network {name}: create it first (`network create {name} --range CIDR`).")
    return Network(
        name=name,
        range=ipaddress.IPv4Network(existing["subnets"][0]["subnet"]),
        cluster=str(existing.get("labels", {}).get(podman.CLUSTER_LABEL, name)),
    )


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
