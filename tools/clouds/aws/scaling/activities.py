"""What a group tells of machines that it could not start. moto tells nothing."""

from __future__ import annotations

from xml.sax.saxutils import escape

from tools.clouds.aws import state
from tools.clouds.aws.call import Call


def describe(call: Call) -> str:
    """The activities of a group that failed last, as members of an answer."""
    name = call["AutoScalingGroupName"]
    groups = [group for group in state.groups(call.region).values() if name in ("", group.name)]
    members = "".join(
        f"<member><ActivityId>last-of-{escape(group.name)}</ActivityId>"
        f"<AutoScalingGroupName>{escape(group.name)}</AutoScalingGroupName><Cause>An instance was started.</Cause>"
        f"<StartTime>{group.created_time}</StartTime><StatusCode>Failed</StatusCode>"
        f"<StatusMessage>{escape(group.problem)}</StatusMessage></member>"
        for group in groups
        if group.problem
    )
    return f"<Activities>{members}</Activities>"
