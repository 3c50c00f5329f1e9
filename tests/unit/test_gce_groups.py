"""Managed instance groups in the stand-in for Google's cloud."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

import pytest

from tests.unit.gce_support import GLOBAL, IMAGE, REGIONAL, Project
from tools.clouds.gce import GoogleCloud
from tools.clouds.gce.errors import CloudError
from tools.clouds.world import Group

MANAGERS = f"{REGIONAL}/instanceGroupManagers"
ROLLING = {
    "type": "PROACTIVE",
    "minimalAction": "REPLACE",
    "maxSurge": {"fixed": 3},
    "maxUnavailable": {"fixed": 0},
}


class Pool(Project):
    """A network with a template."""

    def __init__(self) -> None:
        super().__init__()
        self.cloud = GoogleCloud()
        self.api = self.cloud.api
        self.network()
        self.template("one")

    def template(self, name: str, **changes: Any) -> None:
        """A template; the name is also its machines' user data."""
        properties = {
            "machineType": "e2-medium",
            "disks": [{"boot": True, "autoDelete": True, "initializeParams": {"sourceImage": IMAGE}}],
            "networkInterfaces": [{"subnetwork": f"{REGIONAL}/subnetworks/net"}],
            "metadata": {"items": [{"key": "user-data", "value": name}]},
            "tags": {"items": ["node"]},
            **changes,
        }
        self.insert(f"{GLOBAL}/instanceTemplates", name, properties=properties)

    def group(self, size: int = 3, **changes: Any) -> None:
        """A group of the template."""
        body = {
            "baseInstanceName": "pool",
            "targetSize": size,
            "versions": [{"instanceTemplate": "global/instanceTemplates/one"}],
            "updatePolicy": ROLLING,
        }
        self.insert(MANAGERS, "pool", **{**body, **changes})

    def machines(self) -> dict[str, str]:
        """Name → ID of the group's machines in the data plane."""
        return {each.name: each.id for each in self.cloud.world().instances}

    def roll(self, template: str) -> None:
        """Gives the group another template."""
        self.call("PATCH", f"{MANAGERS}/pool", {"versions": [{"instanceTemplate": f"{GLOBAL}/{template}"}]})

    def described(self) -> Group:
        """The group in the data plane."""
        (group,) = self.cloud.world().groups
        return group


@pytest.fixture
def pool() -> Pool:
    """Without the group."""
    return Pool()


def test_its_machines_are_what_the_template_says(pool: Pool) -> None:
    pool.group()
    world = pool.cloud.world()
    assert Counter(each.zone for each in world.instances) == {f"europe-west3-{zone}": 1 for zone in "abc"}
    assert {(each.user_data, each.image, each.subnet) for each in world.instances} == {
        ("one", "debian-12", IPv4Network("10.0.0.0/24"))
    }
    assert set(pool.described().instances) == set(pool.machines().values())
    body = pool.call("GET", f"{MANAGERS}/pool")
    assert body["status"] == {"isStable": True, "versionTarget": {"isReached": True}}
    listed = pool.call("POST", f"{MANAGERS}/pool/listManagedInstances")["managedInstances"]
    assert {each["name"] for each in listed} == set(pool.machines())
    assert {each["instanceStatus"] for each in listed} == {"RUNNING"}
    members = pool.call("POST", f"{REGIONAL}/instanceGroups/pool/listInstances", {})["items"]
    assert len(members) == 3
    assert pool.call("GET", f"{REGIONAL}/instanceGroups/pool")["size"] == 3


def test_it_grows_and_shrinks_where_most_machines_are(pool: Pool) -> None:
    pool.group(1)
    first = pool.machines()
    pool.call("POST", f"{MANAGERS}/pool/resize", size="5")
    assert first.items() <= pool.machines().items()
    assert max(Counter(each.zone for each in pool.cloud.world().instances).values()) == 2
    pool.cloud.act("resize-group", "pool", 3)
    assert set(Counter(each.zone for each in pool.cloud.world().instances).values()) == {1}
    with pytest.raises(ValueError, match="expected a size"):
        pool.cloud.act("resize-group", "pool")


def test_a_machine_that_is_gone_or_off_comes_again_under_its_name(pool: Pool) -> None:
    pool.group()
    for action in ("delete-instance", "stop-instance"):
        before = pool.machines()
        name = min(before)
        pool.cloud.act(action, name)
        assert set(pool.machines()) == set(before)
        assert pool.machines()[name] != before[name]
    before = pool.machines()
    name = max(before)
    path = next(path for path, body in pool.api.objects.all("instances") if body["name"] == name)
    pool.call("POST", f"{MANAGERS}/pool/recreateInstances", {"instances": [path]})
    assert set(pool.machines()) == set(before)
    assert pool.machines()[name] != before[name]
    pool.call("POST", f"{MANAGERS}/pool/deleteInstances", {"instances": [path]})
    assert set(pool.machines()) == set(before) - {name}


