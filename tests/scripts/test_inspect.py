"""What `make drift` sees: files put by the real functions, looked at by the real script, compared by the real code."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from components.plan.model import File, SecretFile
from components.plan.steps import payload, step_text
from tests.scripts.machine import Machine
from tools.operations.applied import Applied, AppliedFile, by_machine
from tools.operations.comparison import Difference, differences, wanted

UNIT = "ActiveState=active\nUnitFileState=enabled\nDropInPaths=\nNeedDaemonReload=no\n"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "machine")
    machine.fake("ctr", "#!/bin/sh\nexit 0\n")
    machine.fake("sysctl", '#!/bin/sh\ncat "${0%/*}/../sysctl"\n')
    # As systemd does: `show` gives what is asked for, `is-enabled` one word.
    machine.fake(
        "systemctl",
        '#!/bin/sh\ncd "${0%/*}/.."\ncase $1 in\n'
        "  is-enabled) sed -n s/UnitFileState=//p unit ;;\n  *) grep -v UnitFileState unit ;;\nesac\n",
    )
    (machine.folder / "sysctl").write_text("1\n")
    (machine.folder / "unit").write_text(UNIT)
    return machine


def look(machine: Machine, told: Applied) -> list[Difference]:
    """All differences, as `make drift` finds them."""
    ended = machine.run(f"cat >$STAGE/wanted <<'END'\n{wanted(told)}END\n. $STAGE/inspect.sh\n")
    assert ended.status == 0, ended.errors
    return differences("n1", told, ended.output.splitlines())


def put(machine: Machine, name: str, content: str, mode: str = "0644") -> AppliedFile:
    """Install a file as a step does."""
    path = f"{machine.root}/{name}"
    ended = machine.run(f"put {path} {mode} root:root <<'END'\n{content}END\nsettle_files\n", step=f"step-{name}")
    assert ended.status == 0, ended.errors
    return AppliedFile(path=path, mode=mode.lstrip("0"), owner="0:0", content=content)


def test_what_is_as_it_was_put_is_no_difference(machine: Machine) -> None:
    told = Applied(files=[put(machine, "a", "one\ntwo\n"), put(machine, "b", "", "0600")])
    assert look(machine, told) == []


def test_a_changed_line_is_shown(machine: Machine) -> None:
    told = Applied(files=[put(machine, "a", "one\ntwo\n")])
    (machine.root / "a").write_text("one\nzwei\n")
    (found,) = look(machine, told)
    assert found.line == f"n1: {machine.root}/a: another content than was put there"
    assert found.lines[-2:] == ("-two", "+zwei")


def test_a_file_that_is_gone_and_one_that_is_open_to_all(machine: Machine) -> None:
    told = Applied(files=[put(machine, "a", "x\n"), put(machine, "b", "x\n", "0600")])
    (machine.root / "a").unlink()
    (machine.root / "b").chmod(0o644)
    assert [found.line for found in look(machine, told)] == [
        f"n1: {machine.root}/a: expected a file; found none",
        f"n1: {machine.root}/b: permissions: expected 600 0:0; found 644 0:0",
    ]


def test_of_a_secret_file_nothing_is_shown(machine: Machine) -> None:
    file = put(machine, "key", "KEY\n", "0600")
    told = Applied(files=[AppliedFile(**{**vars(file), "secret": True})])
    assert look(machine, told) == []
    (machine.root / "key").write_text("OTHER\n")
    (found,) = look(machine, told)
    assert "KEY" not in found.line
    assert "OTHER" not in found.line
    assert found.lines == ()


def test_blanks_are_the_machines_own_but_the_rest_is_not(machine: Machine) -> None:
    file = put(machine, "etcd.yaml", "- --initial-cluster=cp1\n- --flag=1\n")
    template = {**vars(file), "content": "- --initial-cluster=@INITIAL_CLUSTER@\n- --flag=1\n", "filled_in": True}
    told = Applied(files=[AppliedFile(**template)])
    assert look(machine, told) == []
    (machine.root / "etcd.yaml").write_text("- --initial-cluster=cp1\n- --flag=2\n")
    (found,) = look(machine, told)
    assert [line for line in found.lines if line.startswith(("-", "+"))][2:] == ["-- --flag=1", "+- --flag=2"]


def test_a_file_that_does_not_belong_there_is_not_missed(machine: Machine) -> None:
    file = AppliedFile(path="/nowhere", mode="644", owner="0:0", content="", when="has_resolved")
    resolved = Path("/run/systemd/resolve/resolv.conf").exists()
    assert len(look(machine, Applied(files=[file]))) == int(resolved)


def test_a_program_is_what_the_lock_file_has(machine: Machine) -> None:
    program = machine.root / "kubelet"
    program.write_bytes(b"kubelet")
    sum_ = hashlib.sha256(b"kubelet").hexdigest()
    record = machine.home / "installed" / str(program).replace("/", "_")
    record.parent.mkdir(parents=True)
    record.write_text(f"{sum_} - {sum_}\n")
    assert look(machine, Applied(programs={str(program): {(sum_, "-")}})) == []
    (other,) = look(machine, Applied(programs={str(program): {("0" * 64, "-")}}))
    assert "expected what the lock file has" in other.line
    program.write_bytes(b"changed")
    (changed,) = look(machine, Applied(programs={str(program): {(sum_, "-")}}))
    assert f"expected sha256 {sum_}; found " in changed.line
    # Out of an archive: the lock file has the archive's sum, the record the program's own.
    record.write_text(f"{'1' * 64} bin/kubelet {sum_}\n")
    (packed,) = look(machine, Applied(programs={str(program): {("1" * 64, "bin/kubelet")}}))
    assert f"expected sha256 {sum_}; found " in packed.line


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (UNIT.replace("=active", "=inactive"), "expected active, enabled; found inactive, enabled"),
        (UNIT.replace("=enabled", "=disabled"), "expected active, enabled; found active, disabled"),
        (UNIT.replace("DropInPaths=", "DropInPaths=/etc/systemd/system/x.service.d/a.conf"), "a file that changes"),
        (UNIT.replace("NeedDaemonReload=no", "NeedDaemonReload=yes"), "expected systemd to know its file"),
    ],
)
def test_units(machine: Machine, state: str, said: str) -> None:
    file = AppliedFile(path="/etc/systemd/system/x.service", mode="644", owner="0:0", content="")
    told = Applied(files=[file])
    assert not [found for found in look(machine, told) if "unit" in found.line]
    (machine.folder / "unit").write_text(state)
    (found,) = [found for found in look(machine, told) if "unit" in found.line]
    assert said in found.line


def test_kernel_settings(machine: Machine) -> None:
    file = AppliedFile(
        path="/etc/sysctl.d/90-x.conf", mode="644", owner="0:0", content="# why\nnet.ipv4.ip_forward = 1\n-x.y = 5\n"
    )
    told = Applied(files=[file])
    assert told.settings == {"net.ipv4.ip_forward": ("1", ""), "x.y": ("5", "on_own_kernel")}
    (machine.folder / "sysctl").write_text("0\n")
    said = [found.line for found in look(machine, told)]
    assert "n1: kernel setting net.ipv4.ip_forward: expected 1; found 0" in said


def test_a_static_pod_runs_also_where_former_containers_of_it_are_listed(machine: Machine) -> None:
    machine.fake(
        "ctr",
        '#!/bin/bash\ncase "$*" in *tasks*) echo "c1 7 RUNNING" ;; *) echo c1; sleep 0.3; echo c0 || exit 1 ;; esac\n',
    )
    file = AppliedFile(path="/etc/kubernetes/manifests/etcd.yaml", mode="600", owner="0:0", content="", filled_in=True)
    said = [found.line for found in look(machine, Applied(files=[file]))]
    assert not [line for line in said if "static pod" in line]
    machine.fake("ctr", "#!/bin/bash\nexit 0\n")
    said = [found.line for found in look(machine, Applied(files=[file]))]
    assert "n1: static pod etcd: expected running; found absent" in said


def test_what_a_machine_was_told_is_read_out_of_the_state() -> None:
    files = (
        File(path="/etc/a", content="one\nput /etc/x 0644 root:root\n", restarts=("kubelet",)),
        File(path="/etc/b", content="", mode="0755", when="in_container"),
        File(path="/etc/kubernetes/manifests/etcd.yaml", content="@CONFIG_DIGEST@\n", staged=True),
        File(path="downloads", content=f"amd64 /usr/local/bin/x http://m/x {'0' * 64} - -\n", staged=True),
    )
    secret = SecretFile(path="/etc/key", source="key", owner="60901:60901")
    text = step_text(
        step="node", machine="n1", scripts=["node.sh"], run=["node.sh"], variables={}, files=files,
        secret_files=[secret], sudo=True,
    )  # fmt: skip
    stdin = payload(["node.sh"], {"key": "KEY"}, [secret])
    state = _state({"create": text, "stdin": {**SECRET, "plaintext": json.dumps(stdin)}})
    told = by_machine(state)["n1"]
    assert [(file.path, file.mode, file.owner, file.content) for file in told.files] == [
        ("/etc/a", "644", "0:0", "one\nput /etc/x 0644 root:root\n"),
        ("/etc/b", "755", "0:0", ""),
        ("/etc/kubernetes/manifests/etcd.yaml", "600", "0:0", "@CONFIG_DIGEST@\n"),
        ("/etc/key", "600", "60901:60901", "KEY"),
    ]
    assert [file.when for file in told.files[:2]] == ["", "in_container"]
    assert told.programs == {"/usr/local/bin/x": {("0" * 64, "-")}}
    assert told.pods == ["etcd"]


def _state(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"deployment": {"resources": [{"type": "command:remote:Command", "inputs": inputs}]}}
