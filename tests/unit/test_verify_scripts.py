"""The verification's shell: how checks become a table, and which pods call which."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "components/scripts/verify"


def bash(folder: Path, text: str, sourced: str) -> subprocess.CompletedProcess[str]:
    """Run text after a script of the verification, with `work` set."""
    script = f"set -euo pipefail\nwork={folder}\n. {SCRIPTS / sourced}\n{text}"
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30, check=False)


CHECKS = """
good() { echo "3 of 3"; }
bad() { broken "n2 is not ready" "kubectl describe node n2"; }
worse() { broken "no answer" "kubectl get pods"; }
unasked() { skipped "no users"; }
crash() { echo "cut: no such file" >&2; false; echo unreachable; }
"""


def test_a_table_of_what_was_found(tmp_path: Path) -> None:
    done = bash(tmp_path, CHECKS + 'begin a "first" good; begin b "second" unasked; report', "report.sh")
    assert done.returncode == 0
    rows = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    assert rows == [["CHECK", "RESULT", "DETAIL"], ["first", "ok", "3 of 3"], ["second", "skipped", "no users"]]
    assert done.stderr == ""


def test_the_first_failure_is_the_one_to_look_at(tmp_path: Path) -> None:
    done = bash(tmp_path, CHECKS + "begin a a good; begin b b bad; begin c c worse; report", "report.sh")
    assert done.returncode == 1
    assert done.stdout.count("FAILED") == 2
    assert "cluster: verification failed: expected b; found n2 is not ready. Next: kubectl describe" in done.stderr
    assert "no answer" not in done.stderr


def test_a_check_that_breaks_down_has_failed(tmp_path: Path) -> None:
    done = bash(tmp_path, CHECKS + "begin a a crash; report", "report.sh")
    assert done.returncode == 1
    assert "expected a; found cut: no such file. Next: " in done.stderr


def test_what_takes_long_is_named(tmp_path: Path) -> None:
    done = bash(tmp_path, CHECKS + 'begin a a good; begin b "slow one" sleep 6; report', "report.sh")
    assert "still checking (5 s): slow one" in done.stdout


@pytest.mark.parametrize(("pods", "calls"), [(1, 1), (2, 2), (4, 12), (9, 72), (20, 160)])
def test_every_pod_calls_all_others_or_eight_of_them(tmp_path: Path, pods: int, calls: int) -> None:
    (tmp_path / "web").write_text("".join(f"web-{n} n{n} 10.0.0.{n} 10.1.0.{n} 3000{n}\n" for n in range(pods)))
    done = bash(tmp_path, "pairs", "traffic.sh")
    pairs = [tuple(line.split()) for line in done.stdout.splitlines()]
    assert len(pairs) == len(set(pairs)) == calls
    assert pods == 1 or all(caller != called for caller, called in pairs)
    assert {caller for caller, _ in pairs} == {called for _, called in pairs} == {f"web-{n}" for n in range(pods)}


@pytest.mark.parametrize(("outside", "asked"), [("", "http://10.80.0.21:30001/hostname"), ("yes", "pod web-0")])
def test_node_ports_are_asked_for_where_they_can_be_reached(tmp_path: Path, outside: str, asked: str) -> None:
    stubs = """
    namespace=verify
    curl() { echo "${!#}" >"$work/asked"; echo web-0; }
    api() {
      [[ $1 == */web-0:8080/*host=10.80.0.21*port=30001 ]] && echo "pod web-0" >"$work/asked"
      echo '{"responses":["web-0"]}'
    }
    """
    done = bash(tmp_path, f"{stubs}\nOUTSIDE={outside}\nnode_port_answers 10.80.0.21 30001", "traffic.sh")
    assert (done.returncode, (tmp_path / "asked").read_text()) == (0, f"{asked}\n")


NODES = """\
control-1 v1.36.3 True 10.80.0.10 control-plane
workers-10-80-3-70 v1.36.3 True 10.80.3.70 node
workers-10-80-3-71 v1.36.3 False 10.80.3.71 node
"""
LOOK = """
broken() { echo "broken: $1"; exit 1; }
NODES=control-1=1.36.3
without_absent <"$work/all" >"$work/nodes"
check_nodes
"""


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ("workers=1", "2 of 2"),
        ("workers=2", "broken: 1 Ready Nodes of the group workers, expected 2"),
        # An ordinary pool's Node that is not the stack's, and one that is not Ready.
        ("", "broken: the Node workers-10-80-3-70 is none of this cluster's machines"),
        ("others=0", "broken: the Node workers-10-80-3-70 is none of this cluster's machines"),
    ],
)
def test_groups_have_their_fewest_nodes_whatever_they_are_called(tmp_path: Path, groups: str, said: str) -> None:
    (tmp_path / "all").write_text(NODES)
    done = bash(tmp_path, f"GROUPS_OF_NODES={groups}\n{LOOK}", "cluster.sh")
    assert done.stdout.strip() == said
    left_out = "workers-10-80-3-71" not in (tmp_path / "nodes").read_text()
    assert left_out == groups.startswith("workers")
