"""The packet filter of one network, from what the cloud holds: pure functions; the text is vpc.nft.j2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, collapse_addresses
from pathlib import Path
from typing import Any

import jinja2

from tools.clouds.world import Balancer, Instance, Rule

from .flavour import Flavour
from .namespace import device
from .routing import BALANCED_MARK

TEMPLATE = Path(__file__).resolve().parent / "vpc.nft.j2"
# Stands in a set that has no elements, for nft has no empty set in a rule.
NOBODY = "0.0.0.0"
PROTOCOL_NUMBERS = {"ipip": "4"}


@dataclass(frozen=True, kw_only=True)
class Served:
    """A balancer with the targets that get connections now."""

    balancer: Balancer
    targets: tuple[tuple[IPv4Address, int], ...]


def render(
    flavour: Flavour,
    instances: Sequence[Instance],
    rules: Iterable[Rule],
    nat: Mapping[Instance, IPv4Address],
    served: Sequence[Served],
) -> str:
    """The nftables file of a network; `instances` are those of it that are switched on."""
    public = [(one.address, one.public_address) for one in instances if one.public_address is not None]
    chains = _chains(instances, rules)
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    return environment.from_string(TEMPLATE.read_text()).render(
        own=[f'"{device("i", one.id)}" . {own}' for one in instances for own in (one.address, *one.aliases)],
        forwarding=[f'"{device("i", one.id)}"' for one in instances if one.forwards],
        public_of=[f"{address} : {outside}" for address, outside in public],
        holder_of=[f"{outside} : {address}" for address, outside in public],
        nat_of=[f"{one.address} : {outside}" for one, outside in nat.items()],
        balancer_near=[f"{one.address} : {one.subnet[1]}" for one in instances],
        known_up=[str(address) for address, _ in public] or [NOBODY],
        known_nat=[str(one.address) for one in nat] or [NOBODY],
        balancers=[_balancer(one) for one in served if one.targets],
        passthrough=flavour.passthrough,
        mark=BALANCED_MARK,
        guarded=['"none" : drop', *(f'"{device("i", one.id)}" : jump {device("to", one.id)}' for one in instances)],
        chains=chains,
    )


def _balancer(one: Served) -> dict[str, Any]:
    balancer = one.balancer
    allowed = _merged([str(range_) for range_ in balancer.allowed or ()])
    return {
        "address": balancer.address,
        "port": balancer.port,
        # A public address is reached over the internet, from inside as well.
        "from": 'iifname "igw"' if balancer.public else "",
        "allowed": None if balancer.allowed is None else allowed or [NOBODY],
        "targets": [f"{number} : {address} . {port}" for number, (address, port) in enumerate(one.targets)],
    }


def _chains(instances: Sequence[Instance], rules: Iterable[Rule]) -> list[tuple[str, list[str]]]:
    addresses = {one.id: one.address for one in instances}
    chains: dict[str, list[str]] = {one.id: [] for one in instances}
    for rule in rules:
        sources = [str(range_) for range_ in rule.sources]
        sources += [str(addresses[one]) for one in rule.source_instances if one in addresses]
        line = _line(rule, sources)
        for guarded in rule.instances:
            if line and guarded in chains:
                chains[guarded].append(line)
    return [(device("to", one), list(dict.fromkeys(lines))) for one, lines in chains.items()]


def _line(rule: Rule, sources: Sequence[str]) -> str | None:
    """One rule of nft; None for one that lets nobody in."""
    if not sources:
        return None
    words = [] if "0.0.0.0/0" in sources else [f"ip saddr {{ {', '.join(_merged(sources))} }}"]
    if rule.destinations:
        words.append(f"ip daddr {{ {', '.join(_merged([str(range_) for range_ in rule.destinations]))} }}")
    if rule.protocol in ("tcp", "udp") and rule.ports:
        ports = ", ".join(f"{first}-{last}" if first != last else f"{first}" for first, last in rule.ports)
        words.append(f"{rule.protocol} dport {{ {ports} }}")
    elif rule.protocol != "all":
        words.append(f"ip protocol {PROTOCOL_NUMBERS.get(rule.protocol, rule.protocol)}")
    return " ".join([*words, "accept"])


def _merged(sources: Sequence[str]) -> list[str]:
    """Without overlaps, which a set refuses."""
    return [str(range_) for range_ in collapse_addresses(IPv4Network(one) for one in sources)]
