"""Roles of machines, and what they may do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

from tools.standins import sdk
from tools.standins.aws.resource import AwsResource, given, tag_list, tag_map
from tools.standins.core.cloud import AutoName
from tools.standins.core.resource import Difference
from tools.standins.core.schema import Failure

_ROLE: Final = "aws:iam/role:Role"
_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
_ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
_PROFILE: Final = "aws:iam/instanceProfile:InstanceProfile"


class _Identity(AwsResource):
    """What is all over AWS. `documents`: inputs that are policies, so that their layout means nothing."""

    service = "iam"
    documents: ClassVar[tuple[str, ...]] = ()

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        malformed = [
            name for name in self.documents if isinstance(inputs.get(name), str) and _json(inputs[name]) is None
        ]
        reason = "contains an invalid JSON policy"
        return [*super().problems(inputs), *(Failure(path=name, reason=f'"{name}" {reason}') for name in malformed)]

    def difference(
        self, state: Mapping[str, Any], inputs: Mapping[str, Any], given: Mapping[str, Any] | None = None
    ) -> Difference:
        difference = super().difference(state, inputs, given)
        before = given or state
        same = [name for name in self.documents if _json(before.get(name)) == _json(inputs.get(name))]
        kept = {path: change for path, change in difference.changes.items() if path not in same}
        return replace(difference, changes=kept)


def _json(document: Any) -> Any:
    try:
        return json.loads(document) if isinstance(document, str) else document
    except json.JSONDecodeError:
        return None


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


class Role(_Identity):
    """Somebody that a machine can be."""

    token = _ROLE
    kind = "IAM Role"
    inputs = sdk.inputs(
        _ROLE,
        taken=("assumeRolePolicy", "description", "forceDetachPolicies", "maxSessionDuration", "name", "path", "tags"),
        replaces=("name", "path"),
        defaults={"forceDetachPolicies": False, "maxSessionDuration": 3600, "path": "/"},
    )
    outputs = sdk.outputs(_ROLE)
    computed = frozenset({"inlinePolicies", "managedPolicyArns", "namePrefix"})
    autoname = AutoName(input="name", longest=64)
    documents = ("assumeRolePolicy",)

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        arguments = given(
            inputs, RoleName="name", Description="description", MaxSessionDuration="maxSessionDuration", Path="path"
        )
        tags = {"Tags": tag_list(inputs["tagsAll"])} if inputs.get("tagsAll") else {}
        api.create_role(AssumeRolePolicyDocument=_text(inputs["assumeRolePolicy"]), **arguments, **tags)
        return str(inputs["name"])

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        role = api.get_role(RoleName=state["id"])["Role"]
        asked, found = state.get("assumeRolePolicy"), role["AssumeRolePolicyDocument"]
        return {
            "arn": role["Arn"],
            "assumeRolePolicy": asked if _json(asked) == found else json.dumps(found),
            "createDate": str(role["CreateDate"]),
            "description": role.get("Description"),
            "maxSessionDuration": role.get("MaxSessionDuration", 3600),
            "name": role["RoleName"],
            "namePrefix": "",
            "path": role["Path"],
            "tagsAll": tag_map(role.get("Tags")),
            "uniqueId": role["RoleId"],
        }

    def retag(self, api: Any, state: Mapping[str, Any], old: Mapping[str, str], new: Mapping[str, str]) -> None:
        gone = sorted(set(old) - set(new))
        if gone:
            api.untag_role(RoleName=state["id"], TagKeys=gone)
        if new:
            api.tag_role(RoleName=state["id"], Tags=tag_list(new))

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        policy = inputs["assumeRolePolicy"]
        if _json(policy) != _json(state.get("assumeRolePolicy")):
            api.update_assume_role_policy(RoleName=state["id"], PolicyDocument=_text(policy))
        api.update_role(
            RoleName=state["id"], **given(inputs, Description="description", MaxSessionDuration="maxSessionDuration")
        )

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        # As the official plugin does.
        for profile in api.list_instance_profiles_for_role(RoleName=state["id"])["InstanceProfiles"]:
            name = profile["InstanceProfileName"]
            api.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=state["id"])
        api.delete_role(RoleName=state["id"])


class RolePolicy(_Identity):
    """A policy that belongs to a role."""

    token = _POLICY
    kind = "IAM Role Policy"
    inputs = sdk.inputs(_POLICY, taken=("name", "policy", "role"), replaces=("name", "role"))
    outputs = sdk.outputs(_POLICY)
    computed = frozenset({"namePrefix"})
    autoname = AutoName(input="name", longest=128)
    documents = ("policy",)

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        self.change(api, {}, inputs)
        return f"{inputs['role']}:{inputs['name']}"

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        role, name = state["id"].split(":")
        found = api.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        asked = state.get("policy")
        return {"name": name, "role": role, "policy": asked if _json(asked) == _json(found) else _text(found)}

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        policy = _text(inputs["policy"])
        api.put_role_policy(RoleName=inputs["role"], PolicyName=inputs["name"], PolicyDocument=policy)

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        role, name = state["id"].split(":")
        api.delete_role_policy(RoleName=role, PolicyName=name)


class RolePolicyAttachment(_Identity):
    """A policy of AWS's or of the account's, given to a role."""

    token = _ATTACHMENT
    kind = "IAM Role Policy Attachment"
    inputs = sdk.inputs(_ATTACHMENT, replaces=("policyArn", "role"))
    outputs = sdk.outputs(_ATTACHMENT)

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        api.attach_role_policy(RoleName=inputs["role"], PolicyArn=inputs["policyArn"])
        return f"{inputs['role']}/{inputs['policyArn']}"

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        role, arn = state["id"].split("/", 1)
        attached = api.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        return {"role": role, "policyArn": arn} if arn in [each["PolicyArn"] for each in attached] else None

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        role, arn = state["id"].split("/", 1)
        api.detach_role_policy(RoleName=role, PolicyArn=arn)


class InstanceProfile(_Identity):
    """What gives a role to a machine."""

    token = _PROFILE
    kind = "IAM Instance Profile"
    inputs = sdk.inputs(
        _PROFILE, taken=("name", "path", "role", "tags"), replaces=("name", "path"), defaults={"path": "/"}
    )
    outputs = sdk.outputs(_PROFILE)
    computed = frozenset({"namePrefix"})
    autoname = AutoName(input="name", longest=128)

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        tags = {"Tags": tag_list(inputs["tagsAll"])} if inputs.get("tagsAll") else {}
        api.create_instance_profile(InstanceProfileName=inputs["name"], Path=inputs["path"], **tags)
        self.change(api, {"id": inputs["name"]}, inputs)
        return str(inputs["name"])

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        profile = api.get_instance_profile(InstanceProfileName=state["id"])["InstanceProfile"]
        return {
            "arn": profile["Arn"],
            "createDate": str(profile["CreateDate"]),
            "name": profile["InstanceProfileName"],
            "namePrefix": "",
            "path": profile["Path"],
            "role": next((role["RoleName"] for role in profile["Roles"]), None),
            "tagsAll": tag_map(profile.get("Tags")),
            "uniqueId": profile["InstanceProfileId"],
        }

    def retag(self, api: Any, state: Mapping[str, Any], old: Mapping[str, str], new: Mapping[str, str]) -> None:
        gone = sorted(set(old) - set(new))
        if gone:
            api.untag_instance_profile(InstanceProfileName=state["id"], TagKeys=gone)
        if new:
            api.tag_instance_profile(InstanceProfileName=state["id"], Tags=tag_list(new))

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        if inputs.get("role") == state.get("role"):
            return
        if state.get("role"):
            api.remove_role_from_instance_profile(InstanceProfileName=state["id"], RoleName=state["role"])
        if inputs.get("role"):
            api.add_role_to_instance_profile(InstanceProfileName=state["id"], RoleName=inputs["role"])

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        found = self.find(api, state) or {}
        if found.get("role"):
            api.remove_role_from_instance_profile(InstanceProfileName=state["id"], RoleName=found["role"])
        api.delete_instance_profile(InstanceProfileName=state["id"])
