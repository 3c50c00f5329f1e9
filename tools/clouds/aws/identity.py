"""Who may do what: a user with all rights, and one that may only look."""

from __future__ import annotations

from typing import Final

from tools.clouds.aws.call import Call, RefusedError

ACCOUNT: Final = "123456789012"
# Made-up names of keys, for this process alone. The secrets that go with them are not looked at.
ADMINISTRATOR_KEY: Final = "AKIABOXADMINISTRATOR"
READER_KEY: Final = "AKIABOXREADER0000000"
_USERS: Final = {ADMINISTRATOR_KEY: "administrator", READER_KEY: "reader"}
_PREFIXES: Final = {"elasticloadbalancing": "elasticloadbalancing", "autoscaling": "autoscaling"}


def check(call: Call) -> None:
    """Raises RefusedError for keys that nobody has, and for what their user may not do."""
    if call.access_key not in _USERS:
        if call.service == "ec2":
            raise RefusedError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
        raise RefusedError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
    if call.access_key == ADMINISTRATOR_KEY or call.only_reads:
        return
    action = f"{_PREFIXES.get(call.service, call.service)}:{call.action}"
    reason = (
        f"User: arn:aws:iam::{ACCOUNT}:user/{_USERS[call.access_key]} is not authorized to perform: {action}"
        f" because no identity-based policy allows the {action} action"
    )
    if call.service == "ec2":
        raise RefusedError("UnauthorizedOperation", f"You are not authorized to perform this operation. {reason}", 403)
    raise RefusedError("AccessDenied", reason, 403)
