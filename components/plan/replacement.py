"""Control planes of a cloud that change their type or image: one with each `pulumi up`.

A changed image makes a machine anew, a changed type stops it for a while. etcd survives that of one control plane, and
that one has to be back before the next: what the others are stays what it was, until a later `up` finds it done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from components.config.previous import PreviousInstance
from components.plan.pools import Instance


def one_at_a_time(
    wanted: tuple[Instance, ...], before: Mapping[str, PreviousInstance]
) -> tuple[tuple[Instance, ...], tuple[str, ...]]:
    """The machines as this `up` makes them, and the control planes that are to change later."""
    changing = [one for one in wanted if _changes(one, before)]
    later = tuple(one.name for one in changing[1:])
    return tuple(_held(one, before[one.name]) if one.name in later else one for one in wanted), later


def moved(wanted: tuple[Instance, ...], before: Mapping[str, PreviousInstance]) -> Iterator[tuple[str, str]]:
    """Control planes that would get another address, and the one they have: etcd's members know each other by it."""
    for one in wanted:
        if one.role == "control-plane" and one.name in before and before[one.name].address != str(one.address):
            yield one.name, before[one.name].address


def _changes(one: Instance, before: Mapping[str, PreviousInstance]) -> bool:
    if one.role != "control-plane" or one.name not in before:
        return False
    was = before[one.name]
    return (was.type, was.image) != (one.type, one.image.text)


def _held(one: Instance, was: PreviousInstance) -> Instance:
    return replace(one, type=was.type, image=replace(one.image, id=was.image_id), held_image=was.image)
