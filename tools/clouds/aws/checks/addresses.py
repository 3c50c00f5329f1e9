"""Checks of private addresses."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

from tools.clouds.aws import state
from tools.clouds.aws.call import RefusedError

# AWS keeps the first four addresses of a subnet and the last.
RESERVED: Final = 5
_RESERVED_FIRST: Final = 4


def check_address(backend: Any, subnet: Any, address: IPv4Address) -> None:
    """Raises RefusedError for an address that nothing in the subnet can have now."""
    network = IPv4Network(subnet.cidr_block)
    if address not in network:
        raise RefusedError(
            "InvalidParameterValue", f"Address {address} does not fall within the subnet's address range"
        )
    place = int(address) - int(network.network_address)
    if place < _RESERVED_FIRST or address == network.broadcast_address:
        raise RefusedError("InvalidParameterValue", f"Address {address} is in subnet's reserved address range")
    if state.find_interface(backend, address, subnet.id):
        raise RefusedError("InvalidIPAddress.InUse", f"Address {address} is in use.")
