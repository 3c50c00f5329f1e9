"""Auto-scaling groups in the stand-in for AWS: what their machines are, how many there are, what is refused."""

from __future__ import annotations

import base64
from collections.abc import Callable
from importlib.util import find_spec
from ipaddress import IPv4Network
from typing import Any

import pytest

if find_spec("moto") is None:
    pytest.skip("requirements-clouds.txt is not installed", allow_module_level=True)

from tests.unit.aws_support import DEBIAN, Account, Site
from tools.clouds.aws.identity import READER_KEY

USER_DATA = "#cloud-config\n{}\n"


class Pool(Site):
    """A network with a launch template, and a group of two in its two zones."""

    def __init__(self, **quotas: int) -> None:
        super().__init__(Account(**quotas))
        self.scaling = self.account.client("autoscaling")
        made = self.account.ec2.create_launch_template(LaunchTemplateName="pool", LaunchTemplateData=self.data())
        self.template: str = made["LaunchTemplate"]["LaunchTemplateId"]

    def data(self, **changes: Any) -> dict[str, Any]:
        """What the template says of machines."""
        disk = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, "VolumeType": "gp3", "Encrypted": True}}
        return {
            "ImageId": DEBIAN,
            "InstanceType": "t3.medium",
            "UserData": base64.b64encode(USER_DATA.encode()).decode(),
            "SecurityGroupIds": [self.group],
            "BlockDeviceMappings": [disk],
            "MetadataOptions": {"HttpTokens": "required"},
            "TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "disk"}]}],
            **changes,
        }

    def version(self, **changes: Any) -> str:
        """A new version of the template."""
        made = self.account.ec2.create_launch_template_version(
            LaunchTemplateId=self.template, LaunchTemplateData=self.data(**changes)
        )
        return str(made["LaunchTemplateVersion"]["VersionNumber"])

    def start(self, **changes: Any) -> None:
        """Makes the group."""
        wanted = {
            "AutoScalingGroupName": "pool",
            "MinSize": 1,
            "MaxSize": 4,
            "DesiredCapacity": 2,
            "VPCZoneIdentifier": ",".join(self.subnets),
            "LaunchTemplate": {"LaunchTemplateId": self.template, "Version": "1"},
            "Tags": [{"Key": "pool", "Value": "pool", "PropagateAtLaunch": True}, {"Key": "own", "Value": "x"}],
        }
        self.scaling.create_auto_scaling_group(**{**wanted, **changes})

    def update(self, **changes: Any) -> None:
        """Changes the group."""
        self.scaling.update_auto_scaling_group(AutoScalingGroupName="pool", **changes)

    def machines(self) -> list[Any]:
        """The instances that run, as the API tells of them."""
        running = [{"Name": "instance-state-name", "Values": ["running"]}]
        found = self.account.ec2.describe_instances(Filters=running)["Reservations"]
        return [instance for each in found for instance in each["Instances"]]

    def ids(self) -> set[str]:
        """The IDs of the group's machines in the data plane."""
        return {instance.id for instance in self.account.plane.world().instances}


@pytest.fixture
def pool() -> Pool:
    """Without the group."""
    return Pool()


def test_its_machines_are_what_the_template_says(pool: Pool) -> None:
    pool.start()
    for machine in pool.machines():
        assert machine["MetadataOptions"]["HttpTokens"] == "required"
        assert [group["GroupId"] for group in machine["NetworkInterfaces"][0]["Groups"]] == [pool.group]
        tags = {tag["Key"]: tag["Value"] for tag in machine["Tags"]}
        assert (tags["pool"], tags["aws:autoscaling:groupName"]) == ("pool", "pool")
        assert "own" not in tags, "the group's own"
        volume = machine["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
        disk = pool.account.ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]
        assert (disk["Size"], disk["Encrypted"], disk["Tags"]) == (20, True, [{"Key": "Name", "Value": "disk"}])
    world = pool.account.plane.world()
    assert {(each.zone, each.subnet) for each in world.instances} == {
        ("eu-central-1a", IPv4Network("10.80.0.0/24")),
        ("eu-central-1b", IPv4Network("10.80.1.0/24")),
    }
    assert {(each.user_data, each.image, each.region) for each in world.instances} == {
        (USER_DATA, "debian-12", "eu-central-1")
    }
    (group,) = world.groups
    assert (group.name, group.size, set(group.instances), group.problem) == ("pool", 2, pool.ids(), "")


def test_public_addresses_follow_the_subnet_unless_the_template_says_so(pool: Pool) -> None:
    pool.account.ec2.modify_subnet_attribute(SubnetId=pool.subnets[0], MapPublicIpOnLaunch={"Value": True})
    pool.start()
    public = {each.zone: bool(each.public_address) for each in pool.account.plane.world().instances}
    assert public == {"eu-central-1a": True, "eu-central-1b": False}
    interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": True, "Groups": [pool.group]}
    version = pool.version(NetworkInterfaces=[interface], SecurityGroupIds=[])
    pool.update(LaunchTemplate={"LaunchTemplateId": pool.template, "Version": version}, DesiredCapacity=4)
    assert sum(bool(each.public_address) for each in pool.account.plane.world().instances) == 3


