"""Machines of a cloud that change their type or image: one with each `pulumi up`, control planes first.

A changed image makes a machine anew, a changed type stops it for a while. The cluster stands that of one machine, which
has to be back before the next goes: what the others are stays what it was, until a later `up` finds it done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from components.config.previous import PreviousInstance
from components.plan.pools import Instance


def one_at_a_time(
    wanted: tuple[Instance, ...], before: Mapping[str, PreviousInstance]
) -> tuple[tuple[Instance, ...], tuple[str, ...]]:
    """The machines as this `up` makes them, and those that are to change later."""
    there = sorted((one for one in wanted if one.name in before), key=lambda one: one.role == "node")
    # One that an earlier `up` left unfinished is what this one is for.
    unfinished = any(not before[one.name].image_id for one in there)
    changing = [one for one in there if before[one.name].image_id and _differs(one, before[one.name])]
    later = tuple(one.name for one in changing[0 if unfinished else 1 :])
    return tuple(_held(one, before[one.name]) if one.name in later else one for one in wanted), later


def moved(wanted: tuple[Instance, ...], before: Mapping[str, PreviousInstance]) -> Iterator[tuple[str, str]]:
    """Control planes that would get another address, and the one they have: etcd's members know each other by it."""
    for one in wanted:
        if one.role == "control-plane" and one.name in before and before[one.name].address != str(one.address):
            yield one.name, before[one.name].address


def _differs(one: Instance, was: PreviousInstance) -> bool:
    return (was.type, was.image) != (one.type, one.image.text)


def _held(one: Instance, was: PreviousInstance) -> Instance:
    kept = replace(one, type=was.type)
    if was.image == one.image.text:
        return kept
    return replace(kept, image=replace(one.image, id=was.image_id), held_image=was.image)
