"""Before an upgrade: APIs that are in use and end are told, and those that have ended stand in its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scripts.machine import Machine
from tools.stack.engine import SENTENCE

CURL = """#!/bin/bash
for word in "$@"; do case $word in https://*) url=$word ;; esac; done
case $url in
  */version) echo '  "gitVersion": "v1.35.4",' ;;
  */endpointslices/kubernetes*) printf '%s\\n' '"addresses": [' '"10.0.0.11"' ']' '"10.0.0.12"' ;;
  https://10.0.0.1?:6443/metrics) cat "${0%/*}/../metrics.${url:15:2}" ;;
  *) exit 22 ;;
esac
"""


def _metric(resource: str, release: str) -> str:
    return (
        f'apiserver_requested_deprecated_apis{{group="policy",removed_release="{release}",resource="{resource}",'
        'subresource="",version="v1beta1"} 1\n'
    )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A control plane that runs 1.35.4."""
    machine = Machine(tmp_path / "machine")
    machine.fake("curl", CURL)
    (machine.folder / "admin.kubeconfig").write_text("    server: https://10.0.0.11:6443\n")
    (machine.folder / "metrics.11").write_text('apiserver_other{version="v1"} 1\n' + _metric("without", ""))
    (machine.folder / "metrics.12").write_text(_metric("later", "1.40"))
    return machine


def test_what_ends_later_is_told(machine: Machine) -> None:
    ended = machine.run("KUBERNETES_VERSION=1.36.3\n. $STAGE/deprecated.sh\n", step="prepare")
    assert ended.status == 0, ended
    assert ended.output == "n1: prepare: warning: deprecated APIs in use: later.v1beta1.policy (until 1.40)\n"


@pytest.mark.parametrize("release", ["1.36", "1.30"])
def test_what_has_ended_stands_in_the_way(machine: Machine, release: str) -> None:
    (machine.folder / "metrics.12").write_text(_metric("poddisruptionbudgets", release))
    ended = machine.run("KUBERNETES_VERSION=1.36.3\n. $STAGE/deprecated.sh\n", step="prepare")
    assert ended.status == 1
    assert SENTENCE.match(ended.errors)
    assert f"found requests for poddisruptionbudgets.v1beta1.policy (until {release})" in ended.errors


@pytest.mark.parametrize("version", ["1.35.9", "1.35.1"])
def test_a_patch_asks_nobody(machine: Machine, version: str) -> None:
    (machine.folder / "metrics.12").write_text(_metric("poddisruptionbudgets", "1.30"))
    ended = machine.run(f"KUBERNETES_VERSION={version}\n. $STAGE/deprecated.sh\n", step="prepare")
    assert (ended.status, ended.output) == (0, "")


def test_where_nothing_serves_nothing_is_asked(machine: Machine) -> None:
    machine.fake("curl", "#!/bin/bash\nexit 7\n")
    assert machine.run("KUBERNETES_VERSION=1.36.3\n. $STAGE/deprecated.sh\n", step="prepare").status == 0
    (machine.folder / "admin.kubeconfig").unlink()
    assert machine.run("KUBERNETES_VERSION=1.36.3\n. $STAGE/deprecated.sh\n", step="prepare").status == 0
