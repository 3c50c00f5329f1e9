"""Key pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tools.standins import sdk
from tools.standins.aws.resource import AwsResource, tag_map, tag_specification
from tools.standins.core.cloud import AutoName

_KEY: Final = "aws:ec2/keyPair:KeyPair"


class KeyPair(AwsResource):
    """A public key that AWS puts on machines."""

    token = _KEY
    kind = "EC2 Key Pair"
    inputs = sdk.inputs(
        _KEY, taken=("keyName", "publicKey", "region", "tags"), replaces=("keyName", "publicKey", "region")
    )
    outputs = sdk.outputs(_KEY)
    computed = frozenset({"keyNamePrefix", "region"})
    autoname = AutoName(input="keyName", longest=255)

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        tags = tag_specification("key-pair", inputs)
        api.import_key_pair(KeyName=inputs["keyName"], PublicKeyMaterial=inputs["publicKey"].encode(), **tags)
        return str(inputs["keyName"])

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        pair = api.describe_key_pairs(KeyNames=[state["id"]])["KeyPairs"][0]
        return {
            "keyName": pair["KeyName"],
            "keyNamePrefix": "",
            "publicKey": state.get("publicKey"),
            "keyPairId": pair["KeyPairId"],
            "keyType": pair.get("KeyType"),
            "fingerprint": pair["KeyFingerprint"],
            "tagsAll": tag_map(pair.get("Tags")),
            "arn": self.session.arn("ec2", f"key-pair/{pair['KeyName']}", state.get("region")),
        }

    def retag(self, api: Any, state: Mapping[str, Any], old: Mapping[str, str], new: Mapping[str, str]) -> None:
        super().retag(api, {"id": state["keyPairId"]}, old, new)

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        api.delete_key_pair(KeyName=state["id"])
