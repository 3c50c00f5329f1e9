"""What happens to a cloud behind the engine's back: somebody in the console, a machine that dies."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tools.clouds.aws import after, state


def act(action: str, target: str, size: int | None = None) -> None:
    """Does one of tools.clouds.world.ACTIONS. `target`: an ID, a Name tag, or for a route its destination.

    Raises ValueError, with what there is, if the action or the target is not known, or a group can't have that size.
    """
    if action not in _ACTIONS:
        raise ValueError(f"expected one of {', '.join(_ACTIONS)}, found {action}")
    find, do = _ACTIONS[action]
    if action == "resize-group":
        do = functools.partial(_resize, size=size)
    found = [(name, each) for region in state.used_regions() for name, each in find(region)]
    matching = [each for names, each in found if target in names]
    if not matching:
        known = ", ".join(" or ".join(filter(None, names)) for names, _ in found) or "nothing"
        raise ValueError(f"{action}: expected one of {known}, found {target}")
    for each in matching:
        do(each)


_Found = Iterator[tuple[tuple[str, ...], Any]]


def _instances(region: str) -> _Found:
    for instance in state.live_instances(state.ec2(region)):
        yield (instance.id, _name(instance), instance.private_ip_address), instance


def _routes(region: str) -> _Found:
    for table in state.ec2(region).route_tables.values():
        for route in table.routes:
            if not route.local:
                yield (route.destination_cidr_block, f"{table.id}:{route.destination_cidr_block}"), route


def _rules(region: str) -> _Found:
    for groups in state.ec2(region).groups.values():
        for group in groups.values():
            for rule in group.ingress_rules:
                yield (rule.id, _name(rule), f"{group.id}:{rule.from_port}"), rule


def _target_groups(region: str) -> _Found:
    for group in state.balancing(region).target_groups.values():
        yield (group.name, group.arn), group


def _groups(region: str) -> _Found:
    for group in state.groups(region).values():
        yield (group.name, group.arn), group


def _name(tagged: Any) -> str:
    return next((tag["value"] for tag in tagged.get_tags() if tag["key"] == "Name"), "")


def _delete_instance(instance: Any) -> None:
    backend = instance.ec2_backend
    backend.terminate_instances([instance.id])
    after.clear_instances(backend)


def _delete_route(route: Any) -> None:
    route.route_table._routes.pop(route.id)


def _delete_rule(rule: Any) -> None:
    group = rule.ec2_backend.get_security_group_from_id(rule.group_id)
    group.ingress_rules = [each for each in group.ingress_rules if each.id != rule.id]


def _check_source_dest(instance: Any) -> None:
    instance.source_dest_check = "true"
    for interface in instance.nics.values():
        interface.source_dest_check = True


def _break_health_check(group: Any) -> None:
    group.health_check_path = "/broken"


def _resize(group: Any, size: int | None = None) -> None:
    if size is None or not group.min_size <= size <= group.max_size:
        raise ValueError(f"{group.name}: expected a size from {group.min_size} to {group.max_size}, found {size}")
    group.set_desired_capacity(size)


_ACTIONS: Mapping[str, tuple[Callable[[str], _Found], Callable[[Any], None]]] = {
    "stop-instance": (_instances, lambda instance: instance.ec2_backend.stop_instances([instance.id])),
    "start-instance": (_instances, lambda instance: instance.ec2_backend.start_instances([instance.id])),
    "delete-instance": (_instances, _delete_instance),
    "delete-route": (_routes, _delete_route),
    "delete-rule": (_rules, _delete_rule),
    "check-source-dest": (_instances, _check_source_dest),
    "break-health-check": (_target_groups, _break_health_check),
    "resize-group": (_groups, _resize),
}
