"""What AWS refuses and moto does not, by service and action."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tools.clouds.aws.call import Call, RefusedError
from tools.clouds.aws.checks import balancers, groups, instances, networks, roles, scaling, templates
from tools.clouds.aws.quotas import Quotas

Check = Callable[[Call, Quotas], None]
_EC2 = (groups, instances, networks, templates)
_CHECKS: Mapping[tuple[str, str], Check] = {
    **{("ec2", action): check for module in _EC2 for action, check in module.CHECKS.items()},
    **{("autoscaling", action): check for action, check in scaling.CHECKS.items()},
    **{("elasticloadbalancing", action): check for action, check in balancers.CHECKS.items()},
    **{("iam", action): check for action, check in roles.CHECKS.items()},
}


def check(call: Call, quotas: Quotas) -> None:
    """Raises RefusedError for what AWS would not take."""
    if found := _CHECKS.get((call.service, call.action)):
        found(call, quotas)


__all__ = ["RefusedError", "check"]
