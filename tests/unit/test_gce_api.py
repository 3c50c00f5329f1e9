"""The stand-in for Google's cloud: what it takes, what it refuses and in which words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.gce_support import GLOBAL, IMAGE, REGIONAL, ZONE, Project
from tools.clouds.gce.errors import CloudError

NET = f"{GLOBAL}/networks/net"


@pytest.fixture
def project() -> Project:
    """A project with a network and an instance."""
    project = Project()
    project.network()
    project.instance("one", address="10.0.0.10")
    return project


def _firewall(**fields: Any) -> Callable[[Project], Any]:
    body = {"network": NET, "allowed": [{"IPProtocol": "tcp", "ports": ["6443"]}], **fields}
    return lambda project: project.insert(f"{GLOBAL}/firewalls", "rule", **body)


def _route(**fields: Any) -> Callable[[Project], Any]:
    body = {"network": NET, "destRange": "10.1.0.0/24", "priority": 1000, **fields}
    return lambda project: project.insert(f"{GLOBAL}/routes", "route", **body)


def _pods(alias: str, name: str = "pods") -> Callable[[Project], Any]:
    """An instance with that alias range, in a subnetwork with a range for pods."""

    def ask(project: Project) -> Any:
        pods = {"rangeName": "pods", "ipCidrRange": "10.1.0.0/16"}
        more = {"network": NET, "ipCidrRange": "10.9.0.0/24", "secondaryIpRanges": [pods]}
        project.insert(f"{REGIONAL}/subnetworks", "two", **more)
        return project.instance("first", "two", alias={"ipCidrRange": alias, "subnetworkRangeName": name})

    return ask


def _disk(**parameters: Any) -> dict[str, Any]:
    return {"disks": [{"boot": True, "initializeParams": {"sourceImage": IMAGE, **parameters}}]}


REFUSED: list[tuple[Callable[[Project], Any], int, str]] = [
    (lambda p: p.insert(f"{GLOBAL}/networks", "Net"), 400, "Must be a match of regex"),
    (lambda p: p.insert(f"{GLOBAL}/networks", "net", autoCreateSubnetworks=False), 409, "already exists"),
    (lambda p: p.insert(f"{GLOBAL}/networks", "other", colour="red"), 400, 'Unknown name "colour"'),
    (lambda p: p.insert(f"{GLOBAL}/networks", "other", mtu="big"), 400, "Invalid value at 'resource.mtu'"),
    (
        lambda p: p.insert(f"{REGIONAL}/subnetworks", "two", network=NET, ipCidrRange="10.0.0.128/25"),
        400,
        "conflicts with existing subnetwork 'net'",
    ),
    (
        lambda p: p.insert(
            f"{REGIONAL}/subnetworks",
            "two",
            network=NET,
            ipCidrRange="10.9.0.0/24",
            secondaryIpRanges=[{"rangeName": "pods", "ipCidrRange": "10.0.0.0/16"}],
        ),
        400,
        "10.0.0.0/16 conflicts with existing subnetwork 'net'",
    ),
    (
        lambda p: p.insert(
            f"{REGIONAL}/subnetworks",
            "two",
            network=NET,
            ipCidrRange="10.9.0.0/24",
            secondaryIpRanges=[{"rangeName": "pods", "ipCidrRange": "10.9.0.0/16"}],
        ),
        400,
        "10.9.0.0/16 conflicts with 10.9.0.0/24 of the same subnetwork",
    ),
    (
        lambda p: p.insert(f"{REGIONAL}/subnetworks", "two", network=NET, ipCidrRange="10.9.0.1/24"),
        400,
        "Must be a CIDR address range",
    ),
    (
        lambda p: p.insert(f"{REGIONAL}/subnetworks", "two", network=f"{NET}s", ipCidrRange="10.9.0.0/24"),
        404,
        "'projects/project/global/networks/nets' was not found",
    ),
    (_pods("10.2.0.0/24"), 400, "is not within the range 10.1.0.0/16"),
    (_pods("10.1.8.0/24", "others"), 400, "No such range in the subnetwork"),
    (lambda p: p.insert("projects/project/regions/mars-north1/addresses", "a"), 400, "Unknown region"),
    (lambda p: p.insert("projects/project/zones/europe-west3-q/disks", "a"), 400, "Unknown zone"),
    (lambda p: p.insert("projects/P/global/networks", "a"), 404, "Failed to find project P"),
    (lambda p: p.insert("projects/debian-cloud/global/networks", "a"), 403, "Required 'compute.networks.insert'"),
    (lambda p: p.instance("two", machineType=f"{ZONE}/machineTypes/e2-huge"), 400, "Machine type with name 'e2-huge'"),
    (
        lambda p: p.instance("two", machineType=f"{ZONE}/machineTypes/t2a-standard-1"),
        400,
        "not compatible with machine",
    ),
    (lambda p: p.instance("two", **_disk(sourceImage=f"{IMAGE}3")), 400, "referenced image resource cannot be found"),
    (lambda p: p.instance("two", **_disk(diskSizeGb="5")), 400, "cannot be smaller than the image size"),
    (lambda p: p.instance("two", **_disk(diskType=f"{ZONE}/diskTypes/floppy")), 400, "Disk type with name 'floppy'"),
    (lambda p: p.instance("two", address="10.0.1.10"), 400, "outside the subnetwork range"),
    (lambda p: p.instance("two", tags={"items": ["Node"]}), 400, "Must be a match of regex"),
    (lambda p: p.instance("two", labels={"Cluster": "x"}), 400, "Label keys and values must be valid"),
    (
        lambda p: p.instance("two", scheduling={"provisioningModel": "SPOT", "automaticRestart": True}),
        400,
        "Automatic restart should be disabled",
    ),
    (_firewall(allowed=[{"IPProtocol": "tcp", "ports": ["x"]}]), 400, "Ports must be an integer or a range"),
    (_firewall(allowed=[{"IPProtocol": "icmp", "ports": ["1"]}]), 400, "Ports may only be specified"),
    (_firewall(direction="INWARD"), 400, "Must be one of [EGRESS, INGRESS]"),
    (_firewall(denied=[{"IPProtocol": "all"}]), 400, "Exactly one of"),
    (_firewall(sourceRanges=["10.0.0.0/33"]), 400, "Must be a CIDR address range"),
    (_route(), 400, "Exactly one next hop"),
    (_route(nextHopIp="10.0.0.9", destRange="10.0.0.0/25"), 400, "more specific than that of the subnetwork"),
    (_route(nextHopInstance=f"{ZONE}/instances/none"), 404, "was not found"),
    (lambda p: p.call("DELETE", NET), 400, "is already being used by"),
    (lambda p: p.call("DELETE", f"{REGIONAL}/subnetworks/net"), 400, "The subnetwork resource"),
    (lambda p: p.call("DELETE", f"{ZONE}/disks/one"), 400, "is already being used by"),
    (lambda p: p.call("POST", f"{ZONE}/instances/one/setTags", {"items": []}), 412, "does not match current tags"),
    (
        lambda p: p.call(
            "POST", f"{ZONE}/instances/one/setMachineType", {"machineType": f"{ZONE}/machineTypes/e2-small"}
        ),
        400,
        "must be stopped",
    ),
    (
        lambda p: p.insert(
            f"{REGIONAL}/healthChecks", "check", type="HTTPS", checkIntervalSec=2, timeoutSec=5, httpsHealthCheck={}
        ),
        400,
        "TimeoutSec should be less",
    ),
    (lambda p: p.insert(f"{REGIONAL}/backendServices", "service"), 400, "exactly one health check"),
    (lambda p: p.call("GET", f"{GLOBAL}/networks/none"), 404, "was not found"),
    (lambda p: p.call("POST", f"{NET}/switchToCustomMode"), 501, "does not offer compute.networks.switchToCustomMode"),
    (lambda p: p.call("GET", f"{GLOBAL}/nothing"), 404, "The requested URL"),
]


@pytest.mark.parametrize(("request_", "status", "words"), REFUSED, ids=[each[2] for each in REFUSED])
def test_refuses_what_google_refuses(
    project: Project, request_: Callable[[Project], Any], status: int, words: str
) -> None:
    before = len(list(project.api.objects.all("disks")))
    with pytest.raises(CloudError) as caught:
        request_(project)
    assert (caught.value.status, words in caught.value.message) == (status, True), caught.value.message
    assert len(list(project.api.objects.all("disks"))) == before, "a refused request leaves nothing behind"


def test_an_alias_range_that_is_taken_ends_the_operation_with_an_error(project: Project) -> None:
    assert "error" not in _pods("10.1.7.0/24")(project)
    second = project.instance("second", "two", alias={"ipCidrRange": "10.1.0.0/20", "subnetworkRangeName": "pods"})
    assert second["error"]["errors"][0]["code"] == "IP_IN_USE_BY_ANOTHER_RESOURCE"


@pytest.mark.parametrize("address", ["10.0.0.10", "10.0.0.0", "10.0.0.1", "10.0.0.254", "10.0.0.255"])
def test_an_address_that_is_taken_ends_the_operation_with_an_error(project: Project, address: str) -> None:
    operation = project.instance("two", address=address)
    assert operation["error"]["errors"][0]["code"] == "IP_IN_USE_BY_ANOTHER_RESOURCE"
    with pytest.raises(CloudError, match="was not found"):
        project.call("GET", f"{ZONE}/instances/two")
    with pytest.raises(CloudError, match="was not found"):
        project.call("GET", f"{ZONE}/disks/two")


def test_the_quota_of_routes_counts_what_users_made(project: Project) -> None:
    for number in range(250):
        _route_to(project, number)
    with pytest.raises(CloudError, match=r"Quota 'ROUTES' exceeded.  Limit: 250.0 globally") as caught:
        _route_to(project, 250)
    assert (caught.value.status, caught.value.reason) == (403, "quotaExceeded")


def _route_to(project: Project, number: int) -> None:
    project.insert(
        f"{GLOBAL}/routes",
        f"route-{number}",
        network=NET,
        destRange=f"10.{2 + number // 256}.{number % 256}.0/24",
        nextHopInstance=f"{ZONE}/instances/one",
        priority=1000,
    )


def test_an_instance_must_forward_before_a_route_leads_to_it(project: Project) -> None:
    project.instance("two", canIpForward=False)
    with pytest.raises(CloudError, match="doesn't have canIpForward enabled"):
        _route(nextHopInstance=f"{ZONE}/instances/two")(project)


def test_an_instance_takes_its_disk_along_and_groups_forget_it(project: Project) -> None:
    project.balancer("one")
    _route(nextHopInstance=f"{ZONE}/instances/one")(project)
    assert project.call("GET", f"{ZONE}/instanceGroups/api")["size"] == 1
    project.call("DELETE", f"{ZONE}/instances/one")
    assert project.call("GET", f"{ZONE}/instanceGroups/api")["size"] == 0
    assert project.call("GET", f"{ZONE}/disks")["items"] == []
    assert project.call("GET", f"{GLOBAL}/routes/route")["nextHopInstance"].endswith("/instances/one")
    project.instance("one")
    assert project.call("GET", f"{ZONE}/instanceGroups/api")["size"] == 0, "a group forgets a re-made machine"


def test_a_protected_instance_stays(project: Project) -> None:
    protection = f"{ZONE}/instances/one/setDeletionProtection"
    project.call("POST", protection, deletionProtection="true")
    with pytest.raises(CloudError, match="protected against deletion"):
        project.call("DELETE", f"{ZONE}/instances/one")
    project.call("POST", protection, deletionProtection="false")
    project.call("DELETE", f"{ZONE}/instances/one")


def test_an_address_knows_its_user(project: Project) -> None:
    project.balancer("one")
    address = project.call("GET", f"{REGIONAL}/addresses/api")
    assert (address["status"], [each.rpartition("/")[2] for each in address["users"]]) == ("IN_USE", ["api"])
    with pytest.raises(CloudError, match=r"address resource .* is already being used"):
        project.call("DELETE", f"{REGIONAL}/addresses/api")


def test_a_patch_keeps_what_it_does_not_name(project: Project) -> None:
    _firewall(sourceRanges=["10.0.0.0/8"])(project)
    patch = {"name": "rule", "allowed": [{"IPProtocol": "udp", "ports": ["53"]}]}
    project.call("PATCH", f"{GLOBAL}/firewalls/rule", patch)
    rule = project.call("GET", f"{GLOBAL}/firewalls/rule")
    assert (rule["sourceRanges"], rule["allowed"]) == (["10.0.0.0/8"], [{"IPProtocol": "udp", "ports": ["53"]}])


def test_a_network_takes_its_own_route_along(project: Project) -> None:
    project.call("DELETE", f"{ZONE}/instances/one")
    project.call("DELETE", f"{REGIONAL}/subnetworks/net")
    project.call("DELETE", NET)
    assert project.call("GET", f"{GLOBAL}/routes")["items"] == []


def test_lists_can_be_filtered() -> None:
    zones = Project().call("GET", "projects/project/zones", filter="(region eq .*/regions/europe-west1)")
    assert [zone["name"] for zone in zones["items"]] == ["europe-west1-b", "europe-west1-c", "europe-west1-d"]


def test_operations_are_running_and_then_done(project: Project) -> None:
    operation = project.api.call("POST", f"{GLOBAL}/networks", {}, {"name": "two", "autoCreateSubnetworks": False})
    assert operation["status"] == "RUNNING"
    assert project.finished(operation)["status"] == "DONE"


def test_two_networks_may_have_the_same_addresses(project: Project) -> None:
    project.network("other")
    assert "error" not in project.instance("two", "other", address="10.0.0.10")