def test_it_grows_and_shrinks_where_most_machines_are(pool: Pool) -> None:
    pool.start(DesiredCapacity=1)
    first = pool.ids()
    pool.scaling.set_desired_capacity(AutoScalingGroupName="pool", DesiredCapacity=4)
    assert first < pool.ids()
    zones = [each.zone for each in pool.account.plane.world().instances]
    assert sorted(zones) == ["eu-central-1a"] * 2 + ["eu-central-1b"] * 2
    pool.scaling.set_desired_capacity(AutoScalingGroupName="pool", DesiredCapacity=2)
    assert len({each.zone for each in pool.account.plane.world().instances}) == 2
    pool.account.plane.act("resize-group", "pool", 3)
    assert len(pool.ids()) == 3
    with pytest.raises(ValueError, match="expected a size from 1 to 4, found 5"):
        pool.account.plane.act("resize-group", "pool", 5)


def test_a_machine_that_is_gone_or_off_is_replaced(pool: Pool) -> None:
    pool.start()
    for action in ("delete-instance", "stop-instance"):
        before = pool.ids()
        lost = min(before)
        pool.account.plane.act(action, lost)
        assert len(pool.ids()) == 2
        assert before - pool.ids() == {lost}
    lost = min(pool.ids())
    pool.account.ec2.terminate_instances(InstanceIds=[lost])
    assert lost not in pool.ids()
    assert len(pool.ids()) == 2


def test_a_machine_can_be_ended_with_or_without_a_successor(pool: Pool) -> None:
    pool.start()
    first, second = sorted(pool.ids())
    end = pool.scaling.terminate_instance_in_auto_scaling_group
    end(InstanceId=first, ShouldDecrementDesiredCapacity=False)
    assert first not in pool.ids()
    assert len(pool.ids()) == 2
    end(InstanceId=second, ShouldDecrementDesiredCapacity=True)
    assert second not in pool.ids()
    assert len(pool.ids()) == 1


def _refresh(pool: Pool, **preferences: Any) -> list[int]:
    """Gives the group another version, and looks on; the sizes that were seen."""
    version = pool.version(InstanceType="t3.large")
    pool.update(LaunchTemplate={"LaunchTemplateId": pool.template, "Version": version})
    pool.scaling.start_instance_refresh(AutoScalingGroupName="pool", Preferences={"InstanceWarmup": 0, **preferences})
    sizes = []
    while True:
        sizes.append(len(pool.machines()))  # each look is a moment of it
        sizes.append(len(pool.ids()))
        (refresh,) = pool.scaling.describe_instance_refreshes(AutoScalingGroupName="pool")["InstanceRefreshes"]
        if refresh["Status"] != "InProgress":
            assert refresh["Status"] == "Successful"
            return sizes


@pytest.mark.parametrize(("preferences", "most"), [({}, 2), ({"MaxHealthyPercentage": 110}, 3)])
def test_a_refresh_replaces_one_machine_after_the_other(pool: Pool, preferences: dict[str, int], most: int) -> None:
    pool.start()
    before = pool.ids()
    sizes = _refresh(pool, **preferences)
    assert max(sizes) == most
    assert min(sizes) == 2
    assert pool.ids().isdisjoint(before)
    assert {machine["InstanceType"] for machine in pool.machines()} == {"t3.large"}


def test_a_refresh_waits_for_each_machine_to_warm_up(pool: Pool) -> None:
    pool.start()
    before = pool.ids()
    pool.scaling.start_instance_refresh(AutoScalingGroupName="pool", Preferences={"InstanceWarmup": 3600})
    for _ in range(5):
        assert len(before & pool.ids()) == 1
    from botocore.exceptions import ClientError  # type: ignore[import-untyped]

    with pytest.raises(ClientError, match="already in progress"):
        pool.scaling.start_instance_refresh(AutoScalingGroupName="pool")
    pool.scaling.cancel_instance_refresh(AutoScalingGroupName="pool")
    with pytest.raises(ClientError, match="No in progress or pending Instance Refresh"):
        pool.scaling.cancel_instance_refresh(AutoScalingGroupName="pool")


def test_a_group_without_room_says_so_and_goes_on_when_there_is(pool: Pool) -> None:
    narrow = Pool(vcpus=2)
    narrow.start()
    (group,) = narrow.account.plane.world().groups
    assert len(group.instances) == 1
    assert "more vCPU capacity" in group.problem
    activities = narrow.scaling.describe_scaling_activities(AutoScalingGroupName="pool")["Activities"]
    assert [each["StatusCode"] for each in activities] == ["Failed"]
    narrow.scaling.set_desired_capacity(AutoScalingGroupName="pool", DesiredCapacity=1)
    assert len(narrow.ids()) == 1


