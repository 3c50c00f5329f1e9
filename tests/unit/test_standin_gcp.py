"""The stand-in for pulumi-gcp: what it refuses by itself, what replaces, how names and links are read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tools.clouds.gce.api import ComputeApi
from tools.clouds.gce.web import serve
from tools.standins.core.operation import StandInError
from tools.standins.core.schema import check
from tools.standins.core.values import UNKNOWN, plain
from tools.standins.gcp.compute import ComputeResource
from tools.standins.gcp.configuration import CONFIGURATION, GcpConfiguration, Place
from tools.standins.gcp.fields import full, in_order_of, keep_spelling
from tools.standins.gcp.functions import FUNCTIONS
from tools.standins.gcp.images import image_path
from tools.standins.gcp.instances import Instance
from tools.standins.gcp.networks import Firewall, Network, Route, Subnetwork
from tools.standins.gcp.resources import RESOURCES

LINK = "https://www.googleapis.com/compute/v1/projects/p/global/networks/net"
MACHINE: dict[str, Any] = {
    "name": "one",
    "zone": "europe-west3-a",
    "machineType": "e2-medium",
    "bootDisk": {"initializeParams": {"image": "debian-cloud/debian-12"}},
    "networkInterfaces": [{"subnetwork": "net", "networkIp": "10.0.0.10"}],
    "tags": ["node"],
    "metadata": {"user-data": "x"},
}


@pytest.mark.parametrize("resource", RESOURCES, ids=[resource.noun for resource in RESOURCES])
def test_every_declaration_is_one_of_the_sdk(resource: ComputeResource) -> None:
    known = {*resource.inputs, *resource.outputs}
    assert {*resource.fields, *resource.virtual, *resource.computed, *resource.sets} <= known


@pytest.mark.parametrize(
    ("resource", "inputs", "words"),
    [
        (Network(), {"name": "net", "internalIpv6Range": "fd20::/48"}, "does not take internalIpv6Range"),
        (Network(), {"name": "n" * 64}, "63 are the most"),
        (Instance(), {**MACHINE, "scratchDisks": [{"interface": "SCSI"}]}, "does not take scratchDisks"),
        (Instance(), {**MACHINE, "bootDisk": {"kmsKeySelfLink": "k"}}, "does not take bootDisk.kmsKeySelfLink"),
        (
            Instance(),
            {**MACHINE, "networkInterfaces": [{"subnetwerk": "n"}]},
            "unknown property, did you mean subnetwork",
        ),
        (Firewall(), {"name": "f", "network": "n", "allows": [{"ports": ["1"]}]}, "missing required property"),
        (Route(), {"name": "r", "network": "n"}, "missing required property"),
    ],
)
def test_refuses_at_once(resource: ComputeResource, inputs: dict[str, Any], words: str) -> None:
    checked, failures = check(resource.inputs, inputs)
    failures = failures or resource.problems(plain(checked))
    assert [words in failure.reason for failure in failures] == [True], failures


def test_takes_what_is_not_known_yet() -> None:
    unknown = {
        **MACHINE,
        "metadata": {"user-data": UNKNOWN},
        "networkInterfaces": [{"subnetwork": UNKNOWN, "networkIp": UNKNOWN, "accessConfigs": [{"natIp": UNKNOWN}]}],
        "machineType": UNKNOWN,
        "labels": UNKNOWN,
        "bootDisk": UNKNOWN,
    }
    assert check(Instance().inputs, unknown)[1] == []
    assert Instance().problems(unknown) == []


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"machineType": "e2-small"}, ()),
        ({"tags": ["node", "more"]}, ()),
        ({"metadata": {"user-data": "y"}}, ()),
        ({"canIpForward": True}, ()),
        ({"zone": "europe-west3-b"}, ("zone",)),
        ({"networkInterfaces": [{"subnetwork": "net", "networkIp": "10.0.0.11"}]}, ("networkInterfaces[0].networkIp",)),
        (
            {"networkInterfaces": [{"subnetwork": "net", "networkIp": "10.0.0.10", "accessConfigs": [{}]}]},
            (),
        ),
        (
            {"bootDisk": {"initializeParams": {"image": "debian-cloud/debian-13"}}},
            ("bootDisk.initializeParams.image",),
        ),
    ],
)
def test_what_makes_a_new_machine(change: dict[str, Any], replaces: tuple[str, ...]) -> None:
    difference = Instance().difference(MACHINE, {**MACHINE, **change}, MACHINE)
    assert difference.changes
    assert difference.replaces == replaces


@pytest.mark.parametrize(
    ("new", "replaces"), [("10.0.0.0/23", ()), ("10.0.0.0/25", ("ipCidrRange",)), ("10.1.0.0/24", ("ipCidrRange",))]
)
def test_a_subnetwork_grows_in_place_and_no_more(new: str, replaces: tuple[str, ...]) -> None:
    inputs = {"name": "net", "network": LINK, "ipCidrRange": "10.0.0.0/24"}
    assert Subnetwork().difference(inputs, {**inputs, "ipCidrRange": new}, inputs).replaces == replaces


def test_a_preview_knows_what_is_asked_for_and_not_what_is_given() -> None:
    inputs = {**MACHINE, "networkInterfaces": [{"subnetwork": "net", "networkIp": "10.0.0.10", "accessConfigs": [{}]}]}
    shown = Instance().preview_create({**inputs, "project": "project-1"})
    (interface,) = shown["networkInterfaces"]
    assert (interface["networkIp"], interface["accessConfigs"]) == ("10.0.0.10", [{"natIp": UNKNOWN}])
    assert (shown["zone"], shown["selfLink"], shown["project"]) == ("europe-west3-a", UNKNOWN, "project-1")
    assert shown["effectiveLabels"] == {"goog-pulumi-provisioned": "true"}


@pytest.mark.parametrize("given", [LINK, "projects/p/global/networks/net", "global/networks/net", "net"])
def test_a_link_stays_as_the_program_wrote_it(given: str) -> None:
    assert keep_spelling([{"network": given}], [{"network": LINK}]) == [{"network": given}]
    assert keep_spelling(given, LINK.replace("net", "other")) != given


def test_names_become_paths_in_their_place() -> None:
    place = Place(project="p", zone="europe-west3-a")
    assert full("net", "networks", "global", place) == "projects/p/global/networks/net"
    assert full("sub", "subnetworks", "region", place) == "projects/p/regions/europe-west3/subnetworks/sub"
    assert full("e2-medium", "machineTypes", "zone", place) == "projects/p/zones/europe-west3-a/machineTypes/e2-medium"
    assert full(LINK, "networks", "global", place) == LINK


def test_links_come_in_the_order_of_the_program() -> None:
    assert in_order_of(["x/b", "x/a"], ["y/a", "y/c", "y/b"]) == ["y/b", "y/a", "y/c"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("debian-cloud/debian-12", "projects/debian-cloud/global/images/family/debian-12"),
        ("debian-12", "projects/debian-cloud/global/images/family/debian-12"),
        (
            "ubuntu-os-cloud/ubuntu-2404-noble-amd64-v20261110",
            "projects/ubuntu-os-cloud/global/images/ubuntu-2404-noble-amd64-v20261110",
        ),
        ("projects/p/global/images/mine", "projects/p/global/images/mine"),
    ],
)
def test_images_have_several_names(name: str, path: str) -> None:
    assert image_path(name) == path


def test_the_provider_asks_the_program_first_and_then_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_PROJECT", "from-environment")
    monkeypatch.setenv("GOOGLE_ZONE", "europe-west1-b")
    monkeypatch.delenv("GOOGLE_REGION", raising=False)
    configuration = GcpConfiguration()
    assert configuration.place("region", {}) == Place(project="from-environment", region="europe-west1")
    given = {"project": "given", "zone": "europe-west3-a"}
    assert configuration.place("zone", given) == Place(project="given", zone="europe-west3-a")
    assert CONFIGURATION.labels({"a": "b"}) == {"a": "b", "goog-pulumi-provisioned": "true"}


@pytest.mark.parametrize(
    ("unset", "words"),
    [
        ("GOOGLE_COMPUTE_CUSTOM_ENDPOINT", "has no cloud to talk to"),
        ("GOOGLE_OAUTH_ACCESS_TOKEN", "No credentials loaded"),
        ("GOOGLE_PROJECT", "project: required field is not set"),
        ("GOOGLE_ZONE", "Cannot determine zone"),
    ],
)
def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, unset: str, words: str) -> None:
    for name in ("COMPUTE_CUSTOM_ENDPOINT", "OAUTH_ACCESS_TOKEN", "PROJECT", "ZONE"):
        monkeypatch.setenv(f"GOOGLE_{name}", "set")
    monkeypatch.delenv(unset)
    configuration = GcpConfiguration()

    async def use() -> None:
        await configuration.configure({})
        configuration.place("zone", {})

    with pytest.raises(StandInError, match=words):
        asyncio.run(use())


def test_an_unknown_image_is_told_in_googles_words() -> None:
    server = serve(ComputeApi(), 0)
    given = {"computeCustomEndpoint": f"http://127.0.0.1:{server.server_port}/compute/v1", "accessToken": "token"}
    asyncio.run(CONFIGURATION.configure(given))
    image = FUNCTIONS["gcp:compute/getImage:getImage"]
    with pytest.raises(
        StandInError, match="Error 404: The resource 'projects/debian-cloud/global/images/family/none' was"
    ):
        asyncio.run(image({"family": "none", "project": "debian-cloud"}))
    assert asyncio.run(image({"family": "debian-12", "project": "debian-cloud"}))["diskSizeGb"] == 10
    server.shutdown()
    server.server_close()
    with pytest.raises(StandInError, match="expected the Compute API at"):
        asyncio.run(image({"family": "debian-12", "project": "debian-cloud"}))
