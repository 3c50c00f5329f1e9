"""Checks of launch templates."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Final

from tools.clouds.aws.call import Call, RefusedError
from tools.clouds.aws.quotas import Quotas

_NAME: Final = re.compile(r"[a-zA-Z0-9().\-/_]{3,128}")
_MOST_USER_DATA: Final = 16 * 1024


def _create(call: Call, quotas: Quotas) -> None:
    if not _NAME.fullmatch(call["LaunchTemplateName"]):
        raise RefusedError(
            "InvalidLaunchTemplateName.MalformedException",
            "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the"
            " following characters: ( ) . / _ -",
        )
    _check_data(call, quotas)


def _check_data(call: Call, quotas: Quotas) -> None:
    try:
        data = base64.b64decode(call["LaunchTemplateData.UserData"], validate=True)
    except binascii.Error:
        raise RefusedError("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.") from None
    if len(data) > _MOST_USER_DATA:
        raise RefusedError("InvalidUserData.Malformed", f"User data is limited to {_MOST_USER_DATA} bytes")


CHECKS: Mapping[str, Callable[[Call, Quotas], None]] = {
    "CreateLaunchTemplate": _create,
    "CreateLaunchTemplateVersion": _check_data,
}
