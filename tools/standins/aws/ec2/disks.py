"""The root volumes of instances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tools.standins.aws.resource import pascal, tag_map

# Properties of rootBlockDevice that are the API's, with a capital letter.
_PROPERTIES: Final = ("deleteOnTermination", "encrypted", "iops", "kmsKeyId", "throughput", "volumeSize", "volumeType")
_CHANGEABLE: Final = {"iops": "Iops", "throughput": "Throughput", "volumeSize": "Size", "volumeType": "VolumeType"}


class Disks:
    """What an instance asks of its root volume, and what it has."""

    def __init__(self, api: Any) -> None:
        self._api = api

    def mappings(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The argument of RunInstances for the root volume; none where the program says nothing of it."""
        root = inputs.get("rootBlockDevice")
        if not root:
            return {}
        image = self._api.describe_images(ImageIds=[inputs["ami"]])["Images"][0]
        disk = pascal({name: root[name] for name in _PROPERTIES if name in root})
        return {
            "BlockDeviceMappings": [
                {"DeviceName": image["RootDeviceName"], "Ebs": {"DeleteOnTermination": True, **disk}}
            ]
        }

    def root(self, instance: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """The root volume as rootBlockDevice. `before`: for what the API does not tell of every type of volume."""
        known = before or {}
        mapping = _root_mapping(instance)
        if mapping is None:
            return None
        volume = self._api.describe_volumes(VolumeIds=[mapping["Ebs"]["VolumeId"]])["Volumes"][0]
        tags = tag_map(volume.get("Tags"))
        properties = {
            "deleteOnTermination": mapping["Ebs"].get("DeleteOnTermination", True),
            "deviceName": mapping["DeviceName"],
            "encrypted": volume.get("Encrypted", False),
            "iops": volume.get("Iops") or known.get("iops"),
            "kmsKeyId": volume.get("KmsKeyId"),
            "tags": tags or None,
            "throughput": volume.get("Throughput") or known.get("throughput"),
            "volumeId": volume["VolumeId"],
            "volumeSize": volume["Size"],
            "volumeType": volume["VolumeType"],
        }
        return {name: value for name, value in properties.items() if value is not None}

    def change_root(self, instance: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
        """Makes the root volume larger, or of another type; it goes on in the background, as AWS does it."""
        found = self.root(instance) or {}
        changes = pascal({name: wanted[name] for name in _CHANGEABLE if name in wanted})
        arguments = {_CHANGEABLE[name[0].lower() + name[1:]]: value for name, value in changes.items()}
        if any(wanted[name] != found.get(name) for name in _CHANGEABLE if name in wanted):
            self._api.modify_volume(VolumeId=found["volumeId"], **arguments)


def _root_mapping(instance: Mapping[str, Any]) -> Any:
    mappings = instance.get("BlockDeviceMappings", [])
    return next((each for each in mappings if each["DeviceName"] == instance.get("RootDeviceName")), None)
