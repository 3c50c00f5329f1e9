"""What the program asks of AWS, for the stack as it is and for its options."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import yaml

from tests.mocks import recorder
from tests.mocks.conftest import Settings
from tests.mocks.recorder import Recording, Resource, is_secret, open_texts, plain, run_program, unpacked

INSTANCE = "aws:ec2/instance:Instance"
LOCAL_COMMAND = "command:local:Command"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ATTACHMENT = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
# A region's, where a name must be unique in the account.
NAMED = ("aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup", "aws:ec2/securityGroup:SecurityGroup")
CONTROL_PLANES = ("control-1", "control-2", "control-3")


@pytest.fixture
def aws(recordings: dict[str, Recording]) -> Recording:
    """The stack file as it is."""
    return recordings["aws"]


@pytest.fixture
def with_settings(settings: dict[str, Settings]) -> Any:
    """Runs the stack with some of its settings changed; those of `cloud` are added to its own."""

    def run(*, cloud: dict[str, Any] | None = None, **changes: Any) -> Recording:
        wanted = {**settings["aws"], **{f"kubernetes:{name}": value for name, value in changes.items()}}
        wanted["kubernetes:cloud"] = {**wanted["kubernetes:cloud"], **(cloud or {})}
        return run_program(wanted, stack="aws")

    return run


def instances(recording: Recording) -> list[Resource]:
    return recording.of_type(INSTANCE)


def of_aws(recording: Recording) -> list[Resource]:
    return [one for one in recording.resources.values() if one.type.startswith("aws:")]


def test_everything_is_named_after_the_cluster_and_tagged_by_the_provider(aws: Recording) -> None:
    (provider,) = aws.of_type("pulumi:providers:aws")
    assert "kubernetes-from-scratch/cluster" in str(provider.inputs["defaultTags"])
    tagged = [one for one in of_aws(aws) if "tags" in one.inputs]
    assert len(tagged) > 20
    assert [one.name for one in tagged if not one.inputs["tags"]["Name"].startswith("kubernetes-aws-")] == []


def test_two_clusters_share_no_name(with_settings: Any) -> None:
    def names(recording: Recording) -> set[str]:
        return {one.inputs["name"] for one in of_aws(recording) if one.type in NAMED}

    one, other = with_settings(), with_settings(clusterName="other")
    assert len(names(one)) == len(names(other)) == 6
    assert not names(one) & names(other)


def test_the_longest_cluster_name_fits_into_a_balancers_name(with_settings: Any) -> None:
    recording = with_settings(clusterName="x" * 28)
    assert max(len(one.inputs["name"]) for one in of_aws(recording) if one.type in NAMED[:2]) == 32


def test_instances_are_as_the_plan_says(aws: Recording) -> None:
    addresses = {one.name: one.inputs["privateIp"] for one in instances(aws)}
    assert addresses == {
        "control-1-instance": "10.80.0.10",
        "control-2-instance": "10.80.0.74",
        "control-3-instance": "10.80.0.138",
        "workers-1-instance": "10.80.0.20",
        "workers-2-instance": "10.80.0.84",
        "workers-3-instance": "10.80.0.148",
    }
    for one in instances(aws):
        # Pods' packets are not its own.
        assert one.inputs["sourceDestCheck"] is False
        assert one.inputs["metadataOptions"]["httpTokens"] == "required"
        assert one.inputs["metadataOptions"]["httpPutResponseHopLimit"] == 1
        assert one.inputs["rootBlockDevice"]["encrypted"] is True
        assert "iamInstanceProfile" not in one.inputs
        assert "userData" in one.ignored_changes
        assert one.deleted_before_replaced


def test_user_data_is_secret_small_and_what_cloud_init_reads(aws: Recording) -> None:
    for one in instances(aws):
        assert is_secret(one.inputs["userData"])
        text = plain(one.inputs["userData"])
        assert text.startswith("#cloud-config\n")
        # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html: 16 KB.
        assert len(text) < 16 * 1024
        data = yaml.safe_load(text)
        name = one.name.removesuffix("-instance")
        assert data["hostname"] == name
        assert data["ssh_keys"]["ed25519_private"].strip() == f"SECRET-openssh-of-{name}-host-key"
        assert data["users"][0]["ssh_authorized_keys"] == ["ssh-ed25519 public-of-operator"]


def test_control_planes_are_protected_until_they_are_let_go(aws: Recording, with_settings: Any) -> None:
    for one in instances(aws):
        guarded = one.name.startswith("control-")
        assert one.protected == guarded
        assert one.inputs["disableApiTermination"] is guarded
    assert not any(one.protected for one in instances(with_settings(protect=False)))


def test_a_control_plane_is_balanced_once_it_serves_and_leaves_before_it_stops(aws: Recording) -> None:
    attached = aws.of_type(ATTACHMENT)
    assert {one.name for one in attached} == {f"{name}-{part}" for name in CONTROL_PLANES for part in ("int", "api")}
    for one in attached:
        name = one.name.rpartition("-")[0]
        assert aws.command(f"{name}-control-plane").urn in one.dependencies
        assert one.inputs["targetId"] == f"{name}-instance-id"


def test_balancers_check_the_health_of_api_servers(aws: Recording) -> None:
    for group in aws.of_type("aws:lb/targetGroup:TargetGroup"):
        check = group.inputs["healthCheck"]
        assert (check["protocol"], check["path"], check["port"]) == ("HTTPS", "/readyz", "6443")
        assert group.inputs["preserveClientIp"] == "false"


def test_machines_have_the_balancer_of_their_zone(aws: Recording) -> None:
    inside = aws.named("aws:lb/loadBalancer:LoadBalancer", "int")
    assert inside.inputs["internal"] is True
    fixed = [mapping["privateIpv4Address"] for mapping in inside.inputs["subnetMappings"]]
    assert fixed == ["10.80.0.4", "10.80.0.68", "10.80.0.132"]
    assert "server: https://10.80.0.68:6443" in aws.command("workers-2-node").inputs["create"]
    # A control plane uses its own API server.
    assert "server: https://10.80.0.74:6443" in aws.command("control-2-control-plane").inputs["create"]


def test_people_have_the_reserved_addresses(aws: Recording) -> None:
    assert "server: https://public-ip-of-api-eu-central-1a:6443" in plain(aws.outputs["kubeconfig"])
    request = aws.named("tls:index/certRequest:CertRequest", "control-1-kube-apiserver")
    names = request.inputs["ipAddresses"]
    assert {f"public-ip-of-api-eu-central-1{letter}" for letter in "abc"} < set(names)
    assert {"10.80.0.4", "10.80.0.68", "10.80.0.132", "10.80.0.10"} < set(names)
    client = aws.named("tls:index/certRequest:CertRequest", "control-1-operator")
    assert "ipAddresses" not in client.inputs


def test_each_machines_pods_are_routed_to_it(aws: Recording) -> None:
    routes = {
        one.inputs["destinationCidrBlock"]: one.inputs["networkInterfaceId"]
        for one in aws.of_type("aws:ec2/route:Route")
        if "networkInterfaceId" in one.inputs
    }
    assert routes == {
        f"10.10.{one.inputs['privateIp'].rpartition('.')[2]}.0/24": f"eni-of-{one.name}" for one in instances(aws)
    }
    # Nothing is done on a machine before: the verification would find them missing.
    for one in aws.of_type("aws:ec2/route:Route"):
        if one.name.endswith("-pods"):
            assert aws.comes_after(aws.command("survey"), one)


def test_other_networks_need_no_routes(with_settings: Any) -> None:
    routes = with_settings(network={"mode": "external"}).of_type("aws:ec2/route:Route")
    assert {one.name for one in routes} == {"machines-out", "edges-out"}


def test_without_a_controller_manager_no_machine_has_rights(aws: Recording) -> None:
    assert [one for one in of_aws(aws) if one.type.startswith("aws:iam/")] == []
    assert [one.name for one in instances(aws) if "iamInstanceProfile" in one.inputs] == []
    assert "kubernetes.io/cluster/" not in str([one.inputs.get("tags") for one in of_aws(aws)])


def test_only_control_planes_have_the_rights_of_the_controller_manager(with_settings: Any) -> None:
    recording = with_settings(cloud={"controllerManager": "external"})
    with_rights = {one.name for one in instances(recording) if "iamInstanceProfile" in one.inputs}
    assert with_rights == {f"{name}-instance" for name in CONTROL_PLANES}
    (policy,) = recording.of_type("aws:iam/rolePolicy:RolePolicy")
    rights = {
        action for statement in json.loads(policy.inputs["policy"])["Statement"] for action in statement["Action"]
    }
    assert {action.partition(":")[0] for action in rights} == {"ec2", "elasticloadbalancing", "iam", "kms"}
    assert not [action for action in rights if "*" in action or "Volume" in action or action.endswith("Route")]


def test_the_rights_over_volumes_come_with_the_csi_driver_and_are_for_its_own(with_settings: Any) -> None:
    recording = with_settings(cloud={"controllerManager": "external", "csi": True})
    policies = {one.inputs["name"]: one.inputs["policy"] for one in recording.of_type("aws:iam/rolePolicy:RolePolicy")}
    assert set(policies) == {"controller-manager", "csi"}
    (change,) = [one for one in json.loads(policies["csi"])["Statement"] if "ec2:DeleteVolume" in one["Action"]]
    assert "ec2:ResourceTag/ebs.csi.aws.com/cluster" in change["Condition"]["StringLike"]


def test_the_controller_manager_finds_what_is_the_clusters(with_settings: Any) -> None:
    recording = with_settings(cloud={"controllerManager": "external"})
    tag = "kubernetes.io/cluster/kubernetes-aws"
    tagged = {one.name: one.inputs["tags"] for one in of_aws(recording) if tag in one.inputs.get("tags", {})}
    assert {one.name for one in instances(recording)} < set(tagged)
    assert {one.name for one in recording.of_type("aws:ec2/securityGroup:SecurityGroup") if one.name in tagged} == {
        "control-plane",
        "node",
    }
    public = {name for name, tags in tagged.items() if tags.get("kubernetes.io/role/elb") == "1"}
    inside = {name for name, tags in tagged.items() if tags.get("kubernetes.io/role/internal-elb") == "1"}
    assert public == {f"edge-eu-central-1{letter}" for letter in "abc"}
    assert inside == {f"machines-eu-central-1{letter}" for letter in "abc"}


def test_kubelets_say_which_instance_they_run_on(aws: Recording, with_settings: Any) -> None:
    recording = with_settings(cloud={"controllerManager": "external"})
    text = recording.command("workers-2-node").inputs["create"]
    assert "id=aws:///eu-central-1b/\n" in text
    assert "ExecStartPre=/usr/local/lib/kubernetes-from-scratch/provider-id" in text
    assert "provider-id" not in aws.command("workers-2-node").inputs["create"]
    # Nodes that were there before get it from an administrator.
    assert "NODE_PROVIDER_ID=aws:///eu-central-1b/\n" in recording.command("workers-2-register").inputs["create"]


def test_in_an_overlay_machines_send_under_their_own_addresses_only(aws: Recording, with_settings: Any) -> None:
    assert {one.inputs["sourceDestCheck"] for one in instances(aws)} == {False}
    overlay = with_settings(network={"mode": "overlay"})
    assert {one.inputs["sourceDestCheck"] for one in instances(overlay)} == {True}
    assert {one.name for one in overlay.of_type("aws:ec2/route:Route")} == {"machines-out", "edges-out"}
    tunnel = [one.inputs for one in overlay.of_type(RULE) if "-tunnel-" in one.name]
    assert {(one["ipProtocol"], one["fromPort"], one["toPort"], one.get("cidrIpv4")) for one in tunnel} == {
        ("udp", 4789, 4789, None)
    }
    assert "10.10.0.0/16" not in {one.inputs.get("cidrIpv4") for one in overlay.of_type(RULE)}


def test_nothing_is_open_to_everyone(aws: Recording) -> None:
    open_to = {one.inputs.get("cidrIpv4") for one in aws.of_type(RULE)}
    assert open_to == {None, "10.80.0.0/24", "10.10.0.0/16", "198.51.100.0/24"}
    from_outside = {one.name for one in aws.of_type(RULE) if one.inputs.get("cidrIpv4") == "198.51.100.0/24"}
    assert from_outside == {
        "balancer-api-from-198.51.100.0-24",
        "control-plane-ssh-from-198.51.100.0-24",
        "node-ssh-from-198.51.100.0-24",
    }


def test_private_machines_are_reached_through_the_bastion(with_settings: Any) -> None:
    private = with_settings(cloud={"network": {"nodes": "private"}}, api={"access": "private"})
    connection = plain(private.command("workers-1-node").inputs["connection"])
    assert connection["host"] == "10.80.0.20"
    assert connection["proxy"]["host"] == "public-ip-of-bastion"
    assert connection["proxy"]["hostKey"] == "ssh-ed25519 public-of-bastion-host-key"
    subnets = {one.name: one.inputs.get("mapPublicIpOnLaunch") for one in private.of_type("aws:ec2/subnet:Subnet")}
    assert [name for name, public in subnets.items() if public] == ["bastion"]
    ssh = [one.name for one in private.of_type(RULE) if "-ssh-" in one.name]
    assert sorted(ssh) == [
        "bastion-ssh-from-198.51.100.0-24",
        "control-plane-ssh-from-bastion",
        "node-ssh-from-bastion",
    ]
    # And the API is inside only.
    assert {one.name for one in private.of_type("aws:lb/loadBalancer:LoadBalancer")} == {"int"}
    assert "server: https://10.80.0.4:6443" in plain(private.outputs["kubeconfig"])
    assert {one.name for one in private.of_type("aws:ec2/eip:Eip")} == {"nat-eu-central-1a"}


def test_nat_gateways_of_each_zone_serve_their_own(with_settings: Any) -> None:
    private = with_settings(cloud={"network": {"nodes": "private", "nat": "each-zone"}, "quotas": {"addresses": 6}})
    assert len(private.of_type("aws:ec2/natGateway:NatGateway")) == 3
    tables = {
        one.name: one.inputs["routeTableId"]
        for one in private.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
    }
    assert tables["machines-eu-central-1b"] == "machines-eu-central-1b-id"
    # Every table knows all pods.
    assert len([one for one in private.of_type("aws:ec2/route:Route") if one.name.startswith("workers-1-pods")]) == 3


@pytest.mark.parametrize(
    ("machine", "steps"),
    [
        ("workers-1", {"reach", "node", "register"}),
        ("control-2", {"reach", "prepare", "control-plane", "register", "int", "api"}),
    ],
)
def test_a_machine_that_is_made_anew_is_installed_anew(
    with_settings: Any, monkeypatch: pytest.MonkeyPatch, machine: str, steps: set[str]
) -> None:
    # Where nothing else tells: the address is the same.
    cloud = {"network": {"nodes": "private"}}
    before = with_settings(cloud=cloud)
    answer = recorder.Answers.new_resource

    def another(self: recorder.Answers, args: Any) -> tuple[str | None, dict[Any, Any]]:
        found, outputs = answer(self, args)
        return (f"{found}-2" if args.name == f"{machine}-instance" else found), outputs

    monkeypatch.setattr(recorder.Answers, "new_resource", another)
    after = with_settings(cloud=cloud)
    changed = {
        one.name for urn, one in before.resources.items() if plain(one.inputs) != plain(after.resources[urn].inputs)
    }
    assert changed - {"birth"} == {f"{machine}-{step}" for step in steps} | {"verification"}


def test_an_image_is_looked_up_once(aws: Recording) -> None:
    for one in aws.of_type("pulumi:index:Stash"):
        assert one.inputs["input"] == "ami-of-136693071363"
        assert one.ignored_changes == ("input",)
        assert one.replacement_trigger is not None
    assert {one.inputs["ami"] for one in instances(aws)} == {"ami-of-136693071363"}


def test_a_node_is_emptied_before_its_instance_changes(aws: Recording, settings: dict[str, Settings]) -> None:
    instance = aws.named(INSTANCE, "workers-1-instance")
    assert "::workers-1-emptying" in " ".join(instance.dependencies)
    # A new one has no pods; control planes are there for others to be emptied.
    emptying = aws.named(LOCAL_COMMAND, "workers-1-emptying")
    assert emptying.inputs["create"] == "true"
    assert is_secret(emptying.inputs["stdin"])
    assert "control-1-emptying" not in {one.name for one in aws.of_type(LOCAL_COMMAND)}
    control, workers = settings["aws"]["kubernetes:pools"]
    larger = run_program(
        {**settings["aws"], "kubernetes:pools": [control, {**workers, "type": "t3.large"}]}, stack="aws"
    )
    words = [one.named(LOCAL_COMMAND, "workers-1-emptying").inputs["update"] for one in (aws, larger)]
    assert "workers-1 't3.medium " in words[0]
    assert "workers-1 't3.large " in words[1]


def test_a_further_node_touches_no_other_machine(aws: Recording, settings: dict[str, Settings]) -> None:
    control, workers = settings["aws"]["kubernetes:pools"]
    grown = run_program({**settings["aws"], "kubernetes:pools": [control, {**workers, "count": 4}]}, stack="aws")
    new = {urn.rpartition("::")[2] for urn in grown.resources.keys() - aws.resources.keys()}
    parts = ("emptying", "instance", "host-key", "pods", "reach", "node", "register")
    assert new == {f"workers-4-{part}" for part in parts}
    changed = {
        one.name for urn, one in aws.resources.items() if plain(grown.resources[urn].inputs) != plain(one.inputs)
    }
    # `birth` holds the time of the first `up`, and ignores later ones.
    assert changed - {"birth"} == {"survey", "verification"}


def test_spot_arm_and_reserved_addresses(settings: dict[str, Settings]) -> None:
    control = settings["aws"]["kubernetes:pools"][0]
    cheap = {"name": "cheap", "count": 1, "first": 40, "type": "t4g.large", "architecture": "arm64", "spot": True}
    fixed = {"name": "fixed", "count": 1, "first": 50, "type": "t3.large", "reservedAddress": True}
    recording = run_program({**settings["aws"], "kubernetes:pools": [control, cheap, fixed]}, stack="aws")
    spot = recording.named(INSTANCE, "cheap-1-instance")
    assert spot.inputs["instanceMarketOptions"]["marketType"] == "spot"
    connection = plain(recording.command("fixed-1-node").inputs["connection"])
    assert connection["host"] == "public-ip-of-fixed-1-address"


def test_operators_get_the_key_to_look_at_a_machine(aws: Recording) -> None:
    assert plain(aws.outputs["operatorKey"]) == "SECRET-openssh-of-operator"
    assert is_secret(aws.outputs["operatorKey"])


GROUP = {"name": "workers", "count": 2, "type": "t3.medium", "group": {"min": 1, "max": 9}, "spot": True}
OVERLAY = {"mode": "overlay", "nodeRange": "10.80.0.0/22", "podRange": "10.8.0.0/14"}


def with_group(with_settings: Any, settings: dict[str, Settings], **changes: Any) -> Recording:
    control = settings["aws"]["kubernetes:pools"][0]
    recording: Recording = with_settings(network=OVERLAY, pools=[control, {**GROUP, **changes}])
    return recording


def test_a_group_is_made_of_a_template_when_its_machines_can_join(
    with_settings: Any, settings: dict[str, Settings]
) -> None:
    recording = with_group(with_settings, settings, taints=["dedicated=storage:NoSchedule"])
    group = recording.named("aws:autoscaling/group:Group", "workers-group")
    template = recording.named("aws:ec2/launchTemplate:LaunchTemplate", "workers-template")
    assert recording.comes_after(group, recording.command("workers-join"))
    assert recording.comes_after(recording.command("workers-ready"), group)
    assert recording.comes_after(recording.command("verification"), recording.command("workers-ready"))
    assert group.inputs["launchTemplate"] == {"id": "workers-template-id", "version": "7"}
    assert {(group.inputs["minSize"], group.inputs["desiredCapacity"], group.inputs["maxSize"])} == {(1, 2, 9)}
    assert group.ignored_changes == ("desiredCapacity",)
    zones = ("eu-central-1a", "eu-central-1b", "eu-central-1c")
    assert group.inputs["vpcZoneIdentifiers"] == [f"groups-{zone}-id" for zone in zones]
    tags = {tag["key"]: (tag["value"], tag["propagateAtLaunch"]) for tag in group.inputs["tags"]}
    assert tags["kubernetes-from-scratch/cluster"] == ("kubernetes-aws", True)
    assert tags["k8s.io/cluster-autoscaler/kubernetes-aws"] == ("owned", False)
    assert tags["k8s.io/cluster-autoscaler/node-template/taint/dedicated"] == ("storage:NoSchedule", False)
    assert template.inputs["vpcSecurityGroupIds"] == ["node-id"]
    assert template.inputs["metadataOptions"]["httpTokens"] == "required"
    assert template.inputs["blockDeviceMappings"][0]["deviceName"] == "disk-of-ami-of-136693071363"
    assert template.inputs["blockDeviceMappings"][0]["ebs"]["encrypted"] == "true"
    assert template.inputs["instanceMarketOptions"] == {"marketType": "spot"}
    assert "iamInstanceProfile" not in template.inputs


def test_a_group_of_one_size_keeps_it(with_settings: Any, settings: dict[str, Settings]) -> None:
    recording = with_group(with_settings, settings, group={"min": 2, "max": 2})
    assert recording.named("aws:autoscaling/group:Group", "workers-group").ignored_changes == ()


def test_what_a_groups_machines_are_told_is_secret_and_fits(with_settings: Any, settings: dict[str, Settings]) -> None:
    recording = with_group(with_settings, settings)
    told = recording.named("aws:ec2/launchTemplate:LaunchTemplate", "workers-template").inputs["userData"]
    assert is_secret(told)
    text = base64.b64decode(plain(told)).decode()
    # An authority's certificate is one line here; a real one has some 2 KB.
    assert len(text) < 14 * 1024
    files = {file["path"]: file for file in yaml.safe_load(text)["write_files"]}
    assert files["/etc/kubernetes/join.json"]["permissions"] == "0600"
    known = json.loads(files["/etc/kubernetes/join.json"]["content"])
    assert known["servers"]["eu-central-1b"] == "https://10.80.1.4:6443"
    # The token is nowhere in what is not secret, and is not the one of other machines.
    secret = known["token"].partition(".")[2]
    everything = [text for one in recording.resources.values() for text in open_texts(one.inputs)]
    assert not [text for text in everything if secret in text]
    assert secret not in unpacked(recording, "control-1-control-plane")["token.env"]
    assert secret in unpacked(recording, "workers-join")["token.env"]


def test_another_version_is_another_template_with_another_token(
    with_settings: Any, settings: dict[str, Settings]
) -> None:
    def told(**changes: Any) -> dict[str, Any]:
        recording = with_group(with_settings, settings, **changes)
        template = recording.named("aws:ec2/launchTemplate:LaunchTemplate", "workers-template")
        files = yaml.safe_load(base64.b64decode(plain(template.inputs["userData"])))["write_files"]
        known: dict[str, Any] = json.loads(files[0]["content"])
        return known

    same, again, other = told(), told(), told(labels={"example.org/disk": "nvme"})
    assert same == again
    assert same["content"] != other["content"]
    assert same["token"] != other["token"]


def test_what_a_groups_machines_get_is_readable_in_a_preview(with_settings: Any, settings: dict[str, Settings]) -> None:
    text = plain(with_group(with_settings, settings).command("workers-join").inputs["create"])
    assert "put /etc/kubernetes/kubelet.yaml 0644 root:root kubelet" in text
    assert "topology.kubernetes.io/zone=@ZONE@" in text


def test_nodes_that_are_in_no_group_know_nothing_of_groups(aws: Recording) -> None:
    assert not [one.name for one in aws.resources.values() if "autoscaling" in one.type or "launchTemplate" in one.type]
    assert "group-keeper" not in plain(aws.command("control-1-control-plane").inputs["create"])
