"""The address plan: a machine's place in the node range is its place in the pod range.

With nodes in 10.80.0.0/24 and pods in 10.10.0.0/16, 10.80.0.13 has the pods 10.10.13.0/24. Nothing is stored, nothing
shifts when a machine in the middle goes, and a person can read it.
"""

from ipaddress import IPv4Address, IPv4Network


def default_pod_prefix(node_range: IPv4Network, pod_range: IPv4Network) -> int:
    """The length at which the pod range has exactly one slot for every address of the node range."""
    return pod_range.prefixlen + (32 - node_range.prefixlen)


def pod_range_of(address: IPv4Address, node_range: IPv4Network, pod_range: IPv4Network, pod_prefix: int) -> IPv4Network:
    """The pod range of the machine at `address`.

    Raises ValueError where the address is outside the node range or its slot is outside the pod range.
    """
    if address not in node_range:
        raise ValueError(f"{address} is not in the node range {node_range}")
    slot = int(address) - int(node_range.network_address)
    start = int(pod_range.network_address) + (slot << (32 - pod_prefix))
    result = IPv4Network((start, pod_prefix))
    if not result.subnet_of(pod_range):
        raise ValueError(f"{address} has the pod slot {result}, which is outside the pod range {pod_range}")
    return result


def nth_address(network: IPv4Network, place: int) -> IPv4Address:
    """The address at that place of the range, counted from its network address."""
    return IPv4Address(int(network.network_address) + place)