@pytest.mark.parametrize(
    ("surge", "missing", "sizes"),
    [(3, 0, {4, 5, 6, 7}), (0, 3, {4}), (3, 3, {4, 7})],
)
def test_another_template_rolls_within_the_policys_limits(
    pool: Pool, surge: int, missing: int, sizes: set[int]
) -> None:
    pool.group(4, updatePolicy={**ROLLING, "maxSurge": {"fixed": surge}, "maxUnavailable": {"fixed": missing}})
    before = set(pool.machines().values())
    pool.template("two")
    pool.roll("instanceTemplates/two")
    seen = [len(pool.machines()) for _ in range(8)]
    assert set(seen) <= sizes
    assert seen[-1] == 4
    assert {each.user_data for each in pool.cloud.world().instances} == {"two"}
    assert before.isdisjoint(pool.machines().values())
    pool.call("DELETE", f"{GLOBAL}/instanceTemplates/one")


def test_a_new_machine_counts_only_when_it_ran_for_a_while(pool: Pool) -> None:
    pool.group(3, updatePolicy={**ROLLING, "minReadySec": 3600})
    for each in pool.api.objects.since:
        pool.api.objects.since[each] -= 3600
    before = set(pool.machines().values())
    pool.template("two")
    pool.roll("instanceTemplates/two")
    for _ in range(4):
        assert before < set(pool.machines().values())
    assert len(pool.machines()) == 6
    for each in pool.api.objects.since:
        pool.api.objects.since[each] -= 3600
    assert before.isdisjoint(pool.machines().values())
    assert len(pool.machines()) == 3


def test_an_opportunistic_group_leaves_the_machines_that_are_there(pool: Pool) -> None:
    pool.group(updatePolicy={**ROLLING, "type": "OPPORTUNISTIC"})
    before = pool.machines()
    pool.template("two")
    pool.roll("instanceTemplates/two")
    assert pool.machines() == before
    pool.cloud.act("resize-group", "pool", 4)
    assert Counter(each.user_data for each in pool.cloud.world().instances) == {"one": 3, "two": 1}


def test_it_goes_with_its_machines(pool: Pool) -> None:
    pool.group()
    pool.call("DELETE", f"{MANAGERS}/pool")
    assert pool.machines() == {}
    assert pool.cloud.world().groups == ()
    assert [path for path in pool.api.objects.paths() if "/disks/" in path or "instanceGroup" in path] == []


def test_a_machine_that_cannot_be_made_is_told(pool: Pool) -> None:
    pool.template("huge", machineType="e2-huge")
    pool.group(versions=[{"instanceTemplate": "global/instanceTemplates/huge"}])
    group = pool.described()
    assert group.instances == ()
    assert "'e2-huge' does not exist in zone" in group.problem
    assert pool.call("GET", f"{MANAGERS}/pool")["status"]["isStable"] is False
    assert [path for path in pool.api.objects.paths() if "/disks/" in path] == []


REFUSED: list[tuple[Callable[[Pool], Any], int, str]] = [
    (lambda p: p.template("two", colour="red"), 400, 'Unknown name "colour"'),
    (lambda p: p.template("two", machineType="zones/europe-west3-a/machineTypes/e2-medium"), 400, "not its URL"),
    (lambda p: p.template("two", networkInterfaces=[]), 400, "At least one network interface"),
    (lambda p: p.template("two", networkInterfaces=[{"subnetwork": f"{REGIONAL}/subnetworks/x"}]), 404, "not found"),
    (lambda p: p.template("two", disks=[]), 400, "Boot disk must be the first"),
    (
        lambda p: p.template("two", disks=[{"boot": True, "initializeParams": {"sourceImage": f"{IMAGE}9"}}]),
        400,
        "referenced image resource cannot be found",
    ),
    (lambda p: p.template("two", labels={"A": "b"}), 400, "Label keys and values must be valid"),
    (
        lambda p: p.template("two", scheduling={"preemptible": True, "automaticRestart": True}),
        400,
        "should be disabled",
    ),
    (lambda p: p.group(versions=[{"instanceTemplate": "global/instanceTemplates/x"}]), 404, "was not found"),
    (lambda p: p.group(versions=[]), 400, "Instance template must be specified"),
    (lambda p: p.group(size=-1), 400, "Must not be negative"),
    (lambda p: p.group(baseInstanceName="b" * 59), 400, "at most 58"),
    (
        lambda p: p.group(distributionPolicy={"zones": [{"zone": "zones/europe-west1-b"}]}),
        400,
        "Zone must be in region 'europe-west3'",
    ),
    (
        lambda p: p.group(updatePolicy={**ROLLING, "maxSurge": {"fixed": 1}}),
        400,
        "0 or at least the number of zones (3)",
    ),
    (lambda p: p.group(updatePolicy={**ROLLING, "maxSurge": {"fixed": 0}}), 400, "can't both be 0"),
    (lambda p: p.group(updatePolicy={**ROLLING, "minReadySec": 3601}), 400, "between 0 and 3600"),
]


@pytest.mark.parametrize(("attempt", "status", "words"), REFUSED, ids=[words for _, _, words in REFUSED])
def test_refuses(pool: Pool, attempt: Callable[[Pool], Any], status: int, words: str) -> None:
    with pytest.raises(CloudError) as refused:
        attempt(pool)
    assert (refused.value.status, words in refused.value.message) == (status, True), refused.value.message
    assert pool.cloud.world().groups == ()


def test_a_template_that_a_group_uses_stays(pool: Pool) -> None:
    pool.group()
    with pytest.raises(CloudError, match="already being used by"):
        pool.call("DELETE", f"{GLOBAL}/instanceTemplates/one")
