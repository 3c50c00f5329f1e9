"""Checks of roles."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from tools.clouds.aws.call import Call, RefusedError
from tools.clouds.aws.quotas import Quotas


def _create(call: Call, quotas: Quotas) -> None:
    try:
        policy = json.loads(call["AssumeRolePolicyDocument"])
    except json.JSONDecodeError:
        policy = None
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise RefusedError("MalformedPolicyDocument", "This policy contains invalid Json")


CHECKS: Mapping[str, Callable[[Call, Quotas], None]] = {"CreateRole": _create, "UpdateAssumeRolePolicy": _create}
