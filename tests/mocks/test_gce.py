"""What the program asks of Google, for the stack as it is and for its options."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Any

import pulumi
import pytest
import yaml

from components.machines.gce.firewall import make_firewall
from components.machines.gce.names import make_names
from components.plan.firewall import Rule
from tests.mocks.conftest import Settings
from tests.mocks.google import SUBNETWORK
from tests.mocks.recorder import Recording, Resource, is_secret, plain, run_program

INSTANCE = "gcp:compute/instance:Instance"
FIREWALL = "gcp:compute/firewall:Firewall"
ROUTE = "gcp:compute/route:Route"
ADDRESS = "gcp:compute/address:Address"
MEMBERSHIP = "gcp:compute/instanceGroupMembership:InstanceGroupMembership"
RULE = "gcp:compute/forwardingRule:ForwardingRule"
SERVICE = "gcp:compute/regionBackendService:RegionBackendService"
CONTROL_PLANES = ("control-1", "control-2", "control-3")
# https://cloud.google.com/compute/docs/naming-resources
NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


@pytest.fixture
def gce(recordings: dict[str, Recording]) -> Recording:
    """The stack file as it is."""
    return recordings["gce"]


@pytest.fixture
def with_settings(settings: dict[str, Settings]) -> Any:
    """Runs the stack with some of its settings changed; those of `cloud` are added to its own."""

    def run(*, cloud: dict[str, Any] | None = None, **changes: Any) -> Recording:
        wanted = {**settings["gce"], **{f"kubernetes:{name}": value for name, value in changes.items()}}
        wanted["kubernetes:cloud"] = {**wanted["kubernetes:cloud"], **(cloud or {})}
        return run_program(wanted, stack="gce")

    return run


@pytest.fixture
def refused(with_settings: Any, caplog: pytest.LogCaptureFixture) -> Any:
    """What the program says when it ends because of these settings, and that it made nothing then."""

    def run(**changes: Any) -> str:
        caplog.clear()
        with pytest.raises(SystemExit):
            with_settings(**changes)
        return caplog.text

    return run


def of_google(recording: Recording) -> list[Resource]:
    return [one for one in recording.resources.values() if one.type.startswith("gcp:")]


def named(recording: Recording) -> set[tuple[str, str]]:
    """Type and name of all that has one: a name is unique among those of its type in a project."""
    return {(one.type, one.inputs["name"]) for one in of_google(recording) if "name" in one.inputs}


def test_everything_is_named_after_the_cluster(gce: Recording) -> None:
    names = named(gce)
    assert len(names) > 30
    assert [name for _, name in names if not name.startswith("kubernetes-gce")] == []
    for kind in (INSTANCE, ADDRESS, RULE):
        for one in gce.of_type(kind):
            assert one.inputs["labels"]["kubernetes-from-scratch-cluster"] == "kubernetes-gce"


def test_two_clusters_in_a_project_share_no_name_and_no_tag(with_settings: Any) -> None:
    def tags(recording: Recording) -> set[str]:
        return {tag for one in recording.of_type(INSTANCE) for tag in one.inputs["tags"]}

    private = {"network": {"nodes": "private"}}
    one, other = with_settings(cloud=private), with_settings(cloud=private, clusterName="other")
    assert len(named(one)) == len(named(other))
    assert not named(one) & named(other)
    assert tags(one) == {f"kubernetes-gce-{role}" for role in ("control-plane", "node", "bastion")}
    assert not tags(one) & tags(other)


def test_the_longest_names_are_names_to_google(settings: dict[str, Settings]) -> None:
    pools = [
        {**pool, "name": letter * 30} for pool, letter in zip(settings["gce"]["kubernetes:pools"], "cw", strict=True)
    ]
    longest = {**settings["gce"], "kubernetes:clusterName": "x" * 28, "kubernetes:pools": pools}
    recording = run_program(longest, stack="gce")
    tags = [tag for one in recording.of_type(INSTANCE) for tag in one.inputs["tags"]]
    wrong = [name for name in (*(name for _, name in named(recording)), *tags) if not NAME.fullmatch(name)]
    assert wrong == []


def test_instances_are_as_the_plan_says(gce: Recording) -> None:
    instances = gce.of_type(INSTANCE)
    found = {one.name: (one.inputs["zone"], one.inputs["networkInterfaces"][0]["networkIp"]) for one in instances}
    assert found == {
        "control-1-instance": ("europe-west3-a", "10.80.0.10"),
        "control-2-instance": ("europe-west3-b", "10.80.0.74"),
        "control-3-instance": ("europe-west3-c", "10.80.0.138"),
        "workers-1-instance": ("europe-west3-a", "10.80.0.20"),
        "workers-2-instance": ("europe-west3-b", "10.80.0.84"),
        "workers-3-instance": ("europe-west3-c", "10.80.0.148"),
    }
    for one in instances:
        # Pods' packets are not its own.
        assert one.inputs["canIpForward"] is True
        assert set(one.inputs["shieldedInstanceConfig"].values()) == {True}
        metadata = plain(one.inputs["metadata"])
        assert (metadata["enable-oslogin"], metadata["block-project-ssh-keys"]) == ("FALSE", "TRUE")
        # No rights in the project.
        assert "serviceAccount" not in one.inputs
        assert one.inputs["bootDisk"]["initializeParams"]["type"] == "pd-balanced"
        assert one.deleted_before_replaced
        assert one.ignored_changes == ("bootDisk.initializeParams.size",)


def test_user_data_is_secret_small_and_what_cloud_init_reads(gce: Recording) -> None:
    for one in gce.of_type(INSTANCE):
        # One secret value makes all of the metadata secret.
        assert is_secret(one.inputs["metadata"])
        text = plain(one.inputs["metadata"])["user-data"]
        assert text.startswith("#cloud-config\n")
        # https://cloud.google.com/compute/docs/metadata/setting-custom-metadata#limitations: 256 KB each.
        assert len(text) < 256 * 1024
        data = yaml.safe_load(text)
        name = one.name.removesuffix("-instance")
        assert data["hostname"] == name
        # A user whose group is there already, as on Ubuntu, must be given it.
        assert data["users"][0]["primary_group"] == data["users"][0]["name"]
        assert data["ssh_keys"]["ed25519_private"].strip() == f"SECRET-openssh-of-{name}-host-key"


def test_control_planes_are_protected_until_they_are_let_go(gce: Recording, with_settings: Any) -> None:
    for one in gce.of_type(INSTANCE):
        guarded = one.name.startswith("control-")
        assert one.protected == guarded
        assert one.inputs["deletionProtection"] is guarded
    free = with_settings(protect=False).of_type(INSTANCE)
    assert not any(one.protected or one.inputs["deletionProtection"] for one in free)


def test_a_control_plane_is_balanced_once_it_serves_and_leaves_before_it_stops(gce: Recording) -> None:
    members = {one.name: one for one in gce.of_type(MEMBERSHIP)}
    assert members.keys() == {f"{name}-api" for name in CONTROL_PLANES}
    for name in CONTROL_PLANES:
        one = members[f"{name}-api"]
        assert gce.command(f"{name}-control-plane").urn in one.dependencies
        # The link is unknown while the instance is made anew, so the membership is as well: see Balancers.add.
        assert one.inputs["instance"] == f"link-of-{name}-instance"
        assert one.deleted_before_replaced
    # A list of members of the group's own would take them out again.
    assert not any("instances" in one.inputs for one in gce.of_type("gcp:compute/instanceGroup:InstanceGroup"))


def test_balancers_check_the_health_of_api_servers(gce: Recording) -> None:
    (check,) = gce.of_type("gcp:compute/regionHealthCheck:RegionHealthCheck")
    assert check.inputs["httpsHealthCheck"] == {"port": 6443, "requestPath": "/readyz"}
    assert check.inputs["timeoutSec"] <= check.inputs["checkIntervalSec"]
    for service in gce.of_type(SERVICE):
        assert service.inputs["healthChecks"] == "link-of-api"
        assert {backend["balancingMode"] for backend in service.inputs["backends"]} == {"CONNECTION"}
        groups = {backend["group"] for backend in service.inputs["backends"]}
        assert groups == {f"link-of-api-europe-west3-{letter}" for letter in "abc"}
    # Probes come from these addresses, and a rule that forgets them leaves no API server healthy.
    api = gce.named(FIREWALL, "api").inputs
    assert {"35.191.0.0/16", "130.211.0.0/22"} < set(api["sourceRanges"])


def test_machines_use_the_address_inside_and_people_the_reserved_one(gce: Recording) -> None:
    inside, outside = gce.named(RULE, "api-internal").inputs, gce.named(RULE, "api").inputs
    assert (inside["loadBalancingScheme"], inside["ipAddress"]) == ("INTERNAL", "10.80.0.4")
    assert (outside["loadBalancingScheme"], outside["ipAddress"]) == ("EXTERNAL", "public-ip-of-api")
    for name in ("workers-1", "workers-2", "workers-3"):
        assert "server: https://10.80.0.4:6443" in gce.command(f"{name}-node").inputs["create"]
    assert "server: https://10.80.0.74:6443" in gce.command("control-2-control-plane").inputs["create"]
    assert "server: https://public-ip-of-api:6443" in plain(gce.outputs["kubeconfig"])
    request = gce.named("tls:index/certRequest:CertRequest", "control-1-kube-apiserver")
    assert {"public-ip-of-api", "10.80.0.4", "10.80.0.10"} < set(request.inputs["ipAddresses"])


def test_each_machines_pods_are_routed_to_it(gce: Recording) -> None:
    routes = {one.inputs["destRange"]: one.inputs["nextHopInstance"] for one in gce.of_type(ROUTE)}
    addresses = {one.name: one.inputs["networkInterfaces"][0]["networkIp"] for one in gce.of_type(INSTANCE)}
    assert routes == {
        f"10.10.{address.rpartition('.')[2]}.0/24": f"link-of-{name}" for name, address in addresses.items()
    }
    # Nothing is done on a machine before: the verification would find them missing.
    for one in gce.of_type(ROUTE):
        assert gce.comes_after(gce.command("survey"), one)


def test_other_networks_need_no_routes(with_settings: Any) -> None:
    assert with_settings(network={"mode": "external"}).of_type(ROUTE) == []


def test_control_planes_act_as_the_service_account_that_is_given(gce: Recording, with_settings: Any) -> None:
    assert [one.name for one in gce.of_type(INSTANCE) if "serviceAccount" in one.inputs] == []
    account = "controllers@my-project.iam.gserviceaccount.com"
    recording = with_settings(cloud={"controllerManager": "external", "serviceAccount": account})
    acting = {
        one.name: one.inputs["serviceAccount"]["email"]
        for one in recording.of_type(INSTANCE)
        if "serviceAccount" in one.inputs
    }
    assert acting == {f"control-{number}-instance": account for number in (1, 2, 3)}


def test_in_an_overlay_machines_send_under_their_own_addresses_only(gce: Recording, with_settings: Any) -> None:
    assert {one.inputs["canIpForward"] for one in gce.of_type(INSTANCE)} == {True}
    overlay = with_settings(network={"mode": "overlay"})
    assert {one.inputs["canIpForward"] for one in overlay.of_type(INSTANCE)} == {False}
    assert overlay.of_type(ROUTE) == []
    (to_nodes,) = [one.inputs for one in overlay.of_type(FIREWALL) if one.name == "node-tunnel"]
    assert to_nodes["allows"] == [{"protocol": "udp", "ports": ["4789"]}]
    assert len(to_nodes["sourceTags"]) == 2
    assert "sourceRanges" not in to_nodes


def test_nothing_is_open_to_everyone(gce: Recording) -> None:
    rules = [one.inputs for one in gce.of_type(FIREWALL)]
    # A rule without any source would be Google's word for everyone.
    assert [rule["name"] for rule in rules if not rule.get("sourceRanges") and not rule.get("sourceTags")] == []
    assert {rule["direction"] for rule in rules} == {"INGRESS"}
    assert [rule["name"] for rule in rules if not rule["targetTags"]] == []
    assert [rule["name"] for rule in rules if "0.0.0.0/0" in rule.get("sourceRanges", [])] == []
    from_outside = {rule["name"] for rule in rules if "198.51.100.0/24" in rule.get("sourceRanges", [])}
    assert from_outside == {f"kubernetes-gce-{part}" for part in ("api", "control-plane-ssh", "node-ssh")}


def test_a_rule_without_a_source_is_not_made() -> None:
    nobody = Rule(name="ssh", description="SSH", to="node", protocol="tcp", ports="22")
    assert make_firewall((nobody,), "network", make_names("test", {}), pulumi.ResourceOptions()) == []


def test_etcd_is_open_to_control_planes_only(gce: Recording) -> None:
    etcd = gce.named(FIREWALL, "etcd").inputs
    assert etcd["sourceTags"] == etcd["targetTags"] == ["kubernetes-gce-control-plane"]
    assert "sourceRanges" not in etcd
    # The rule for packets to pods looks at where they go: it would let nodes reach a control plane's etcd otherwise.
    for role in ("control-plane", "node"):
        assert gce.named(FIREWALL, f"{role}-pods").inputs["destinationRanges"] == ["10.10.0.0/16"]


def test_private_machines_are_reached_through_the_bastion(with_settings: Any) -> None:
    private = with_settings(cloud={"network": {"nodes": "private"}}, api={"access": "private"})
    connection = plain(private.command("workers-1-node").inputs["connection"])
    assert connection["host"] == "10.80.0.20"
    assert connection["proxy"]["host"] == "public-ip-of-bastion"
    assert connection["proxy"]["hostKey"] == "ssh-ed25519 public-of-bastion-host-key"
    public = [one.name for one in private.of_type(INSTANCE) if "accessConfigs" in one.inputs["networkInterfaces"][0]]
    assert public == ["bastion"]
    (nat,) = private.of_type("gcp:compute/routerNat:RouterNat")
    assert private.comes_after(private.named(INSTANCE, "workers-1-instance"), nat)
    for role in ("control-plane", "node"):
        assert private.named(FIREWALL, f"{role}-ssh").inputs["sourceTags"] == ["kubernetes-gce-bastion"]
    # And the API is inside only.
    assert {one.inputs["loadBalancingScheme"] for one in private.of_type(RULE)} == {"INTERNAL"}
    assert {one.inputs.get("addressType") for one in private.of_type(ADDRESS)} == {"INTERNAL"}
    assert "server: https://10.80.0.4:6443" in plain(private.outputs["kubeconfig"])


def test_private_machines_without_nat_have_no_router(with_settings: Any) -> None:
    recording = with_settings(cloud={"network": {"nodes": "private", "nat": "none"}})
    assert recording.of_type("gcp:compute/router:Router") == []


def test_a_network_of_its_own_carries_pods_packets_uncut(gce: Recording) -> None:
    (network,) = gce.of_type("gcp:compute/network:Network")
    assert network.inputs["mtu"] == 1500
    assert network.inputs["autoCreateSubnetworks"] is False


def test_an_existing_network_gets_a_subnetwork_only(with_settings: Any) -> None:
    recording = with_settings(cloud={"network": {"id": "offices"}})
    assert recording.of_type("gcp:compute/network:Network") == []
    (subnetwork,) = recording.of_type("gcp:compute/subnetwork:Subnetwork")
    assert (subnetwork.inputs["network"], subnetwork.inputs["ipCidrRange"]) == ("link-of-offices", "10.80.0.0/24")


@pytest.mark.parametrize(
    ("taken", "key"), [("10.80.0.0/20", "network.nodeRange"), ("10.10.10.0/24", "network.podRange")]
)
def test_ranges_that_an_existing_network_uses_are_refused(
    refused: Any, monkeypatch: pytest.MonkeyPatch, taken: str, key: str
) -> None:
    monkeypatch.setitem(SUBNETWORK, "ipCidrRange", taken)
    said = refused(cloud={"network": {"id": "offices"}})
    assert f"kubernetes:{key}" in said
    assert f"europe-west1/others has {taken}" in said


def test_the_clusters_own_subnetwork_is_not_in_its_way(with_settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"name": "kubernetes-gce", "region": "europe-west3", "ipCidrRange": "10.80.0.0/24"}
    for key, value in own.items():
        monkeypatch.setitem(SUBNETWORK, key, value)
    assert with_settings(cloud={"network": {"id": "offices"}}).of_type(INSTANCE)


def test_what_google_does_not_have_is_refused_in_a_preview(refused: Any, settings: dict[str, Settings]) -> None:
    control, workers = settings["gce"]["kubernetes:pools"]
    said = refused(pools=[{**control, "type": "e9-medium"}, {**workers, "type": "t2a-standard-2"}])
    assert "e9-medium" in said
    assert "there is in europe-west3-a, europe-west3-b, europe-west3-c, for pool control" in said
    assert "pool workers says architecture amd64, and its type is arm64" in said
    said = refused(cloud={"zones": ["europe-west3-a", "europe-west3-d"]})
    assert "kubernetes:cloud.zones[1]" in said
    assert "europe-west3-a, europe-west3-b, europe-west3-c" in said
    assert "kubernetes:cloud.network.id" in refused(cloud={"network": {"id": "missing"}})
    said = refused(cloud={"image": {"name": "ubuntu-9999-{architecture}"}})
    assert "kubernetes:cloud.image" in said
    assert "gcloud compute images list --project ubuntu-os-cloud" in said


def test_a_machine_that_is_made_anew_is_installed_anew(gce: Recording) -> None:
    for name in ("control-1-prepare", "control-1-control-plane", "workers-1-node", "workers-1-register"):
        machine = "-".join(name.split("-")[:2])
        assert f"{INSTANCE}::{machine}-instance" in " ".join(gce.command(name).dependencies), name


def test_an_image_is_looked_up_once(gce: Recording) -> None:
    kept = gce.of_type("pulumi:index:Stash")
    assert {one.name for one in kept} == {"control-image", "workers-image"}
    for one in kept:
        assert one.inputs["input"] == "newest-of-ubuntu-2404-lts-amd64"
        assert one.ignored_changes == ("input",)
        assert one.replacement_trigger is not None
    images = {one.inputs["bootDisk"]["initializeParams"]["image"] for one in gce.of_type(INSTANCE)}
    assert images == {"newest-of-ubuntu-2404-lts-amd64"}


def test_a_further_node_touches_no_other_machine(gce: Recording, settings: dict[str, Settings]) -> None:
    control, workers = settings["gce"]["kubernetes:pools"]
    grown = run_program({**settings["gce"], "kubernetes:pools": [control, {**workers, "count": 4}]}, stack="gce")
    new = {urn.rpartition("::")[2] for urn in grown.resources.keys() - gce.resources.keys()}
    parts = ("emptying", "instance", "host-key", "pods", "reach", "node", "register")
    assert new == {f"workers-4-{part}" for part in parts}
    changed = {
        one.name for urn, one in gce.resources.items() if plain(grown.resources[urn].inputs) != plain(one.inputs)
    }
    # `birth` holds the time of the first `up`, and ignores later ones.
    assert changed - {"birth"} == {"survey", "verification"}


def test_spot_arm_hyperdisk_and_reserved_addresses(settings: dict[str, Settings]) -> None:
    control = settings["gce"]["kubernetes:pools"][0]
    cheap = {"name": "cheap", "count": 1, "first": 40, "type": "t2a-standard-2", "architecture": "arm64", "spot": True}
    fixed = {"name": "fixed", "count": 1, "first": 50, "type": "n4-standard-2", "reservedAddress": True, "disk": 50}
    recording = run_program({**settings["gce"], "kubernetes:pools": [control, cheap, fixed]}, stack="gce")
    spot = recording.named(INSTANCE, "cheap-1-instance").inputs
    assert (spot["scheduling"]["provisioningModel"], spot["scheduling"]["automaticRestart"]) == ("SPOT", False)
    assert spot["bootDisk"]["initializeParams"]["image"] == "newest-of-ubuntu-2404-lts-arm64"
    assert "shieldedInstanceConfig" not in spot
    disk = recording.named(INSTANCE, "fixed-1-instance").inputs["bootDisk"]["initializeParams"]
    assert (disk["type"], disk["size"]) == ("hyperdisk-balanced", 50)
    connection = plain(recording.command("fixed-1-node").inputs["connection"])
    assert connection["host"] == "public-ip-of-fixed-1-address"


def test_alias_ranges_take_the_place_of_routes(settings: dict[str, Settings]) -> None:
    cloud = {**settings["gce"]["kubernetes:cloud"], "network": {"podRanges": "aliases"}}
    recording = run_program({**settings["gce"], "kubernetes:cloud": cloud}, stack="gce")
    assert recording.of_type("gcp:compute/route:Route") == []
    (subnetwork,) = recording.of_type("gcp:compute/subnetwork:Subnetwork")
    assert subnetwork.inputs["secondaryIpRanges"] == [{"rangeName": "pods", "ipCidrRange": "10.10.0.0/16"}]
    machine = recording.named(INSTANCE, "workers-1-instance").inputs
    assert machine["canIpForward"] is False
    (interface,) = machine["networkInterfaces"]
    assert interface["aliasIpRanges"] == [{"ipCidrRange": "10.10.20.0/24", "subnetworkRangeName": "pods"}]
    assert "ip_aliases = false" in plain(machine["metadata"])["user-data"]


def test_operators_get_the_key_to_look_at_a_machine(gce: Recording) -> None:
    assert plain(gce.outputs["operatorKey"]) == "SECRET-openssh-of-operator"
    assert is_secret(gce.outputs["operatorKey"])


GROUP = {"name": "workers", "count": 2, "type": "e2-medium", "group": {"min": 1, "max": 9}, "spot": True}
OVERLAY = {"mode": "overlay", "nodeRange": "10.80.0.0/22", "podRange": "10.8.0.0/14"}


def with_group(with_settings: Any, settings: dict[str, Settings], **cloud: Any) -> Recording:
    control = settings["gce"]["kubernetes:pools"][0]
    recording: Recording = with_settings(network=OVERLAY, pools=[control, GROUP], cloud=cloud)
    return recording


def test_a_group_is_made_of_a_template_when_its_machines_can_join(
    with_settings: Any, settings: dict[str, Settings]
) -> None:
    recording = with_group(with_settings, settings)
    group = recording.named("gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager", "workers-group")
    template = recording.named("gcp:compute/instanceTemplate:InstanceTemplate", "workers-template")
    assert recording.comes_after(group, recording.command("workers-join"))
    assert recording.comes_after(recording.command("workers-ready"), group)
    assert group.inputs["versions"] == [{"instanceTemplate": "link-of-workers-template"}]
    assert group.inputs["targetSize"] == 2
    assert group.ignored_changes == ("targetSize",)
    # Fewer than zones Google refuses.
    assert group.inputs["updatePolicy"]["maxSurgeFixed"] == len(group.inputs["distributionPolicyZones"]) == 3
    # Google appends five characters to the one, and at least nine to the other.
    assert NAME.fullmatch(group.inputs["baseInstanceName"])
    assert template.inputs["namePrefix"] == "kubernetes-gce-workers-"
    assert is_secret(template.inputs["metadata"])
    assert plain(template.inputs["metadata"])["user-data"].startswith("#cloud-config\n")
    assert template.inputs["canIpForward"] is False
    assert template.inputs["tags"] == ["kubernetes-gce-node"]
    (interface,) = template.inputs["networkInterfaces"]
    assert interface == {"subnetwork": "link-of-groups", "accessConfigs": [{}]}
    assert template.inputs["scheduling"]["provisioningModel"] == "SPOT"
    assert "serviceAccount" not in template.inputs


def test_with_groups_the_node_range_is_cut_and_no_machine_gets_an_address_of_theirs(
    with_settings: Any, settings: dict[str, Settings]
) -> None:
    recording = with_group(with_settings, settings, network={"nodes": "private"})
    ranges = {one.name: one.inputs["ipCidrRange"] for one in recording.of_type("gcp:compute/subnetwork:Subnetwork")}
    assert ranges == {
        "machines": "10.80.0.0/23",
        "machines-2": "10.80.2.0/24",
        "machines-3": "10.80.3.0/25",
        "groups": "10.80.3.128/25",
    }
    for one in recording.of_type(INSTANCE):
        (interface,) = one.inputs["networkInterfaces"]
        subnetwork = interface["subnetwork"].removeprefix("link-of-")
        assert ip_address(interface["networkIp"]) in ip_network(ranges[subnetwork])
    # Machines of groups reach the internet as others do.
    (nat,) = recording.of_type("gcp:compute/routerNat:RouterNat")
    assert {one["name"] for one in nat.inputs["subnetworks"]} == {f"link-of-{name}" for name in ranges}
    template = recording.named("gcp:compute/instanceTemplate:InstanceTemplate", "workers-template")
    assert "accessConfigs" not in template.inputs["networkInterfaces"][0]
