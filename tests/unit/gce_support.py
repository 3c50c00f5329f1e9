"""A small project in the stand-in for Google's cloud, made request by request."""

from __future__ import annotations

from typing import Any

from tools.clouds.gce.api import ComputeApi

ZONE = "projects/project/zones/europe-west3-a"
REGIONAL = "projects/project/regions/europe-west3"
GLOBAL = "projects/project/global"
IMAGE = "projects/debian-cloud/global/images/family/debian-12"


class Project:
    """Requests to a Compute API of its own."""

    def __init__(self) -> None:
        self.api = ComputeApi()

    def insert(self, folder: str, name: str, **fields: Any) -> dict[str, Any]:
        """Makes an object and waits for it; returns its operation."""
        return self.finished(self.api.call("POST", folder, {}, {"name": name, **fields}))

    def finished(self, operation: dict[str, Any]) -> dict[str, Any]:
        """The operation when it is over."""
        path = operation["selfLink"].partition("/compute/v1/")[2]
        return self.api.call("GET", path, {}, None)

    def call(self, verb: str, path: str, body: Any = None, **query: str) -> dict[str, Any]:
        """Any request."""
        return self.api.call(verb, path, query, body)

    def network(self, name: str = "net", ip_range: str = "10.0.0.0/24") -> None:
        """A network with one subnetwork of the same name."""
        self.insert(f"{GLOBAL}/networks", name, autoCreateSubnetworks=False)
        network = f"{GLOBAL}/networks/{name}"
        self.insert(f"{REGIONAL}/subnetworks", name, network=network, ipCidrRange=ip_range)

    def instance(
        self, name: str, network: str = "net", address: str | None = None, alias: Any = None, **fields: Any
    ) -> dict[str, Any]:
        """An instance in such a network; `alias` is an alias range of its interface."""
        interface: dict[str, Any] = {"subnetwork": f"{REGIONAL}/subnetworks/{network}"}
        interface |= {"networkIP": address} if address else {}
        interface |= {"aliasIpRanges": [alias]} if alias else {}
        disk = {"boot": True, "autoDelete": True, "initializeParams": {"sourceImage": IMAGE}}
        body = {
            "machineType": f"{ZONE}/machineTypes/e2-medium",
            "canIpForward": True,
            "networkInterfaces": [interface],
            "disks": [disk],
            **fields,
        }
        return self.insert(f"{ZONE}/instances", name, **body)

    def balancer(self, *members: str) -> None:
        """A public balancer on port 6443 with a group of these instances."""
        self.insert(f"{REGIONAL}/addresses", "api")
        check = {"port": 6443, "requestPath": "/readyz"}
        self.insert(f"{REGIONAL}/healthChecks", "api", type="HTTPS", httpsHealthCheck=check)
        self.insert(f"{ZONE}/instanceGroups", "api", network=f"{GLOBAL}/networks/net")
        instances = [{"instance": f"{ZONE}/instances/{name}"} for name in members]
        self.call("POST", f"{ZONE}/instanceGroups/api/addInstances", {"instances": instances})
        self.insert(
            f"{REGIONAL}/backendServices",
            "api",
            loadBalancingScheme="EXTERNAL",
            healthChecks=[f"{REGIONAL}/healthChecks/api"],
            backends=[{"group": f"{ZONE}/instanceGroups/api"}],
        )
        self.insert(
            f"{REGIONAL}/forwardingRules",
            "api",
            IPAddress=f"{REGIONAL}/addresses/api",
            portRange="6443",
            backendService=f"{REGIONAL}/backendServices/api",
        )
