"""What auto-scaling groups do by themselves: start and end machines until they have as many as they should."""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from moto.autoscaling import models

from tools.clouds.aws import after, state
from tools.clouds.aws.call import RefusedError
from tools.clouds.aws.scaling import launch, refreshes

_GROUP_TAG: Final = "aws:autoscaling:groupName"
_TEMPLATE_TAG: Final = "aws:ec2launchtemplate:id"
_VERSION_TAG: Final = "aws:ec2launchtemplate:version"


class Member(models.InstanceState):
    """An instance of a group. `since`: when it was started, in seconds of the monotonic clock."""

    def __init__(self, group: KeptGroup, instance: Any, template: tuple[str, str], version: int) -> None:
        super().__init__(instance, autoscaling_group=group)
        self.since = time.monotonic()
        self._template, self.version = template, version

    @property
    def launch_template(self) -> dict[str, Any] | None:
        identity, name = self._template
        return {"LaunchTemplateId": identity, "LaunchTemplateName": name, "Version": str(self.version)}

    def runs(self, group: KeptGroup) -> bool:
        """Whether it is an instance of the version that the group has now."""
        template, version = group.template()
        return (template.id, version.number) == (self._template[0], self.version)


class KeptGroup(models.FakeAutoScalingGroup):
    """moto's group as a record: `keep` sees to its instances. `problem`: why the last machine could not be started."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.refreshes: list[refreshes.Refresh] = []
        self.problem = ""
        super().__init__(*arguments, **named)

    def set_desired_capacity(self, new_capacity: int | None) -> None:
        self.desired_capacity = self.min_size if new_capacity is None else new_capacity

    def replace_autoscaling_group_instances(self, count_needed: int, propagated_tags: dict[str, str]) -> None:
        """What was ended is replaced by `keep`."""

    def template(self) -> tuple[Any, Any]:
        """The launch template and the version of it that new machines get."""
        template = self.ec2_launch_template
        assert template is not None
        return template, template.get_version(self.launch_template_version)

    def members(self) -> list[Member]:
        """Its instances, the oldest first."""
        return [each for each in self.instance_states if isinstance(each, Member)]


# moto makes its groups by this name.
vars(models)["FakeAutoScalingGroup"] = KeptGroup


class Keeper:
    """Keeps the groups of all regions. `api`: the WSGI application that takes RunInstances."""

    def __init__(self, api: Callable[..., Any]) -> None:
        self._api = api
        self._at_work = False

    def keep(self) -> bool:
        """Does what is due now in all regions; whether that was something."""
        if self._at_work:  # its own requests end here as well
            return False
        self._at_work = True
        try:
            changed = [self._keep_region(region) for region in state.used_regions()]
            return any(changed)
        finally:
            self._at_work = False

    def _keep_region(self, region: str) -> bool:
        groups = state.groups(region)
        known = [None, *groups.values()]
        lost = [each for each in state.live_instances(state.ec2(region)) if _group_of(each) not in known]
        for instance in lost:
            _end(region, instance)
        changed = [self._keep_group(region, group) for group in groups.values()]
        return bool(lost) or any(changed)

    def _keep_group(self, region: str, group: KeptGroup) -> bool:
        before = list(group.instance_states)
        for member in group.members():
            if member.instance.state == "stopped":  # as unwell as one that is gone
                _end(region, member.instance)
        group.instance_states = [member for member in group.members() if member.instance.state == "running"]
        spare = refreshes.advance(group, functools.partial(self._drop, region, group))
        wanted = (group.desired_capacity or 0) + spare
        for member in _surplus(group)[: max(0, len(group.instance_states) - wanted)]:
            self._drop(region, group, member)
        while len(group.instance_states) < wanted and self._add(region, group):
            pass
        return before != group.instance_states

    def _drop(self, region: str, group: KeptGroup, member: Member) -> None:
        group.instance_states.remove(member)
        _end(region, member.instance)

    def _add(self, region: str, group: KeptGroup) -> bool:
        backend = state.ec2(region)
        template, version = group.template()
        used = Counter(member.instance.subnet_id for member in group.members())
        emptiest = min(subnets_of(group), key=lambda each: used[each])
        subnet = state.find_subnet(backend, emptiest)
        try:
            if subnet is None:
                raise RefusedError("InvalidSubnetID.NotFound", f"The subnet ID '{emptiest}' does not exist")
            address = state.free_address(backend, subnet)
            wanted = launch.parameters(version.data, subnet, address, group.get_propagated_tags())
            instance = launch.run(self._api, region, wanted)
        except StopIteration:
            group.problem = f"There are not enough free addresses in subnet '{emptiest}'"
            return False
        except RefusedError as refused:
            group.problem = str(refused)
            return False
        group.problem = ""
        instance.add_tags({_GROUP_TAG: group.name, _TEMPLATE_TAG: template.id, _VERSION_TAG: str(version.number)})
        group.instance_states.append(Member(group, instance, (template.id, template.name), version.number))
        return True


def subnets_of(group: KeptGroup) -> list[str]:
    """The IDs of the subnets that a group starts machines in."""
    return (group.vpc_zone_identifier or "").split(",")


def _group_of(instance: Any) -> KeptGroup | None:
    """The group that started an instance, be it there or not."""
    group: KeptGroup | None = getattr(instance, "autoscaling_group", None)
    return group


def _end(region: str, instance: Any) -> None:
    backend = state.ec2(region)
    backend.terminate_instances([instance.id])
    after.clear_instances(backend)


def _surplus(group: KeptGroup) -> list[Member]:
    """What goes first: in the zone with the most machines, those of an older template, then the oldest."""
    order: list[Member] = []
    left = [member for member in group.members() if not member.protected_from_scale_in]
    while left:
        zones = Counter(member.availability_zone for member in left)
        first = min(left, key=lambda each: (-zones[each.availability_zone], each.runs(group), each.since))
        order.append(first)
        left.remove(first)
    return order
