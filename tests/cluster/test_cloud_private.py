"""Each cloud's whole example, three control planes and three nodes in three zones, without public addresses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cluster.local_machines import leftovers
from tests.cluster.project import CACHE, Settings
from tests.cluster.test_cloud_box import CloudProject, settings
from tests.cluster.test_cluster import table

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="a cloud in a box needs root"),
    pytest.mark.skipif(not (CACHE / "artifacts.yaml").exists(), reason="nothing is set up: type `make tools`"),
]


def private(kind: str) -> Settings:
    """Machines behind a bastion, and a way out through NAT; on GCE pods have alias ranges in place of routes."""
    wanted = settings(kind, workers=3)
    wanted["pools"][0]["count"] = 3
    network = {"nodes": "private", **({"podRanges": "aliases"} if kind == "gce" else {})}
    return {**wanted, "cloud": {**wanted["cloud"], "network": network}}


@pytest.mark.parametrize("kind", ["aws", "gce"])
def test_machines_without_public_addresses_become_a_verified_cluster(kind: str, tmp_path: Path) -> None:
    project = CloudProject(tmp_path, kind)
    try:
        project.configure(private(kind))
        assert "FAILED" not in table(project.up().must_succeed().text).values()
        assert project.outputs()["plan"]["machines"] == {"controlPlanes": 3, "nodes": 3}
        assert project.failed_checks() == set()
        assert " unchanged" in project.preview().must_succeed().text
        assert project.pulumi_up().changed() == set()
        project.down().must_succeed()
        project.ask("stop")
        assert leftovers(f"cloud-{project.cloud}") == []
    finally:
        project.end()
