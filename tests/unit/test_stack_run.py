"""What `make up` makes of the engine's stream of events: progress, sentences, and where the time went."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from tools.stack import engine, state
from tools.stack.report import stages

URN = "urn:pulumi:local::kubernetes::command:remote:Command::"


def event(kind: str, name: str, operation: str, type_: str = "command:remote:Command") -> dict[str, Any]:
    return {kind: {"metadata": {"op": operation, "urn": URN + name, "type": type_}}}


def diagnostic(severity: str, message: str, name: str = "") -> dict[str, Any]:
    urn = {"urn": URN + name} if name else {}
    return {"diagnosticEvent": {"severity": severity, "message": message, **urn}}


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands where the Pulumi CLI does: prints the file `events` beside it, ends with the status in `status`."""
    program = tmp_path / "pulumi"
    program.write_text('#!/bin/sh\ncd "${0%/*}" && cat events && exit "$(cat status)"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def run(pulumi: Path, events: list[dict[str, Any]], status: int = 0) -> engine.Run:
    (pulumi / "events").write_text("".join(json.dumps(one) + "\n" for one in events))
    (pulumi / "status").write_text(str(status))
    return engine.run(["up"])


def test_a_step_that_failed_says_its_own_sentence(pulumi: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = "n1: node failed: expected 60 MB free; found 3 MB. Next: free some, then pulumi up"
    text = f'Process exited with status 1: running "exec bash -c …":\nn1: node: starting kubelet\n{own}\n'
    events = [
        event("resourcePreEvent", "n1-node", "create"),
        diagnostic("error", text, "n1-node"),
        event("resOpFailedEvent", "n1-node", "create"),
        diagnostic("error", "update failed"),
    ]
    result = run(pulumi, events, status=255)
    assert not result.succeeded
    assert result.failures == {"n1-node": own}
    assert own in capsys.readouterr().err


def test_a_failure_that_nobody_foresaw_comes_with_what_the_command_said() -> None:
    text = (
        "ls: cannot access '/nowhere': No such file or directory\n"
        "n1: node failed: expected 'ls /nowhere' to succeed; found status 2. Next: try it on n1\n"
    )
    assert engine.sentence("n1-node", text) == (
        "n1: node failed: expected 'ls /nowhere' to succeed; "
        "found status 2 (ls: cannot access '/nowhere': No such file or directory). Next: try it on n1"
    )


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("ssh: handshake failed: ssh: host key mismatch", "another SSH host key"),
        ("ssh: unable to authenticate, attempted methods [none publickey]", "a refusal of the SSH key"),
        ("dial tcp 10.80.0.21:22: connect: connection refused", "nothing on the SSH port"),
    ],
)
def test_what_ssh_ran_into_becomes_a_sentence(message: str, found: str) -> None:
    said = engine.sentence("n1-node", message)
    assert said.startswith(f"n1: node failed: expected an SSH session; found {found}. Next: ")


def test_an_engine_that_was_killed_is_a_failure_with_a_name(pulumi: Path) -> None:
    result = run(pulumi, [event("resourcePreEvent", "n1-node", "create")], status=137)
    assert not result.succeeded
    assert result.failures == {"pulumi": "pulumi: the engine ended with status 137 before it was done"}


@pytest.mark.parametrize(
    ("said", "who"),
    [
        (
            "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete "
            "the lock file with `pulumi cancel`.\n  s3://states/.pulumi/locks/organization/kubernetes/blue/1.json: "
            "created by jane@desk (pid 4711) at 2026-11-28T07:00:00Z\n",
            "jane@desk (process 4711), since 2026-11-28T07:00:00Z",
        ),
        ("error: [409] Conflict: Another update is currently in progress.\n", "somebody"),
    ],
)
def test_the_second_operator_is_told_who_is_at_work(pulumi: Path, said: str, who: str) -> None:
    (pulumi / "said").write_text(said)
    (pulumi / "pulumi").write_text('#!/bin/sh\ncat "${0%/*}/said" >&2\nexit 255\n')
    result = engine.run(["up"])
    assert list(result.failures) == ["pulumi"]
    assert f"expected to be alone; found another run under way: {who}" in result.failures["pulumi"]


def test_stages_count_what_was_done_and_no_groups(pulumi: Path) -> None:
    events = [
        event("resourcePreEvent", "bootstrap", "create", "kubernetes:index:Bootstrap"),
        event("resourcePreEvent", "addons", "create", "kubernetes:index:Addons"),
        event("resOutputsEvent", "addons", "create", "kubernetes:index:Addons"),
        event("resourcePreEvent", "cp1-etcd-peer", "create", "tls:index/privateKey:PrivateKey"),
        event("resOutputsEvent", "cp1-etcd-peer", "create", "tls:index/privateKey:PrivateKey"),
        event("resourcePreEvent", "n1-reach", "same"),
        event("resOutputsEvent", "n1-reach", "same"),
        event("resourcePreEvent", "n1-node", "update"),
        event("resOutputsEvent", "n1-node", "update"),
        event("resOutputsEvent", "bootstrap", "create", "kubernetes:index:Bootstrap"),
    ]
    result = run(pulumi, events)
    assert result.succeeded
    assert {stage for stage, *_ in stages(result.resources)} == {"keys and certificates", "install nodes"}


def test_progress_names_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    result, open_resources = engine.Run(), dict[str, engine.Timed]()
    for operation in ("create-replacement", "delete-replaced"):
        engine._handle(event("resourcePreEvent", "user-admin", operation), 1.0, result, open_resources)
        engine._handle(event("resOutputsEvent", "user-admin", operation), 4.0, result, open_resources)
    said = capsys.readouterr().out
    assert "user-admin created anew in 3.0 s" in said
    assert "user-admin deleted, replaced in 3.0 s" in said


def _lock(backend: Path, holder: dict[str, Any]) -> Path:
    lock = backend / ".pulumi/locks/organization/kubernetes/local/1.json"
    lock.parent.mkdir(parents=True)
    lock.write_text(json.dumps({"username": "jane", "timestamp": "2026-01-01T00:00:00Z", **holder}))
    return lock


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    monkeypatch.setattr(state, "_pending", lambda stack: False)
    return tmp_path


def test_a_lock_whose_holder_is_gone_is_removed(backend: Path) -> None:
    # No process has this id: the kernel's highest is 2^22.
    lock = _lock(backend, {"pid": 2**22 + 1, "hostname": socket.gethostname()})
    assert state.clear("local")
    assert not lock.exists()


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_lock_whose_holder_may_live_is_respected(
    backend: Path, elsewhere: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    host = "another.example.org" if elsewhere else socket.gethostname()
    lock = _lock(backend, {"pid": os.getpid(), "hostname": host})
    assert not state.clear("local")
    assert lock.exists()
    said = capsys.readouterr().err
    assert f"jane@{host}" in said
    assert "Next: " in said