def test_it_goes_with_its_machines_only_when_forced(pool: Pool) -> None:
    from botocore.exceptions import ClientError

    pool.start()
    with pytest.raises(ClientError, match="ResourceInUse"):
        pool.scaling.delete_auto_scaling_group(AutoScalingGroupName="pool")
    pool.scaling.delete_auto_scaling_group(AutoScalingGroupName="pool", ForceDelete=True)
    assert pool.ids() == set()
    assert pool.account.plane.world().groups == ()
    for subnet in pool.subnets:
        pool.account.ec2.delete_subnet(SubnetId=subnet)


def _template(pool: Pool, **changes: Any) -> Any:
    return pool.account.ec2.create_launch_template(
        **{"LaunchTemplateName": "other", "LaunchTemplateData": pool.data(), **changes}
    )


def _of_version(pool: Pool, **changes: Any) -> None:
    pool.start(LaunchTemplate={"LaunchTemplateId": pool.template, "Version": pool.version(**changes)})


REFUSED: dict[str, tuple[Callable[[Pool], Any], str, str]] = {
    "user data": (
        lambda p: _template(p, LaunchTemplateData=p.data(UserData=base64.b64encode(b"x" * 16385).decode())),
        "InvalidUserData.Malformed",
        "limited to 16384 bytes",
    ),
    "user data that is not base64": (
        lambda p: _template(p, LaunchTemplateData=p.data(UserData="#cloud-config")),
        "InvalidUserData.Malformed",
        "Invalid BASE64",
    ),
    "a template's name": (
        lambda p: _template(p, LaunchTemplateName="a b"),
        "InvalidLaunchTemplateName.MalformedException",
        "between 3 and 128",
    ),
    "a template's name twice": (
        lambda p: _template(p, LaunchTemplateName="pool"),
        "InvalidLaunchTemplateName.AlreadyExistsException",
        "already in use",
    ),
    "sizes": (lambda p: p.start(MinSize=3, MaxSize=2), "ValidationError", "greater than or equal to min bound"),
    "size": (lambda p: p.start(DesiredCapacity=5), "ValidationError", "between the specified min size:1 and max"),
    "subnet": (lambda p: p.start(VPCZoneIdentifier="subnet-1"), "ValidationError", "subnet ID 'subnet-1' does not"),
    "template": (
        lambda p: p.start(LaunchTemplate={"LaunchTemplateId": "lt-1"}),
        "ValidationError",
        "with template ID lt-1, does not exist",
    ),
    "version": (
        lambda p: p.start(LaunchTemplate={"LaunchTemplateId": p.template, "Version": "7"}),
        "ValidationError",
        "Could not find the specified version 7",
    ),
    "image": (lambda p: _of_version(p, ImageId="ami-1"), "ValidationError", "The image id '[ami-1]' does not exist"),
    "type": (lambda p: _of_version(p, InstanceType="t3.huge"), "ValidationError", "Invalid instance type: 't3.huge'"),
    "architecture": (lambda p: _of_version(p, InstanceType="t4g.medium"), "ValidationError", "does not match"),
    "security group": (lambda p: _of_version(p, SecurityGroupIds=["sg-1"]), "ValidationError", "'sg-1' does not"),
    "security groups twice": (
        lambda p: _of_version(p, NetworkInterfaces=[{"DeviceIndex": 0, "Groups": [p.group]}]),
        "ValidationError",
        "may not be specified on the same request",
    ),
    "disk": (
        lambda p: _of_version(p, BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 4}}]),
        "ValidationError",
        "expect size >= 8GB",
    ),
    "a group that is not there": (
        lambda p: p.scaling.set_desired_capacity(AutoScalingGroupName="none", DesiredCapacity=1),
        "ValidationError",
        "'none' not found",
    ),
    "a machine of no group": (
        lambda p: p.scaling.terminate_instance_in_auto_scaling_group(
            InstanceId=p.run()["InstanceId"], ShouldDecrementDesiredCapacity=False
        ),
        "ValidationError",
        "No managed instance found",
    ),
    "no rights": (
        lambda p: p.account.client("autoscaling", aws_access_key_id=READER_KEY).delete_auto_scaling_group(
            AutoScalingGroupName="pool"
        ),
        "AccessDenied",
        "autoscaling:DeleteAutoScalingGroup",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refuses(pool: Pool, what: str) -> None:
    from botocore.exceptions import ClientError

    attempt, code, words = REFUSED[what]
    with pytest.raises(ClientError) as refused:
        attempt(pool)
    assert refused.value.response["Error"]["Code"] == code
    assert words in refused.value.response["Error"]["Message"]
    assert pool.account.plane.world().groups == ()


def test_a_group_that_is_there_keeps_within_its_bounds(pool: Pool) -> None:
    from botocore.exceptions import ClientError

    pool.start(MinSize=2)
    for size in (1, 5):
        with pytest.raises(ClientError, match="New SetDesiredCapacity value"):
            pool.scaling.set_desired_capacity(AutoScalingGroupName="pool", DesiredCapacity=size)
    with pytest.raises(ClientError, match="violate group's min size constraint"):
        pool.scaling.terminate_instance_in_auto_scaling_group(
            InstanceId=min(pool.ids()), ShouldDecrementDesiredCapacity=True
        )
    pool.update(MinSize=3)
    assert len(pool.ids()) == 3, "the new minimum is more than there were"
