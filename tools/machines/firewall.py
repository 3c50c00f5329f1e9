"""Keeps this computer's firewall out of what machines say to each other.

A kernel with br_netfilter sends frames that only cross a bridge through iptables too. The network's masquerading would
then replace a machine's address by this computer's wherever it talks to another machine's pods, and a FORWARD policy of
DROP (as Docker sets) would stop pods of different machines from reaching each other. Both were seen.
"""

from __future__ import annotations

import contextlib
import subprocess

from . import host


def let_through(bridge: str) -> None:
    """Accept, unchanged, what crosses the bridge from port to port; nothing to do if it already is.

    A kernel that lacks the match has no such filtering either, so a refused rule is no error.
    """
    for table, rule in _rules(bridge):
        if not _iptables(table, "--check", rule):
            _iptables(table, "--insert", rule)


def forget(bridge: str) -> None:
    """Take the rules of a bridge back."""
    for table, rule in _rules(bridge):
        # More than one where several machines were started at the same moment.
        while _iptables(table, "--delete", rule):
            pass


def _rules(bridge: str) -> list[tuple[str, list[str]]]:
    crossing = ["-m", "physdev", "--physdev-is-bridged", "-j", "ACCEPT"]
    return [("filter", ["FORWARD", "-i", bridge, *crossing]), ("nat", ["POSTROUTING", "-o", bridge, *crossing])]


def _iptables(table: str, action: str, rule: list[str]) -> bool:
    command = host.as_root("iptables", "--wait", "--table", table, action, *rule)
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0
    return False
