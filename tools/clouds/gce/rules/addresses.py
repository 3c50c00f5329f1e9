"""Reserved addresses, and who uses which address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tools.clouds.gce.catalogue import quota
from tools.clouds.gce.errors import CloudError, OperationError, in_use, invalid
from tools.clouds.gce.objects import Body, Objects, fingerprint
from tools.clouds.gce.references import link
from tools.clouds.gce.request import Request
from tools.clouds.gce.rules.fields import address, check_labels, network_range, set_labels


def insert(request: Request) -> None:
    """A public address out of Google's, or a private one of a subnetwork."""
    body = request.body
    check_labels(body.get("labels", {}))
    body["labelFingerprint"] = fingerprint(body.get("labels", {}))
    body["status"] = "RESERVED"
    kind = body.setdefault("addressType", "EXTERNAL")
    if kind == "INTERNAL":
        _reserve_private(request)
        return
    if "subnetwork" in body or "network" in body:
        raise invalid("resource.subnetwork", body.get("subnetwork", ""), "Not allowed for an external address.")
    if "address" in body:
        raise invalid("resource.address", body["address"], "Specified IP address is not one of the project's own.")
    body.setdefault("networkTier", "PREMIUM")
    _check_quota(request)
    body["address"] = request.objects.next_public_address()


def _check_quota(request: Request) -> None:
    limit = quota("addresses")
    same_region = f"projects/{request.project}/regions/{request.region}/addresses"
    used = [each for each in request.objects.inside(same_region) if each["addressType"] == "EXTERNAL"]
    if len(used) >= limit:
        message = f"Quota 'STATIC_ADDRESSES' exceeded.  Limit: {limit:.1f} in region {request.region}."
        raise CloudError(403, message, "quotaExceeded")


def _reserve_private(request: Request) -> None:
    body = request.body
    if "subnetwork" not in body:
        raise CloudError(400, "Required field 'resource.subnetwork' not specified", "required")
    body.setdefault("purpose", "GCE_ENDPOINT")
    network = request.objects.at(body["subnetwork"])["network"]
    taken = {*private_users(request.objects, network), *reserved_addresses(request.objects, body["subnetwork"])}
    body["address"] = pick_private(request.objects, body["subnetwork"], body.get("address"), taken)


def pick_private(objects: Objects, subnetwork: str, wanted: str | None, taken: set[str]) -> str:
    """The wanted address of a subnetwork, or its next free one. Google keeps the first two and the last two."""
    pool = network_range("ipCidrRange", objects.at(subnetwork)["ipCidrRange"])
    if wanted is None:
        free = (str(pool[number]) for number in range(2, pool.num_addresses - 2) if str(pool[number]) not in taken)
        found = next(free, None)
        if found is None:
            raise OperationError("IP_SPACE_EXHAUSTED", f"IP space of '{subnetwork}' is exhausted.")
        return found
    chosen = address("resource.address", wanted)
    if chosen not in pool:
        raise CloudError(400, f"Requested internal IP address {wanted} is outside the subnetwork range {pool}.")
    if wanted in taken or chosen in (pool[0], pool[1], pool[-2], pool[-1]):
        message = f"IP '{wanted}' is already being used by another resource."
        raise OperationError("IP_IN_USE_BY_ANOTHER_RESOURCE", message)
    return wanted


def reserved_addresses(objects: Objects, subnetwork: str) -> Iterator[str]:
    """The addresses of a subnetwork that are reserved, whether used or not."""
    for _, each in objects.all("addresses"):
        if each.get("subnetwork") == subnetwork:
            yield each["address"]


def private_users(objects: Objects, network: str) -> dict[str, str]:
    """Each address that is used in a network, and the path of the instance or forwarding rule that uses it."""
    users = {rule["IPAddress"]: path for path, rule in objects.all("forwardingRules") if rule.get("network") == network}
    for path, interface in _interfaces(objects):
        if interface["network"] == network:
            users[interface["networkIP"]] = path
    return users


def public_users(objects: Objects) -> dict[str, str]:
    """Each public address that is used, and the path of the instance or forwarding rule that uses it."""
    rules = objects.all("forwardingRules")
    users = {rule["IPAddress"]: path for path, rule in rules if rule["loadBalancingScheme"] == "EXTERNAL"}
    for path, interface in _interfaces(objects):
        users |= {each["natIP"]: path for each in interface.get("accessConfigs", [])}
    return users


def _interfaces(objects: Objects) -> Iterator[tuple[str, Body]]:
    for path, instance in objects.all("instances"):
        yield from [(path, interface) for interface in instance["networkInterfaces"]]


def _user(objects: Objects, address: Body) -> str | None:
    if address["addressType"] == "EXTERNAL":
        return public_users(objects).get(address["address"])
    network = objects.at(address["subnetwork"])["network"]
    return private_users(objects, network).get(address["address"])


def require_reserved(request: Request, field: str, wanted: str) -> None:
    """Refuses a public address that is not reserved in this region, or that somebody uses."""
    folder = f"projects/{request.project}/regions/{request.region}/addresses"
    own = {each["address"]: each for each in request.objects.inside(folder) if each["addressType"] == "EXTERNAL"}
    if wanted not in own:
        raise invalid(field, wanted, "The specified external IP address was not found in the project and region.")
    if (user := public_users(request.objects).get(wanted)) is not None:
        raise in_use(f"{folder}/{own[wanted]['name']}", user)


def delete(request: Request) -> None:
    """An address that is used stays."""
    if (user := _user(request.objects, request.target)) is not None:
        raise in_use(request.path, user)


def view(objects: Objects, body: Body) -> Body:
    """An address with what uses it."""
    user = _user(objects, body)
    return body if user is None else {**body, "status": "IN_USE", "users": [link(user)]}


ACTIONS: Final = {("addresses", "setLabels"): set_labels}
