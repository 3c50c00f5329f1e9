"""Runs the Pulumi CLI and turns its stream of events into lines for people."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

# A sentence that a step's script or the survey printed: "MACHINE: STEP failed: expected …; found …. Next: …".
SENTENCE = re.compile(r"^\S+: [\w-]+(?: failed)?: expected .*Next: .*$", re.MULTILINE)
# In the sentence of a command of which nobody thought that it could fail (components/scripts/lib.sh, `ended`).
UNFORESEEN = re.compile(r" to succeed; found status \d+")
# What an SSH connection of the engine may run into → what it means, and the way out.
HINTS = (
    (
        "host key mismatch",
        "another SSH host key",
        "compare it on the console: ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub",
    ),
    ("unable to authenticate", "a refusal of the SSH key", "put the public key into the user's authorized_keys"),
    ("connection refused", "nothing on the SSH port", "start sshd on the machine"),
    ("i/o timeout", "no answer", "see whether the machine runs and can be reached (lost for good: gone: true)"),
)


# A self-managed backend (files, S3, GCS, Azure) on a locked stack, and Pulumi Cloud on one with an update at work.
LOCKED = re.compile(r"created by (?P<user>[^\s@]+)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")
BUSY = re.compile(r"\[409\] Conflict: Another update is currently in progress", re.IGNORECASE)

SUMMARIES = ("update failed", "destroy failed", "preview failed")

# An operation of the engine → what was done. The two halves of a replacement are told one by one.
DONE = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "create-replacement": "created anew",
    "delete-replaced": "deleted, replaced",
}


# Resources that only group others or stand for a plugin: nothing is done for them that takes time.
GROUPS = ("pulumi:", "kubernetes:")


@dataclass(kw_only=True)
class Timed:
    """What the engine did with one resource, in seconds since the start."""

    name: str
    operation: str
    started: float
    ended: float | None = None


@dataclass(kw_only=True)
class Run:
    """The result of one engine run."""

    succeeded: bool = False
    seconds: float = 0.0
    resources: list[Timed] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    """Resource name → sentence."""


def run(arguments: Sequence[str]) -> Run:
    """Run `pulumi ARGUMENTS --json`, print its progress, and return what happened."""
    start = time.monotonic()
    command = ["pulumi", *arguments, "--json", "--non-interactive"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    result, open_resources = Run(), dict[str, Timed]()
    assert process.stdout is not None
    assert process.stderr is not None
    errors = threading.Thread(target=_watch, args=(process.stderr, result))
    errors.start()
    for event in _events(process.stdout):
        _handle(event, time.monotonic() - start, result, open_resources)
    status = process.wait()
    # Plugins that outlive a killed engine keep the stream open.
    errors.join(timeout=5)
    if status != 0 and not result.failures:
        result.failures["pulumi"] = f"pulumi: the engine ended with status {status} before it was done"
    result.succeeded = not result.failures
    result.seconds = time.monotonic() - start
    return result


def _watch(stream: Iterable[str], result: Run) -> None:
    """Show what the engine says beside its events: a backend that finds the stack locked says so there."""
    for line in stream:
        print(line, end="", file=sys.stderr, flush=True)
        if words := locked(line):
            result.failures.setdefault("pulumi", words)


def locked(line: str) -> str:
    """The sentence for a backend's refusal, or nothing: who holds the stack and since when, as far as it says."""
    if holder := LOCKED.search(line):
        who = f"{holder['user']}@{holder['host']} (process {holder['pid']}), since {holder['since']}"
    elif BUSY.search(line):
        who = "somebody: see the stack's page at the backend"
    else:
        return ""
    return (
        f"pulumi: lock failed: expected to be alone; found another run under way: {who}. "
        "Next: wait for it; if it is surely gone: pulumi cancel"
    )


def _events(stream: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in stream:
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            print(line, end="", flush=True)


def _handle(event: dict[str, Any], now: float, result: Run, open_resources: dict[str, Timed]) -> None:
    if started := event.get("resourcePreEvent"):
        metadata = started["metadata"]
        if metadata["type"].startswith(GROUPS):
            return
        timed = Timed(name=_name(metadata["urn"]), operation=metadata["op"], started=now)
        open_resources[metadata["urn"]] = timed
        result.resources.append(timed)
    elif ended := event.get("resOutputsEvent") or event.get("resOpFailedEvent"):
        timed_or_none = open_resources.pop(ended["metadata"]["urn"], None)
        if timed_or_none is not None:
            timed_or_none.ended = now
            if "resOpFailedEvent" in event:
                _say(now, f"{timed_or_none.name} failed after {now - timed_or_none.started:.1f} s")
            elif timed_or_none.operation != "same" and now - timed_or_none.started > 1:
                done = DONE.get(timed_or_none.operation, timed_or_none.operation)
                _say(now, f"{timed_or_none.name} {done} in {now - timed_or_none.started:.1f} s")
    elif diagnostic := event.get("diagnosticEvent"):
        _diagnose(diagnostic, now, result)


def _diagnose(diagnostic: dict[str, Any], now: float, result: Run) -> None:
    severity, message = diagnostic["severity"], diagnostic["message"].strip()
    if severity == "error":
        name = _name(diagnostic.get("urn", "program"))
        # The engine sums a failure up a second time for the stack; the first word is the one that says what happened.
        if message and message not in SUMMARIES and name not in result.failures:
            result.failures[name] = sentence(name, message)
            _say(now, result.failures[name], sys.stderr)
    elif severity.startswith("info") and message:
        for line in message.splitlines():
            _say(now, line)
    elif severity == "warning":
        _say(now, f"warning: {message}", sys.stderr)


def sentence(name: str, message: str) -> str:
    """What an error says to a person: the step's own sentence, or one for what the SSH connection ran into."""
    lines = message.splitlines()
    if own := [_with_reason(lines, number) for number, line in enumerate(lines) if SENTENCE.match(line)]:
        return "\n".join(dict.fromkeys(own))
    for part, found, way_out in HINTS:
        if part in message:
            machine, _, step = name.rpartition("-")
            return f"{machine or name}: {step} failed: expected an SSH session; found {found}. Next: {way_out}, make up"
    return f"{name}: {message[-2000:]}"


def _with_reason(lines: Sequence[str], number: int) -> str:
    """A step's sentence; where nobody foresaw the failure, with what the command itself said, the line before."""
    line = lines[number]
    unforeseen = UNFORESEEN.search(line)
    if unforeseen is None or number == 0:
        return line
    return f"{line[: unforeseen.end()]} ({lines[number - 1].strip()}){line[unforeseen.end() :]}"


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _say(now: float, text: str, stream: Any = None) -> None:
    print(f"{now:6.1f} s  {text}", file=stream or sys.stdout, flush=True)
