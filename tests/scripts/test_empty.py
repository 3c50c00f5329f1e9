"""How a cloud's node is emptied before its machine changes, and when it is not."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "components" / "scripts" / "empty.sh"
# Knows one Node, of the shape in a file; writes down what changes.
KUBECTL = """#!/bin/bash
here=${0%/*}
case "$*" in
  *readyz*) [ ! -e "$here/down" ] ;;
  *'get nodes'*) cat "$here/nodes" ;;
  *providerID*) cat "$here/provider-id" 2>/dev/null ;;
  *'get node '*) cat "$here/shape" ;;
  *) echo "$*" >>"$here/log"; case $1 in drain) [ ! -e "$here/budget" ] || { echo budget; exit 1; } ;; esac ;;
esac
"""


class Cluster:
    """A control plane as the script sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "kubectl").write_text(KUBECTL)
        (folder / "kubectl").chmod(0o755)
        (folder / "shape").write_text("t3.medium debian")
        (folder / "nodes").write_text("node/n1\nnode/n2\n")

    def empty(self, shape: str) -> subprocess.CompletedProcess[str]:
        """Run the script for n1."""
        own = {"PATH": f"{self.folder}:{os.environ['PATH']}", "NODE": "n1", "SHAPE": shape, "DRAIN_SECONDS": "60"}
        return subprocess.run(
            ["bash", SCRIPT], env={**os.environ, **own}, capture_output=True, text=True, check=False, timeout=30
        )

    @property
    def changes(self) -> list[str]:
        """What kubectl was asked to change: the first words, in order."""
        log = self.folder / "log"
        return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    """Two nodes."""
    return Cluster(tmp_path)


def test_pods_leave_before_the_machine_changes(cluster: Cluster) -> None:
    done = cluster.empty("t3.large debian")
    assert done.returncode == 0, done.stderr
    assert "n1: emptying: draining, from t3.medium debian to t3.large debian" in done.stdout
    assert cluster.changes == ["annotate", "drain"]


@pytest.mark.parametrize(("shape", "goes"), [("t3.large debian", False), ("t3.medium ubuntu", True)])
def test_a_node_that_names_its_instance_goes_with_it(cluster: Cluster, shape: str, goes: bool) -> None:
    (cluster.folder / "provider-id").write_text("aws:///eu-central-1a/i-0123456789abcdef0")
    assert cluster.empty(shape).returncode == 0
    assert cluster.changes == ["annotate", "drain", *(["delete"] if goes else [])]


def test_a_machine_that_stays_what_it_is_keeps_its_pods(cluster: Cluster) -> None:
    assert cluster.empty("t3.medium debian").returncode == 0
    assert cluster.changes == []


@pytest.mark.parametrize("shape", ["", "<no value>"])
def test_a_machine_that_never_joined_is_left_alone(cluster: Cluster, shape: str) -> None:
    (cluster.folder / "shape").write_text(shape)
    assert cluster.empty("t3.large debian").returncode == 0
    assert cluster.changes == []


def test_pods_that_have_nowhere_to_go_stop_with_the_only_node(cluster: Cluster) -> None:
    (cluster.folder / "nodes").write_text("node/n1\n")
    assert "nowhere to go" in cluster.empty("t3.large debian").stdout
    assert cluster.changes == []


def test_without_an_api_server_the_machine_changes_all_the_same(cluster: Cluster) -> None:
    (cluster.folder / "down").touch()
    done = cluster.empty("t3.large debian")
    assert (done.returncode, cluster.changes) == (0, [])
    assert "no API server answers" in done.stdout


def test_what_a_budget_holds_stops_the_change(cluster: Cluster) -> None:
    (cluster.folder / "budget").touch()
    done = cluster.empty("t3.large debian")
    assert done.returncode == 1
    assert "n1: emptying failed: expected its pods to leave within 60 s" in done.stderr
    assert "found budget. Next: " in done.stderr
    # It takes pods again.
    assert cluster.changes == ["annotate", "drain", "uncordon", "annotate"]
