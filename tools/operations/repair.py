"""`make repair`: every step runs again, and puts right what is no longer on the machines as it was put there."""

from __future__ import annotations

from datetime import UTC, datetime

from tools.operations.session import say
from tools.operations.stack import pulumi, run_tool
from tools.stack import state
from tools.stack.engine import run

SETTING = "kubernetes:repair"


def repair(stack: str) -> int:
    """Write another word for the setting `repair`, and bring the cluster up."""
    _new_word(stack)
    return run_tool("tools/up", stack)


def install(stack: str) -> None:
    """Bring up what a restore needs: machines and control planes, as far as they come; no node is touched yet."""
    _new_word(stack)
    if state.clear(stack):
        later = ("-node", "-register", "-renew", "Command::rotation", "Command::addons", "Command::verification")
        left_out = [part for name in later for part in ("--exclude", f"**{name}")]
        run(["up", "--stack", stack, "--yes", "--skip-preview", "--continue-on-error", *left_out])


def _new_word(stack: str) -> None:
    word = f"{datetime.now(UTC):%Y-%m-%dT%H.%M.%S}"
    pulumi("config", "set", SETTING, word, "--stack", stack)
    say(f"{stack}: repair: {SETTING} is {word} in stacks/Pulumi.{stack}.yaml")
