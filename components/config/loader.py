"""From the stack's raw settings to a `ClusterConfig`, or to every mistake in them."""

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from components.config import repair, secrets, wording
from components.config.facts import Facts
from components.config.keys import fields
from components.config.paths import ROOT
from components.config.previous import PreviousCluster
from components.config.problems import ConfigError, Problem
from components.config.rules import RULES
from components.config.settings import ClusterConfig
from components.plan.lock import Lock

PREFIX = "kubernetes:"


def load_config(
    raw: Mapping[str, str],
    secret_keys: Collection[str],
    *,
    lock: Lock | None,
    previous: PreviousCluster | None = None,
    root: Path = ROOT,
) -> ClusterConfig:
    """The stack's settings, checked.

    `raw` is what Pulumi hands to a program: `kubernetes:NAME` → text, JSON where the setting is structured; keys of
    other namespaces are left alone. `secret_keys` are those that hold a Pulumi secret. `lock` may be None where it
    can't be read: then all that does not need it is checked. Raises ConfigError with every mistake.
    """
    data = decode(raw)
    checked = repair.check(data)
    secret_groups = {key.removeprefix(PREFIX) for key in secret_keys}
    problems = [wording.problem(error, secret_groups) for error in checked.errors]
    facts = Facts(checked=checked, lock=lock, previous=previous, root=root, secret_groups=secret_groups)
    for rule in RULES:
        problems.extend(rule(facts))
    misplaced = secrets.only_where_kept(secret_groups)
    keys = {problem.key for problem in misplaced}
    # Of a secret where none belongs nothing else is said: it would be shown.
    problems = [*misplaced, *(problem for problem in problems if PREFIX + _name(problem) not in keys)]
    if problems:
        raise ConfigError(in_order(problems))
    return checked.config


def decode(raw: Mapping[str, str]) -> dict[str, Any]:
    """The project's own settings without their prefix, structured ones as lists and mappings.

    Pulumi hands over a key without a value, as when all lines below it are comments, as an empty text: it is left out.
    """
    return {key.removeprefix(PREFIX): _decoded(text) for key, text in raw.items() if key.startswith(PREFIX) and text}


def _decoded(text: str) -> Any:
    if text[:1] not in ("[", "{"):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def in_order(problems: Collection[Problem]) -> list[Problem]:
    """In the order of the documentation, unknown keys first; no problem twice."""
    names = list(fields(ClusterConfig))

    def place(problem: Problem) -> int:
        name = _name(problem)
        return names.index(name) if name in names else -1

    return sorted(dict.fromkeys(problems), key=place)


def _name(problem: Problem) -> str:
    """The setting of the top level that a problem is about."""
    return re.split(r"[.\[]", problem.key.removeprefix(PREFIX))[0]
