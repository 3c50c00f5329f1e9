"""The settings of the stack that Pulumi runs: the only module of `config` that knows Pulumi."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import config as runtime

from components.config.artifacts import SERVED, Artifacts, read_artifacts
from components.config.completeness import missing_files
from components.config.loader import decode, in_order, load_config
from components.config.paths import ROOT, resolved
from components.config.previous import PreviousCluster
from components.config.problems import ConfigError, Problem
from components.config.settings import ClusterConfig
from components.plan.lock import Lock, read_lock

# The exit code by which Pulumi's language host knows that the user was told what is wrong: it adds nothing of its own,
# where after a RunError it adds "an unhandled error occurred".
ALREADY_SAID = 32
UPSTREAM_LOCK = Path("components/lock/upstream.yaml")


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The settings with what they refer to; `artifacts` is None unless binaries come from the toolchain, `previous`
    before the first `pulumi up`."""

    config: ClusterConfig
    lock: Lock
    artifacts: Artifacts | None
    previous: PreviousCluster | None


def from_pulumi(previous: PreviousCluster | None = None) -> Stack:
    """The current stack's settings; ends the program with every mistake as one message, without a stack trace."""
    raw = {**runtime.get_config_env(), **runtime.CONFIG.get()}
    secret_keys = {key for key in raw if runtime.is_config_secret(key)} | set(runtime.get_config_secret_keys_env())
    try:
        return load_stack(raw, secret_keys, previous=previous)
    except ConfigError as error:
        pulumi.log.error(str(error))
        sys.exit(ALREADY_SAID)


def load_stack(
    raw: Mapping[str, str], secret_keys: set[str], *, previous: PreviousCluster | None, root: Path = ROOT
) -> Stack:
    """The settings, the lock file they choose and the toolchain's artifacts; ConfigError with every mistake."""
    problems: list[Problem] = []
    lock, artifacts = None, None
    if SERVED in os.environ:
        raw = {"kubernetes:binaries": '{"source": "toolchain"}', **raw}
    try:
        artifacts, lock = _sources(decode(raw), root)
    except ConfigError as error:
        problems.extend(error.problems)
    try:
        config = load_config(raw, secret_keys, lock=lock, previous=previous, root=root)
    except ConfigError as error:
        problems.extend(error.problems)
    if problems or lock is None:
        raise ConfigError(in_order(problems))
    problems.extend(missing_files(config, lock, artifacts))
    if problems:
        raise ConfigError(problems)
    return Stack(config=config, lock=lock, artifacts=artifacts, previous=previous)


def _sources(data: Mapping[str, Any], root: Path) -> tuple[Artifacts | None, Lock]:
    """Read before the settings are checked, because they are checked against the lock file."""
    group = data.get("binaries")
    binaries = group if isinstance(group, Mapping) else {}
    if binaries.get("source", "toolchain" if data.get("provider") == "local" else None) == "toolchain":
        artifacts = read_artifacts(root)
        return artifacts, read_lock(root / artifacts.lock)
    chosen = binaries.get("lock")
    return None, read_lock(resolved(Path(chosen) if isinstance(chosen, str) else UPSTREAM_LOCK, root))
