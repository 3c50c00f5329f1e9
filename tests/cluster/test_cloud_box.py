"""The stacks of the clouds, in a cloud on this computer: a whole cluster, and what breaks when a piece of it is taken.

The tests are one story for each cloud. After each piece that is taken out, `pulumi up --refresh` puts it back.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

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

    def __init__(self, folder: Path, kind: str) -> None:
        self.kind, self.cloud = kind, f"test-{kind}"
        super().__init__(folder, f"test-{kind}-box", settings(kind, workers=2))
        self.ask("stop", "--force")
        self.ask("start")
        printed = self.ask("env")
        self._environment.update(line.removeprefix("export ").split("=", 1) for line in printed.splitlines())

    def ask(self, command: str, *arguments: str, fails: bool = False) -> str:
        """`tools/cloud COMMAND …`; returns what it printed, or with `fails` its error."""
        done = self.run("tools/cloud", command, self.kind, *arguments, "--name", self.cloud)
        return done.must_fail().errors if fails else done.must_succeed().output

    def heal(self) -> None:
        """Let the engine look at everything, and put back what is not as it should be."""
        command = ("pulumi", "up", "--stack", self.stack, "--yes", "--skip-preview", "--refresh", "--non-interactive")
        self.run(*command).must_succeed()

    def failed_checks(self) -> set[str]:
        """The checks of `make verify` that fail."""
        return {check for check, result in table(self.verify().text).items() if result == "FAILED"}

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
