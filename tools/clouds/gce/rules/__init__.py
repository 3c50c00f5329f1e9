"""What Google asks of each kind of object beyond the form of its fields, and what else can be done with one.

INSERT: collection → the check of a new object, which also fills in what Google fills in.
CHANGE: collection → the check of an object that a PATCH or PUT has changed.
ACTIONS: (collection, method) → the methods that are neither of those nor a plain get, list or delete.
DELETE: collection → what goes along with an object, or speaks against its going.
VIEW: collection → the object with what depends on others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tools.clouds.gce.objects import Body, Objects
from tools.clouds.gce.request import Request
from tools.clouds.gce.rules import (
    addresses,
    balancing,
    disks,
    firewalls,
    groups,
    instances,
    managers,
    networks,
    routers,
    routes,
    templates,
)

Rule = Callable[[Request], None]
Action = Callable[[Request], dict[str, Any] | None]

INSERT: Final[Mapping[str, Rule]] = {
    "networks": networks.insert,
    "subnetworks": networks.insert_subnetwork,
    "routers": routers.check,
    "routes": routes.insert,
    "firewalls": firewalls.check,
    "addresses": addresses.insert,
    "instances": instances.insert,
    "disks": disks.insert,
    "instanceGroups": groups.insert,
    "instanceGroupManagers": managers.insert,
    "instanceTemplates": templates.insert,
    "targetPools": groups.insert_pool,
    "healthChecks": balancing.check_health_check,
    "backendServices": balancing.check_backend_service,
    "forwardingRules": balancing.insert_forwarding_rule,
}
CHANGE: Final[Mapping[str, Rule]] = {
    "networks": lambda request: None,
    "subnetworks": lambda request: None,
    "routers": routers.check,
    "firewalls": firewalls.check,
    "instanceGroupManagers": managers.check,
    "healthChecks": balancing.check_health_check,
    "backendServices": balancing.check_backend_service,
    "forwardingRules": lambda request: None,
}
ACTIONS: Final[Mapping[tuple[str, str], Action]] = {
    **networks.ACTIONS,
    **addresses.ACTIONS,
    **instances.ACTIONS,
    **disks.ACTIONS,
    **groups.ACTIONS,
    **managers.ACTIONS,
    **balancing.ACTIONS,
}
DELETE: Final[Mapping[str, Rule]] = {
    "networks": networks.delete,
    "addresses": addresses.delete,
    "instances": instances.delete,
    "instanceGroupManagers": managers.delete,
}
VIEW: Final[Mapping[str, Callable[[Objects, Body], Body]]] = {
    "networks": networks.view,
    "addresses": addresses.view,
    "instanceGroups": groups.view,
    "instanceGroupManagers": managers.view,
}
