"""The stacks of the clouds, in a cloud on this computer: a whole cluster, and what breaks when a piece of it is taken.

The tests are one story for each cloud. After each piece that is taken out, `pulumi up --refresh` puts it back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.local_machines import leftovers
from tests.cluster.project import CACHE, REPOSITORY, Project, Settings
from tests.cluster.test_cluster import table

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.geteuid() != 0, reason="a cloud in a box needs root"),
    pytest.mark.skipif(not (CACHE / "artifacts.yaml").exists(), reason="nothing is set up: type `make tools`"),
]
POOLS: list[dict[str, Any]] = [
    {"name": "control", "role": "control-plane", "count": 1, "first": 10},
    {"name": "workers", "count": 2, "first": 20},
]
TYPES = {"aws": "t3.medium", "gce": "e2-medium"}


class CloudProject(Project):
    """A project whose stack is in a cloud of its own."""

    def __init__(self, folder: Path, kind: str, wanted: Settings | None = None) -> None:
        self.kind, self.cloud = kind, f"test-{kind}"
        super().__init__(folder, f"test-{kind}-box", wanted or settings(kind, workers=2))
        self.ask("stop", "--force")
        self.ask("start")
        for line in self.ask("env").splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            self._environment[name] = value

    def ask(self, command: str, *arguments: str, fails: bool = False) -> str:
        """`tools/cloud COMMAND …`; returns what it printed, or with `fails` its error."""
        done = self.run("tools/cloud", command, self.kind, *arguments, "--name", self.cloud)
        return done.must_fail().errors if fails else done.must_succeed().output

    def known(self, action: str) -> list[str]:
        """A name of each thing that an action could be done to: the last of those it has."""
        told = self.ask("act", action, "nowhere", fails=True)
        names = told.partition("expected one of ")[2].partition(", found nowhere")[0].split(", ")
        return sorted({one.split(" or ")[-1] for one in names})

    def heal(self) -> None:
        """Let the engine look at everything, and put back what is not as it should be."""
        command = ("pulumi", "up", "--stack", self.stack, "--yes", "--skip-preview", "--refresh", "--non-interactive")
        self.run(*command).must_succeed()

    def failed_checks(self) -> set[str]:
        """The checks of `make verify` that fail."""
        results = table(self.verify().text)
        assert len(results) >= 15
        return {check for check, result in results.items() if result == "FAILED"}

    def end(self) -> None:
        """Whatever is left."""
        self.ask("stop", "--force")


def settings(kind: str, *, workers: int) -> Settings:
    """The example stack, smaller, and not protected."""
    example = yaml.safe_load((REPOSITORY / "stacks" / f"Pulumi.{kind}.yaml").read_text())["config"]
    known: Mapping[str, Any] = {name.removeprefix("kubernetes:"): value for name, value in example.items()}
    pools = [{**pool, "type": TYPES[kind]} for pool in POOLS]
    pools[1]["count"] = workers
    return {**known, "clusterName": f"test-{kind}-box", "pools": pools, "protect": False}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudProject]:
    """The stack on AWS; nothing of it is there at first, nothing is left of it at the end."""
    project = CloudProject(tmp_path_factory.mktemp("aws"), "aws")
    yield project
    project.end()


@pytest.fixture
def cluster(aws: CloudProject) -> CloudProject:
    """The stack with its cluster running."""
    if not aws.kubeconfig.exists():
        pytest.skip("there is no cluster: see the first test that failed")
    return aws


def test_aws_stack_becomes_a_verified_cluster(aws: CloudProject) -> None:
    results = table(aws.up().must_succeed().text)
    assert len(results) >= 15
    assert "FAILED" not in results.values()
    assert aws.ask("settle") == ""


def test_preview_of_nothing_changed_is_empty(cluster: CloudProject) -> None:
    text = cluster.preview().must_succeed().text
    assert " unchanged" in text
    assert not [line for line in text.splitlines() if line.strip().startswith(("+ ", "- ", "~ ", "+-"))]


def test_another_node_changes_no_other_machine(cluster: CloudProject) -> None:
    cluster.configure(settings("aws", workers=3))
    changed = cluster.pulumi_up().changed()
    others = {name for name in changed if name.startswith(("control-", "workers-1", "workers-2"))}
    assert others == set()
    assert "workers-3-register" in changed
    assert cluster.failed_checks() == set()


def test_without_a_route_pods_are_not_reached(cluster: CloudProject) -> None:
    cluster.ask("act", "delete-route", "10.10.20.0/24")
    assert "pod to pod by address" in cluster.failed_checks()
    cluster.heal()


def test_without_a_rule_pods_are_not_reached(cluster: CloudProject) -> None:
    """Those for all protocols, which let pods' packets in; kubelets have a rule of their own."""
    rules = [rule for rule in cluster.known("delete-rule") if rule.endswith((":None", ":-1"))]
    assert rules
    for rule in rules:
        cluster.ask("act", "delete-rule", rule)
    failed = cluster.failed_checks()
    assert "pod to pod by address" in failed
    assert "logs" not in failed
    cluster.heal()


def test_with_the_source_check_on_pods_are_not_reached(cluster: CloudProject) -> None:
    cluster.ask("act", "check-source-dest", "10.80.0.20")
    assert "pod to pod by address" in cluster.failed_checks()
    cluster.heal()


def test_wrong_health_check_is_told(cluster: CloudProject) -> None:
    for group in cluster.known("break-health-check"):
        cluster.ask("act", "break-health-check", group)
    assert "/broken answers" in cluster.ask("settle", "--limit", "40", fails=True)
    cluster.heal()
    assert cluster.ask("settle") == ""


def test_what_was_put_back_works(cluster: CloudProject) -> None:
    assert cluster.failed_checks() == set()


def test_down_leaves_nothing_in_the_cloud(cluster: CloudProject) -> None:
    cluster.down().must_succeed()
    # Refused while something is in it.
    cluster.ask("stop")
    assert leftovers(f"cloud-{cluster.cloud}") == []


@pytest.mark.slow
def test_google_stack_becomes_a_verified_cluster_and_goes(tmp_path: Path) -> None:
    project = CloudProject(tmp_path, "gce")
    try:
        assert "FAILED" not in table(project.up().must_succeed().text).values()
        assert project.failed_checks() == set()
        assert " unchanged" in project.preview().must_succeed().text
        project.down().must_succeed()
        project.ask("stop")
    finally:
        project.end()


@pytest.mark.slow
def test_aws_stack_in_an_overlay_becomes_a_verified_cluster_and_goes(tmp_path: Path) -> None:
    """No route leads to pods, the source check is on, and a machine's subnet is a part of the node range."""
    project = CloudProject(tmp_path, "aws")
    try:
        project.configure({**settings("aws", workers=2), "network": {"mode": "overlay"}})
        assert "FAILED" not in table(project.up().must_succeed().text).values()
        assert [route for route in project.known("delete-route") if not route.endswith(":0.0.0.0/0")] == []
        assert " unchanged" in project.preview().must_succeed().text
        for rule in project.known("delete-rule"):
            if rule.endswith(":4789"):
                project.ask("act", "delete-rule", rule)
        assert "pod to pod by address" in project.failed_checks()
        project.heal()
        assert project.failed_checks() == set()
        project.down().must_succeed()
        project.ask("stop")
    finally:
        project.end()
