"""Launch templates: what an auto-scaling group makes machines of. Each change is a new version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tools.standins import sdk
from tools.standins.aws.resource import AwsResource, tag_list, tag_map, tag_specification
from tools.standins.core.cloud import AutoName
from tools.standins.core.values import UNKNOWN, plain

_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
# Input → its name in the API's LaunchTemplateData, where that is not the same with a capital letter.
_DATA: Final[Mapping[str, str]] = {
    "blockDeviceMappings": "BlockDeviceMappings",
    "creditSpecification": "CreditSpecification",
    "disableApiStop": "DisableApiStop",
    "disableApiTermination": "DisableApiTermination",
    "ebsOptimized": "EbsOptimized",
    "iamInstanceProfile": "IamInstanceProfile",
    "imageId": "ImageId",
    "instanceInitiatedShutdownBehavior": "InstanceInitiatedShutdownBehavior",
    "instanceMarketOptions": "InstanceMarketOptions",
    "instanceType": "InstanceType",
    "keyName": "KeyName",
    "metadataOptions": "MetadataOptions",
    "monitoring": "Monitoring",
    "networkInterfaces": "NetworkInterfaces",
    "tagSpecifications": "TagSpecifications",
    "userData": "UserData",
    "vpcSecurityGroupIds": "SecurityGroupIds",
}
# Properties inside of those whose names differ, and those that Pulumi has as the texts true and false.
_RENAMED: Final = {"securityGroups": "Groups"}
_TEXTS: Final = ("associatePublicIpAddress", "deleteOnTermination", "ebsOptimized", "encrypted")


class LaunchTemplate(AwsResource):
    """A launch template with its versions."""

    token = _TEMPLATE
    kind = "EC2 Launch Template"
    inputs = sdk.inputs(
        _TEMPLATE,
        taken=(*_DATA, "defaultVersion", "description", "name", "region", "tags", "updateDefaultVersion"),
        replaces=("name", "region"),
    )
    outputs = sdk.outputs(_TEMPLATE)
    computed = frozenset({"defaultVersion", "metadataOptions", "name", "region"})
    sets = frozenset({"vpcSecurityGroupIds"})
    autoname = AutoName(input="name", longest=128)

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        made = api.create_launch_template(
            LaunchTemplateName=inputs["name"],
            **_version(inputs),
            **tag_specification("launch-template", inputs),
        )
        identity: str = made["LaunchTemplate"]["LaunchTemplateId"]
        return identity

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        found = api.describe_launch_templates(LaunchTemplateIds=[state["id"]])["LaunchTemplates"]
        if not found:
            return None
        template, latest = found[0], found[0]["LatestVersionNumber"]
        versions = api.describe_launch_template_versions(LaunchTemplateId=state["id"], Versions=[str(latest)])
        version = versions["LaunchTemplateVersions"][0]
        return {
            "arn": self.session.arn("ec2", f"launch-template/{state['id']}", state.get("region")),
            "defaultVersion": template["DefaultVersionNumber"],
            "description": version.get("VersionDescription") or None,
            "latestVersion": latest,
            "name": template["LaunchTemplateName"],
            "tagsAll": tag_map(template.get("Tags")),
            "updateDefaultVersion": state.get("updateDefaultVersion"),
            **_properties(version["LaunchTemplateData"]),
        }

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        default = inputs.get("defaultVersion")
        if self._makes_version(state, inputs):
            made = api.create_launch_template_version(LaunchTemplateId=state["id"], **_version(inputs))
            if inputs.get("updateDefaultVersion"):
                default = made["LaunchTemplateVersion"]["VersionNumber"]
        if default is not None and default != state.get("defaultVersion"):
            api.modify_launch_template(LaunchTemplateId=state["id"], DefaultVersion=str(int(default)))

    def _makes_version(self, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool:
        return any(
            plain(inputs[name]) != plain(self._given(name, inputs[name], state) if name in state else None)
            if inputs.get(name) is not None
            else name not in self.computed and state.get(name) is not None
            for name in (*_DATA, "description")
        )

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        api.delete_launch_template(LaunchTemplateId=state["id"])

    def preview_update(self, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        preview = super().preview_update(state, inputs)
        if self._makes_version(state, inputs):
            preview["latestVersion"] = UNKNOWN
            if inputs.get("updateDefaultVersion"):
                preview["defaultVersion"] = UNKNOWN
        return preview


def _version(inputs: Mapping[str, Any]) -> dict[str, Any]:
    data = {api: _to_api(inputs[name], name) for name, api in _DATA.items() if inputs.get(name) is not None}
    described = {"VersionDescription": inputs["description"]} if inputs.get("description") else {}
    return {"LaunchTemplateData": data, **described}


def _properties(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _from_api(data[api], name) if data.get(api) else None for name, api in _DATA.items()}


def _to_api(value: Any, name: str = "") -> Any:
    if name in _TEXTS and isinstance(value, str):
        return value == "true"
    if name == "tags":
        return tag_list(value)
    if isinstance(value, Mapping):
        items = {key: each for key, each in value.items() if each is not None}
        return {_RENAMED.get(key, key[0].upper() + key[1:]): _to_api(each, key) for key, each in items.items()}
    if isinstance(value, list):
        return [_to_api(each) for each in value]
    return int(value) if isinstance(value, float) else value


def _from_api(value: Any, name: str = "") -> Any:
    if name in _TEXTS:
        return str(value).lower()
    if name == "tags":
        return tag_map(value)
    if isinstance(value, Mapping):
        originals = {api: own for own, api in _RENAMED.items()}
        names = {key: originals.get(key, key[0].lower() + key[1:]) for key in value}
        return {names[key]: _from_api(each, names[key]) for key, each in value.items()}
    if isinstance(value, list):
        return [_from_api(each) for each in value]
    return value
