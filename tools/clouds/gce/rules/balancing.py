"""What a passthrough load balancer is made of: health check, backend service, forwarding rule."""

from __future__ import annotations

import re
from typing import Any, Final

from tools.clouds.gce.errors import CloudError, invalid
from tools.clouds.gce.objects import fingerprint
from tools.clouds.gce.references import name_of, path_of
from tools.clouds.gce.request import Request
from tools.clouds.gce.rules.addresses import pick_private, private_users, require_reserved, reserved_addresses
from tools.clouds.gce.rules.fields import check_labels, set_labels

# Type of a health check → the field with its particulars and its port when none is given.
CHECKS: Final = {
    "TCP": ("tcpHealthCheck", 80),
    "HTTP": ("httpHealthCheck", 80),
    "HTTPS": ("httpsHealthCheck", 443),
}
_DEFAULTS: Final = {"checkIntervalSec": 5, "timeoutSec": 5, "healthyThreshold": 2, "unhealthyThreshold": 2}
_SCHEMES: Final = ("EXTERNAL", "INTERNAL")
_MOST_PORTS: Final = 5


def check_health_check(request: Request) -> None:
    """A check says what it asks, and has its answer before it asks again."""
    body = request.body
    if body.get("type") not in CHECKS:
        raise invalid("resource.type", body.get("type", ""), f"This stand-in offers {', '.join(CHECKS)}.")
    field, port = CHECKS[body["type"]]
    body.setdefault(field, {}).setdefault("port", port)
    if body["type"] != "TCP":
        body[field].setdefault("requestPath", "/")
    for other, _ in CHECKS.values():
        if other != field and other in body:
            raise invalid(f"resource.{other}", body[other], f"Not allowed for a health check of type {body['type']}.")
    for name, value in _DEFAULTS.items():
        if body.setdefault(name, value) < 1:
            raise invalid(f"resource.{name}", body[name], "Must be at least 1.")
    if body["timeoutSec"] > body["checkIntervalSec"]:
        message = "TimeoutSec should be less than or equal to checkIntervalSec."
        raise invalid("resource.timeoutSec", body["timeoutSec"], message)


def check_backend_service(request: Request) -> None:
    """A regional passthrough service: one regional health check, groups of its region."""
    body = request.body
    scheme = body.setdefault("loadBalancingScheme", "EXTERNAL")
    if scheme not in _SCHEMES:
        raise CloudError(501, f"This stand-in offers passthrough balancers only: {', '.join(_SCHEMES)}.")
    if body.setdefault("protocol", "TCP") not in ("TCP", "UDP", "UNSPECIFIED"):
        message = f"Protocol must be TCP or UDP for a backend service with the scheme {scheme}."
        raise invalid("resource.protocol", body["protocol"], message)
    if len(body.get("healthChecks", [])) != 1:
        raise invalid("resource.healthChecks", "", "Backend service must have exactly one health check.")
    if f"/regions/{request.region}/" not in body["healthChecks"][0]:
        message = "A passthrough load balancer needs a health check of its own region."
        raise invalid("resource.healthChecks[0]", body["healthChecks"][0], message)
    body.setdefault("sessionAffinity", "NONE")
    body.setdefault("timeoutSec", 30)
    body.setdefault("connectionDraining", {}).setdefault("drainingTimeoutSec", 0)
    for number, backend in enumerate(body.get("backends", [])):
        _check_backend(request, f"resource.backends[{number}]", backend)
    body["fingerprint"] = fingerprint({name: value for name, value in body.items() if name != "fingerprint"})


