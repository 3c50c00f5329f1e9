"""Auto-scaling groups."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Mapping
from typing import Any, Final

from tools.standins import sdk
from tools.standins.aws.resource import AwsResource, given, until
from tools.standins.core.cloud import AutoName
from tools.standins.core.operation import StandInError
from tools.standins.core.schema import Failure

_GROUP: Final = "aws:autoscaling/group:Group"
_DURATION: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?")
_PREFERENCES: Final = ("instanceWarmup", "maxHealthyPercentage", "minHealthyPercentage", "skipMatching")
# In percent: the official plugin's own.
_MIN_HEALTHY: Final = 90


class Group(AwsResource):
    """An auto-scaling group. Its ID is its name."""

    token = _GROUP
    kind = "Auto Scaling Group"
    service = "autoscaling"
    inputs = sdk.inputs(
        _GROUP,
        taken=(
            "defaultCooldown",
            "desiredCapacity",
            "forceDelete",
            "healthCheckGracePeriod",
            "healthCheckType",
            "ignoreFailedScalingActivities",
            "instanceRefresh",
            "launchTemplate",
            "maxSize",
            "minSize",
            "name",
            "protectFromScaleIn",
            "region",
            "tags",
            "terminationPolicies",
            "vpcZoneIdentifiers",
            "waitForCapacityTimeout",
        ),
        replaces=("name", "region"),
        defaults={
            "forceDelete": False,
            "healthCheckGracePeriod": 300,
            "ignoreFailedScalingActivities": False,
            "protectFromScaleIn": False,
            "waitForCapacityTimeout": "10m",
        },
    )
    outputs = sdk.outputs(_GROUP)
    computed = frozenset(
        {"defaultCooldown", "desiredCapacity", "healthCheckType", "name", "region", "vpcZoneIdentifiers"}
    )
    sets = frozenset({"tags", "vpcZoneIdentifiers"})
    autoname = AutoName(input="name", longest=255)

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        failures = super().problems(inputs)
        if "launchTemplate" not in inputs:
            reason = "one of `launch_configuration,launch_template,mixed_instances_policy` must be specified"
            failures.append(Failure(path="launchTemplate", reason=reason))
        wait = inputs.get("waitForCapacityTimeout")
        if isinstance(wait, str) and not _DURATION.fullmatch(wait):
            reason = f'"wait_for_capacity_timeout" cannot be parsed as a duration: {wait}'
            failures.append(Failure(path="waitForCapacityTimeout", reason=reason))
        return failures

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        name: str = inputs["name"]
        tags = {"Tags": _tags(name, inputs.get("tags") or [])} if inputs.get("tags") else {}
        api.create_auto_scaling_group(
            AutoScalingGroupName=name,
            **_sizes(inputs),
            **_settings(inputs),
            **given(inputs, DefaultCooldown="defaultCooldown", TerminationPolicies="terminationPolicies"),
            **tags,
        )
        self._wait_for_capacity(api, name, inputs)
        return name

    def _wait_for_capacity(self, api: Any, name: str, inputs: Mapping[str, Any]) -> None:
        """Waits until as many machines are in service as there should be, unless the program said not to."""
        limit = _seconds(str(inputs.get("waitForCapacityTimeout")))
        end = time.monotonic() + limit
        while limit:
            group = self._describe(api, name)
            serving = [each for each in group["Instances"] if each["LifecycleState"] == "InService"]
            if len(serving) >= group["DesiredCapacity"]:
                return
            failed = api.describe_scaling_activities(AutoScalingGroupName=name)["Activities"]
            if failed and not inputs.get("ignoreFailedScalingActivities"):
                raise StandInError(
                    f"waiting for Auto Scaling Group ({name}) capacity satisfied: scaling activity"
                    f" ({failed[0]['ActivityId']}): {failed[0]['StatusCode']}: {failed[0].get('StatusMessage', '')}"
                )
            if time.monotonic() > end:
                raise StandInError(f"waiting for Auto Scaling Group ({name}) capacity satisfied: timeout")
            time.sleep(0.5)

    @staticmethod
    def _describe(api: Any, name: str) -> Any:
        found = api.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return found[0] if found else None

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        group = self._describe(api, state["id"])
        if group is None:
            return None
        template = group.get("LaunchTemplate", {})
        names = {"id": "LaunchTemplateId", "name": "LaunchTemplateName", "version": "Version"}
        tags = [tag for tag in group.get("Tags", []) if not tag["Key"].startswith("aws:")]
        kept = ("forceDelete", "ignoreFailedScalingActivities", "instanceRefresh", "waitForCapacityTimeout")
        return {
            **{name: state.get(name) for name in kept},
            "arn": group["AutoScalingGroupARN"],
            "defaultCooldown": group["DefaultCooldown"],
            "desiredCapacity": group["DesiredCapacity"],
            "healthCheckGracePeriod": group.get("HealthCheckGracePeriod"),
            "healthCheckType": group["HealthCheckType"],
            "launchTemplate": {own: template[api] for own, api in names.items() if template.get(api)},
            "maxSize": group["MaxSize"],
            "minSize": group["MinSize"],
            "name": group["AutoScalingGroupName"],
            "predictedCapacity": 0,
            "protectFromScaleIn": group.get("NewInstancesProtectedFromScaleIn", False),
            "tags": [
                {"key": tag["Key"], "value": tag["Value"], "propagateAtLaunch": tag["PropagateAtLaunch"]}
                for tag in tags
            ] or None,
            "terminationPolicies": state.get("terminationPolicies"),
            "vpcZoneIdentifiers": sorted(group["VPCZoneIdentifier"].split(",")),
            "warmPoolSize": 0,
        }  # fmt: skip

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        name = state["id"]
        self._change_tags(api, name, state.get("tags") or [], inputs.get("tags") or [])
        desired = inputs.get("desiredCapacity")
        sizes = _sizes(inputs)
        if desired is None or desired == state.get("desiredCapacity"):
            sizes.pop("DesiredCapacity", None)
        api.update_auto_scaling_group(AutoScalingGroupName=name, **sizes, **_settings(inputs))
        if self._refreshes(state, inputs):
            self._refresh(api, name, inputs)
        if any(inputs.get(each) != state.get(each) for each in ("minSize", "desiredCapacity") if inputs.get(each)):
            self._wait_for_capacity(api, name, inputs)

    @staticmethod
    def _change_tags(api: Any, name: str, old: list[Any], new: list[Any]) -> None:
        gone = [tag for tag in old if tag["key"] not in {each["key"] for each in new}]
        if gone:
            api.delete_tags(Tags=_tags(name, gone))
        changed = [tag for tag in new if tag not in old]
        if changed:
            api.create_or_update_tags(Tags=_tags(name, changed))

    def _refreshes(self, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool:
        refresh = inputs.get("instanceRefresh")
        if not refresh:
            return False
        looked_at = {"launchTemplate": "launchTemplate", "tag": "tags"}
        triggers = {looked_at.get(each, each) for each in ("launchTemplate", *(refresh.get("triggers") or []))}
        return any(self._given(each, inputs.get(each), state) != inputs.get(each) for each in triggers)

    @staticmethod
    def _refresh(api: Any, name: str, inputs: Mapping[str, Any]) -> None:
        refresh = inputs["instanceRefresh"]
        wanted = {"minHealthyPercentage": _MIN_HEALTHY, **(refresh.get("preferences") or {})}
        preferences = {
            each[0].upper() + each[1:]: wanted[each] if each == "skipMatching" else int(wanted[each])
            for each in _PREFERENCES
            if wanted.get(each) not in (None, "")
        }
        with contextlib.suppress(api.exceptions.ActiveInstanceRefreshNotFoundFault):
            api.cancel_instance_refresh(AutoScalingGroupName=name)
        api.start_instance_refresh(AutoScalingGroupName=name, Strategy=refresh["strategy"], Preferences=preferences)

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        name, force = state["id"], bool(state.get("forceDelete"))
        if self._describe(api, name) is None:
            return
        if not force:
            api.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=0, MaxSize=0, DesiredCapacity=0)
            until(lambda: not self._describe(api, name)["Instances"], f"Auto Scaling Group ({name}) drained")
        api.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=force)
        until(lambda: self._describe(api, name) is None, f"Auto Scaling Group ({name}) to be gone")


def _sizes(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return given(inputs, MinSize="minSize", MaxSize="maxSize", DesiredCapacity="desiredCapacity")


def _settings(inputs: Mapping[str, Any]) -> dict[str, Any]:
    arguments = given(
        inputs,
        HealthCheckType="healthCheckType",
        HealthCheckGracePeriod="healthCheckGracePeriod",
        NewInstancesProtectedFromScaleIn="protectFromScaleIn",
    )
    template = inputs["launchTemplate"]
    arguments["LaunchTemplate"] = given(template, LaunchTemplateId="id", LaunchTemplateName="name", Version="version")
    if inputs.get("vpcZoneIdentifiers"):
        arguments["VPCZoneIdentifier"] = ",".join(inputs["vpcZoneIdentifiers"])
    return arguments


def _tags(name: str, tags: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "ResourceId": name,
            "ResourceType": "auto-scaling-group",
            "Key": tag["key"],
            "Value": tag["value"],
            "PropagateAtLaunch": tag["propagateAtLaunch"],
        }
        for tag in tags
    ]


def _seconds(duration: str) -> int:
    match = _DURATION.fullmatch(duration)
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    return 3600 * hours + 60 * minutes + seconds
