"""Kubernetes versions: had, in step with each other, and reachable from what runs now."""

from collections.abc import Iterator

from components.config.facts import Facts, refuse
from components.config.problems import Problem

# Kubernetes' version skew policy: a kubelet may be three minor versions older than the API server, never newer.
OLDEST_KUBELET = 3


def known(facts: Facts) -> Iterator[Problem]:
    """The lock file has all files of every version that is asked for."""
    if facts.lock is None:
        return
    there = facts.lock.kubernetes
    for key, version in _versions(facts):
        if version not in there:
            way_out = f"take one of {', '.join(there)}, or add it: make lock VERSION={version}"
            yield refuse(key, "a version that the lock file has", way_out, version)


def kubelets(facts: Facts) -> Iterator[Problem]:
    """A kubelet is never newer than the API server, and at most three minor versions older."""
    api = _wanted(facts)
    if api is None:
        return
    for key, machine in facts.kinds():
        own = machine.kubernetes_version
        if own is None or own == api:
            continue
        key = f"{key}.kubernetesVersion"
        if machine.role == "control-plane":
            rule = "control planes have the cluster's version; nodes only may have another for a while"
            yield refuse(key, rule, "leave it out, and set kubernetesVersion", own)
        elif _numbers(own) > _numbers(api):
            rule = f"a kubelet is never newer than the API server ({api})"
            yield refuse(key, rule, "upgrade kubernetesVersion first, then the nodes", own)
        elif _minor(api) - _minor(own) > OLDEST_KUBELET:
            rule = f"a kubelet is at most {OLDEST_KUBELET} minor versions older than the API server ({api})"
            yield refuse(key, rule, "upgrade this node first, or take a lower kubernetesVersion", own)


def upgrade(facts: Facts) -> Iterator[Problem]:
    """The control plane goes up one minor version at a time and never back; patch versions change both ways."""
    wanted = _wanted(facts)
    running = sorted(_running(facts), key=_numbers)
    if not running or wanted is None:
        return
    oldest, newest = running[0], running[-1]
    if _minor(wanted) < _minor(newest):
        rule = f"a control plane never goes back to an older minor version; it runs {newest}"
        yield refuse("kubernetesVersion", rule, f"keep {newest}, or destroy the cluster and make it anew", wanted)
    elif _minor(wanted) - _minor(oldest) > 1:
        rule = f"a control plane is upgraded by one minor version at a time; it runs {oldest}"
        between = f"{_numbers(oldest)[0]}.{_minor(oldest) + 1}"
        stop = (
            next((version for version in facts.lock.kubernetes if version.startswith(f"{between}.")), None)
            if facts.lock
            else None
        )
        way_out = f"go to {stop} first" if stop else f"go to a {between} first; add one: make lock VERSION={between}.…"
        yield refuse("kubernetesVersion", rule, way_out, wanted)


def _running(facts: Facts) -> set[str]:
    """What the control planes run: after an upgrade that failed not all the same."""
    previous = facts.previous
    if previous is None:
        return set()
    return set(previous.versions.values()) or {previous.kubernetes_version or ""} - {""}


def _versions(facts: Facts) -> Iterator[tuple[str, str]]:
    if facts.config.kubernetes_version is not None:
        yield "kubernetesVersion", facts.config.kubernetes_version
    for key, machine in facts.kinds():
        if machine.kubernetes_version is not None:
            yield f"{key}.kubernetesVersion", machine.kubernetes_version


def _wanted(facts: Facts) -> str | None:
    """The cluster's version; None where it is not known."""
    if not facts.sound("kubernetesVersion"):
        return None
    return facts.config.kubernetes_version or (facts.lock.defaults.get("kubernetes") if facts.lock else None)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _minor(version: str) -> int:
    return _numbers(version)[1]