def _check_backend(request: Request, field: str, backend: dict[str, Any]) -> None:
    if not re.search(rf"/zones/{request.region}-[a-z]/", backend.get("group", "")):
        raise invalid(f"{field}.group", backend.get("group", ""), "The group must be in the region of the service.")
    if backend.setdefault("balancingMode", "CONNECTION") != "CONNECTION":
        message = "Balancing mode must be CONNECTION for a passthrough load balancer."
        raise invalid(f"{field}.balancingMode", backend["balancingMode"], message)
    if "capacityScaler" in backend and backend["capacityScaler"] != 1:
        message = "Capacity scaler cannot be set for a passthrough load balancer."
        raise invalid(f"{field}.capacityScaler", backend["capacityScaler"], message)


def insert_forwarding_rule(request: Request) -> None:
    """The address and the ports of a balancer."""
    body = request.body
    check_labels(body.get("labels", {}))
    body["labelFingerprint"] = fingerprint(body.get("labels", {}))
    body.setdefault("IPProtocol", "TCP")
    scheme = body.setdefault("loadBalancingScheme", "EXTERNAL")
    if ("backendService" in body) == ("target" in body):
        raise CloudError(400, "Exactly one of 'resource.target' and 'resource.backendService' must be specified.")
    if "backendService" in body:
        _check_service(request, scheme)
    _check_ports(body)
    _choose_address(request, scheme)


def _check_service(request: Request, scheme: str) -> None:
    service = request.objects.at(request.body["backendService"])
    if service["loadBalancingScheme"] != scheme:
        message = f"The backend service has the scheme {service['loadBalancingScheme']}, the forwarding rule {scheme}."
        raise invalid("resource.loadBalancingScheme", scheme, message)
    if name_of(service["region"]) != request.region:
        message = "The backend service must be in the region of the forwarding rule."
        raise invalid("resource.backendService", request.body["backendService"], message)


def _check_ports(body: dict[str, Any]) -> None:
    given = [name for name in ("ports", "portRange", "allPorts") if body.get(name)]
    if len(given) != 1:
        raise CloudError(400, "Exactly one of 'ports', 'portRange' and 'allPorts' must be specified.")
    if len(body.get("ports", [])) > _MOST_PORTS:
        raise invalid("resource.ports", body["ports"], f"At most {_MOST_PORTS} ports can be specified.")
    if "portRange" in body:
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", body["portRange"])
        if not match or not 1 <= int(match[1]) <= int(match[2] or match[1]) <= 65535:
            raise invalid("resource.portRange", body["portRange"], "Must be a port or a range of ports.")
        body["portRange"] = f"{match[1]}-{match[2] or match[1]}"


def _choose_address(request: Request, scheme: str) -> None:
    body = request.body
    if "/" in body.get("IPAddress", ""):
        body["IPAddress"] = request.objects.get(path_of(body["IPAddress"], request.project))["address"]
    if scheme == "EXTERNAL":
        if "IPAddress" in body:
            require_reserved(request, "resource.IPAddress", body["IPAddress"])
        else:
            body["IPAddress"] = request.objects.next_public_address()
        body.setdefault("networkTier", "PREMIUM")
        return
    if "subnetwork" not in body:
        raise CloudError(400, "Required field 'resource.subnetwork' not specified", "required")
    body.setdefault("network", request.objects.at(body["subnetwork"])["network"])
    taken = set(private_users(request.objects, body["network"]))
    if "IPAddress" not in body:
        taken |= set(reserved_addresses(request.objects, body["subnetwork"]))
    body["IPAddress"] = pick_private(request.objects, body["subnetwork"], body.get("IPAddress"), taken)


def _get_health(request: Request) -> dict[str, Any]:
    """Who is in the group; whether each serves is known to the data plane alone."""
    group = request.body.get("group", "").partition("/compute/v1/")[2]
    members = request.objects.members.get(group, [])
    status = [{"instance": request.objects.get(each)["selfLink"], "healthState": "UNKNOWN"} for each in members]
    return {"kind": "compute#backendServiceGroupHealth", "healthStatus": status}


ACTIONS: Final = {
    ("regionBackendServices", "getHealth"): _get_health,
    ("forwardingRules", "setLabels"): set_labels,
}
