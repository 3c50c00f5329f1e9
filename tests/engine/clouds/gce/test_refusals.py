"""Wrong programs: what the plugin refuses before anything is made, and what the cloud refuses, in its own words."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi_gcp import compute, organizations

from tests.engine.clouds.gce.clouds import Cloud
from tests.engine.clouds.gce.programs import BOOT
from tests.engine.standins.stack import Stack

pytestmark = pytest.mark.engine


def _machine(name: str, subnetwork: compute.Subnetwork, **changes: Any) -> None:
    arguments: dict[str, Any] = {
        "machine_type": "e2-medium",
        "zone": "europe-west3-a",
        "boot_disk": BOOT,
        "network_interfaces": [{"subnetwork": subnetwork.id}],
        **changes,
    }
    compute.Instance(name, **arguments)


def test_the_cloud_refuses_in_its_own_words(stack: Stack, cloud: Cloud) -> None:
    def program() -> None:
        network = compute.Network("net", auto_create_subnetworks=False)
        subnetwork = compute.Subnetwork("subnet", network=network.id, ip_cidr_range="10.80.0.0/24")
        overlap = pulumi.ResourceOptions(depends_on=[subnetwork])
        compute.Subnetwork("overlap", network=network.id, ip_cidr_range="10.80.0.128/25", opts=overlap)
        _machine("zone", subnetwork, zone="europe-west3-x")
        _machine("type", subnetwork, machine_type="e2-tiny")
        _machine("image", subnetwork, boot_disk={"initialize_params": {"image": "debian-cloud/debian-99"}})
        _machine("taken", subnetwork, network_interfaces=[{"subnetwork": subnetwork.id, "network_ip": "10.80.0.1"}])
        _machine("architecture", subnetwork, machine_type="t2a-standard-1")
        compute.Firewall(
            "tag", network=network.id, allows=[{"protocol": "tcp"}], source_ranges=["0.0.0.0/0"], target_tags=["A"]
        )
        compute.Address("region", region="mars-north1")
        compute.Route("hop", network=network.id, dest_range="10.10.0.0/24", next_hop_instance="x/zones/y/instances/z")

    expected = {
        "overlap": "Error creating Subnetwork: googleapi: Error 400: Invalid IPCidrRange: 10.80.0.128/25 conflicts",
        "zone": "Error 400: Invalid value for field 'zone': 'europe-west3-x'. Unknown zone., invalid",
        "type": "Machine type with name 'e2-tiny' does not exist in zone 'europe-west3-a'., invalid",
        "image": "The referenced image resource cannot be found., invalid",
        "taken": "Error waiting for creating Instance: IP_IN_USE_BY_ANOTHER_RESOURCE: IP '10.80.0.1' is already",
        "architecture": "is not compatible with machine type architecture (ARM64)",
        "tag": "Invalid value for field 'resource.targetTags[0]': 'A'. Must be a match of regex",
        "region": "Invalid value for field 'region': 'mars-north1'. Unknown region., invalid",
        "hop": "The URL is malformed.",
    }
    run = stack.attempt(program)
    for name, words in expected.items():
        assert words in run.errors[name], (name, run.errors[name])
    stack.destroy()
    assert cloud.counted() == {}


def test_the_plugin_refuses_before_anything_is_made(stack: Stack, cloud: Cloud) -> None:
    def program() -> None:
        compute.Network("misspelt", mtu="big")  # type: ignore[call-overload]

    run = stack.attempt(program, "preview")
    assert "expected an integer, found a string" in run.errors["misspelt"]
    assert cloud.is_empty()


def test_without_a_cloud_it_is_said_what_to_do(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_COMPUTE_CUSTOM_ENDPOINT")
    run = stack.attempt(lambda: pulumi.export("zones", compute.get_zones().names), "preview")
    assert "expected in GOOGLE_COMPUTE_CUSTOM_ENDPOINT" in "\n".join(text for _, text in run.log)


def test_functions_tell_what_the_cloud_has(stack: Stack, cloud: Cloud) -> None:
    cloud.call("POST", "global/networks", {"name": "there", "autoCreateSubnetworks": False})
    network = "global/networks/there"
    subnetwork = {"name": "there", "network": network, "ipCidrRange": "10.9.0.0/24"}
    cloud.call("POST", "regions/europe-west3/subnetworks", subnetwork)

    def program() -> None:
        pulumi.export("zones", compute.get_zones(region="europe-west1").names)
        pulumi.export("image", compute.get_image(family="debian-12", project="debian-cloud").name)
        pulumi.export("network", compute.get_network(name="there").self_link)
        pulumi.export("range", compute.get_subnetwork(name="there").ip_cidr_range)
        pulumi.export("project", organizations.get_client_config().project)
        pulumi.export("types", [each.name for each in compute.get_machine_types(zone="europe-west3-a").machine_types])

    outputs = stack.up(program).outputs
    assert outputs["zones"] == ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
    assert outputs["image"] == "debian-12-bookworm-v20261111"
    assert outputs["network"].endswith("/kubernetes-in-a-box/global/networks/there")
    assert outputs["range"] == "10.9.0.0/24"
    assert "e2-medium" in outputs["types"]
    assert outputs["project"] == "kubernetes-in-a-box"
