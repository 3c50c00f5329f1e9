"""Runs what a launch template describes, as the service that owns a group does: through the API, with its checks."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from html import unescape
from typing import Any, Final

from werkzeug.test import Client

from tools.clouds.aws import state
from tools.clouds.aws.call import RefusedError
from tools.clouds.aws.identity import ADMINISTRATOR_KEY

# Of a template's tags, what RunInstances takes: the others are for the template itself.
_TAGGED: Final = ("instance", "volume", "network-interface", "spot-instances-request")
_AUTHORIZATION: Final = (
    "AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/ec2/aws4_request, SignedHeaders=host, Signature=none"
)


def parameters(data: Mapping[str, Any], subnet: Any, address: str = "", tags: Mapping[str, str] | None = None) -> Any:
    """The flat parameters of RunInstances for one machine of a template's data in a subnet."""
    interface = dict((data.get("NetworkInterfaces") or [{}])[0])
    interface.setdefault("AssociatePublicIpAddress", bool(subnet.map_public_ip_on_launch))
    interface.setdefault("DeleteOnTermination", True)
    if data.get("SecurityGroupIds"):
        interface["Groups"] = data["SecurityGroupIds"]
    interface |= {"DeviceIndex": 0, "SubnetId": subnet.id}
    if address:
        interface["PrivateIpAddress"] = address
    wanted = {name: value for name, value in data.items() if name != "SecurityGroupIds" and value}
    wanted |= {"NetworkInterfaces": [interface], "MinCount": 1, "MaxCount": 1}
    wanted["TagSpecifications"] = _tag_specifications(data, tags or {})
    request: Mapping[str, Any] = _serializer().serialize_to_request(wanted, _operation())
    return {name: str(value) for name, value in request["body"].items() if name not in ("Action", "Version")}


def _tag_specifications(data: Mapping[str, Any], tags: Mapping[str, str]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, str]] = {"instance": dict(tags)}
    for specification in data.get("TagSpecifications") or []:
        own = {tag["Key"]: tag["Value"] for tag in specification["Tags"]}
        # What a template says of instances goes before what their group says.
        found[specification["ResourceType"]] = {**found.get(specification["ResourceType"], {}), **own}
    return [
        {"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in each.items()]}
        for kind, each in found.items()
        if kind in _TAGGED and each
    ]


def run(api: Any, region: str, wanted: Mapping[str, str]) -> Any:
    """The new instance; raises RefusedError with what the API says. `api`: the WSGI application."""
    authorization = _AUTHORIZATION.format(key=ADMINISTRATOR_KEY, region=region)
    body = {"Action": "RunInstances", "Version": "2016-11-15", **wanted}
    answer = Client(api).post("/", data=body, headers={"Authorization": authorization})
    text = answer.get_data(as_text=True)
    if answer.status_code != 200:
        raise RefusedError(_element("Code", text), _element("Message", text), answer.status_code)
    return state.ec2(region).get_instance(_element("instanceId", text))


def _element(name: str, text: str) -> str:
    match = re.search(f"<{name}>(.*?)</{name}>", text, re.DOTALL)
    return unescape(match[1]) if match else ""


@functools.cache
def _operation() -> Any:
    import botocore.session  # type: ignore[import-untyped]

    return botocore.session.get_session().get_service_model("ec2").operation_model("RunInstances")


@functools.cache
def _serializer() -> Any:
    from botocore.serialize import create_serializer  # type: ignore[import-untyped]

    return create_serializer("ec2", include_validation=False)
