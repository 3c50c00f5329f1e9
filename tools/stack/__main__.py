"""`python -m tools.stack COMMAND STACK`: up, down, preview, kubeconfig."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from pathlib import Path
from textwrap import indent

from tools.stack import state
from tools.stack.engine import Run, run
from tools.stack.report import table


def main() -> int:
    """Run one command on one stack."""
    parser = argparse.ArgumentParser(prog="python -m tools.stack")
    parser.add_argument("command", choices=sorted(COMMANDS))
    parser.add_argument("stack")
    arguments = parser.parse_args()
    try:
        state.select(arguments.stack)
        return COMMANDS[arguments.command](arguments.stack)
    except subprocess.CalledProcessError as error:
        # Pulumi has said on the terminal what is wrong, or says it here.
        words = (error.stderr or "").strip()
        print(f"{arguments.stack}: `{shlex.join(error.cmd[:3])}` failed. {words}".rstrip(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{arguments.stack}: interrupted; make {arguments.command} goes on where this ended", file=sys.stderr)
        return 130


def up(stack: str) -> int:
    """Bring the cluster up, or up to date."""
    if not state.clear(stack):
        return 1
    result = run(["up", "--stack", stack, "--yes", "--skip-preview", "--continue-on-error"])
    if not result.succeeded:
        return _failed(result, f"make up STACK={stack} goes on where this ended")
    path = _write_kubeconfig(stack)
    subprocess.run(["kubectl", "--kubeconfig", str(path), "get", "nodes", "--output", "wide"], check=False)
    changed = sum(resource.operation != "same" for resource in result.resources)
    print(f"\n{changed} resources changed. Where the time went:\n{table(result.resources, result.seconds)}")
    print(f"\nTo use the cluster:\n  export KUBECONFIG={path} PATH={_bin()}:$PATH\n  kubectl get pods --all-namespaces")
    return 0


def down(stack: str) -> int:
    """Destroy everything the stack made; the stack's settings and its history stay."""
    if not state.clear(stack):
        return 1
    result = run(["destroy", "--stack", stack, "--yes", "--skip-preview", "--continue-on-error"])
    if not result.succeeded:
        return _failed(result, f"make down STACK={stack} goes on where this ended")
    _kubeconfig_path(stack).unlink(missing_ok=True)
    print(f"{stack} is gone ({result.seconds:.1f} s)")
    return 0


def preview(stack: str) -> int:
    """Show what `up` would do, file by file."""
    return subprocess.run(
        ["pulumi", "preview", "--stack", stack, "--diff", "--non-interactive"], check=False
    ).returncode


def kubeconfig(stack: str) -> int:
    """Write the admin's kubeconfig, for the owner's eyes only."""
    print(f"export KUBECONFIG={_write_kubeconfig(stack)}")
    return 0


def _failed(result: Run, again: str) -> int:
    print(f"\nFailed after {result.seconds:.0f} s. What to look at, the first first:", file=sys.stderr)
    for text in result.failures.values():
        print(indent(text, "  "), file=sys.stderr)
    print(f"{again}.", file=sys.stderr)
    return 1


def _write_kubeconfig(stack: str) -> Path:
    command = ["pulumi", "stack", "output", "kubeconfig", "--stack", stack, "--show-secrets"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    path = _kubeconfig_path(stack)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    return path


def _kubeconfig_path(stack: str) -> Path:
    return _cache() / "kubeconfig" / stack


def _bin() -> Path:
    return _cache() / "bin"


def _cache() -> Path:
    return Path(os.environ.get("KFS_CACHE") or Path(__file__).resolve().parents[2] / ".cache")


COMMANDS = {"up": up, "down": down, "preview": preview, "kubeconfig": kubeconfig}

if __name__ == "__main__":
    sys.exit(main())
