"""In what the networks of the clouds differ for a packet."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address


@dataclass(frozen=True, kw_only=True)
class Flavour:
    """One kind of cloud."""

    name: str
    """The cloud's name as cloud-init knows it."""
    mtu: int
    """Bytes of a packet on an instance's link."""
    on_link: bool
    """An instance has its subnet's prefix and asks for neighbours by ARP (the network answers); else a /32."""
    passthrough: bool
    """A balancer leaves the client's address as it is, and its targets answer the balancer's address themselves."""
    check_source: IPv4Address | None
    """Where health checks come from; None: from the balancer's own address in the target's subnet."""
    users: tuple[tuple[str, str], ...]
    """Beginning of an image's name → the user that cloud-init makes on it by default. Others have no cloud-init."""

    def default_user(self, image: str) -> str | None:
        """The user that the image makes; None where it has no cloud-init, so that user data does nothing."""
        return next((user for beginning, user in self.users if image.startswith(beginning)), None)


FLAVOURS = {
    # docs.aws.amazon.com: jumbo frames inside a VPC; NLB's checks come from its private addresses.
    "aws": Flavour(
        name="aws",
        mtu=9001,
        on_link=True,
        passthrough=False,
        check_source=None,
        users=(("debian", "admin"), ("ubuntu", "ubuntu")),
    ),
    # cloud.google.com: MTU 1460, /32 by DHCP, probes from 35.191.0.0/16; Debian's images there come without cloud-init.
    "gce": Flavour(
        name="gce",
        mtu=1460,
        on_link=False,
        passthrough=True,
        check_source=IPv4Address("35.191.0.1"),
        users=(("ubuntu", "ubuntu"),),
    ),
}
