"""Instances."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from tools.standins import sdk
from tools.standins.aws.ec2.disks import Disks
from tools.standins.aws.ec2.instance_inputs import COMPUTED, INPUTS, INSTANCE
from tools.standins.aws.resource import AwsResource, changed, given, pascal, tag_list, tag_map, until
from tools.standins.core.cloud import with_replacement
from tools.standins.core.resource import Difference
from tools.standins.core.schema import Failure

# Inputs that are attributes of the same name in the API, which takes them one at a time.
_ATTRIBUTES: Final = ("disableApiStop", "disableApiTermination", "sourceDestCheck", "instanceInitiatedShutdownBehavior")


class Instance(AwsResource):
    """A machine."""

    token = INSTANCE
    kind = "EC2 Instance"
    inputs = INPUTS
    outputs = sdk.outputs(INSTANCE)
    computed = COMPUTED
    sets = frozenset({"vpcSecurityGroupIds"})

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        if "userData" in inputs and "userDataBase64" in inputs:
            return [Failure(path="userData", reason='"userData": conflicts with userDataBase64')]
        return super().problems(inputs)

    def difference(
        self, state: Mapping[str, Any], inputs: Mapping[str, Any], given: Mapping[str, Any] | None = None
    ) -> Difference:
        difference = super().difference(state, inputs, given)
        replacing = ("userData", "userDataBase64") if inputs.get("userDataReplaceOnChange") else ()
        return with_replacement(difference, replacing)

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        made = api.run_instances(
            MinCount=1,
            MaxCount=1,
            NetworkInterfaces=[self._interface(inputs)],
            **given(
                inputs,
                ImageId="ami",
                InstanceType="instanceType",
                KeyName="keyName",
                EbsOptimized="ebsOptimized",
                DisableApiTermination="disableApiTermination",
                DisableApiStop="disableApiStop",
                InstanceInitiatedShutdownBehavior="instanceInitiatedShutdownBehavior",
            ),
            **self._options(api, inputs),
            **self._tags(inputs),
        )
        instance: str = made["Instances"][0]["InstanceId"]
        self._wait(api, instance, "running")
        if inputs.get("sourceDestCheck") is False:
            api.modify_instance_attribute(InstanceId=instance, SourceDestCheck={"Value": False})
        return instance

    @staticmethod
    def _interface(inputs: Mapping[str, Any]) -> dict[str, Any]:
        arguments = given(
            inputs,
            SubnetId="subnetId",
            PrivateIpAddress="privateIp",
            AssociatePublicIpAddress="associatePublicIpAddress",
            Groups="vpcSecurityGroupIds",
        )
        return {"DeviceIndex": 0, "DeleteOnTermination": True, **arguments}

    def _options(self, api: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
        options: dict[str, Any] = {}
        data = _user_data(inputs)
        if data:
            options["UserData"] = data  # boto3 encodes it
        if inputs.get("iamInstanceProfile"):
            options["IamInstanceProfile"] = {"Name": inputs["iamInstanceProfile"]}
        if inputs.get("metadataOptions"):
            options["MetadataOptions"] = pascal(inputs["metadataOptions"])
        if inputs.get("monitoring") is not None:
            options["Monitoring"] = {"Enabled": inputs["monitoring"]}
        if inputs.get("creditSpecification"):
            options["CreditSpecification"] = pascal(inputs["creditSpecification"])
        if inputs.get("instanceMarketOptions"):
            market = inputs["instanceMarketOptions"]
            spot = {"SpotOptions": pascal(market["spotOptions"])} if market.get("spotOptions") else {}
            options["InstanceMarketOptions"] = {"MarketType": market.get("marketType", "spot"), **spot}
        return {**options, **Disks(api).mappings(inputs)}

    @staticmethod
    def _tags(inputs: Mapping[str, Any]) -> dict[str, Any]:
        volume = {**(inputs.get("volumeTags") or {}), **((inputs.get("rootBlockDevice") or {}).get("tags") or {})}
        kinds = {"instance": inputs.get("tagsAll"), "volume": volume}
        tags = [{"ResourceType": kind, "Tags": tag_list(each)} for kind, each in kinds.items() if each]
        return {"TagSpecifications": tags} if tags else {}

    @staticmethod
    def _describe(api: Any, instance: str) -> Any:
        return api.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]

    def _wait(self, api: Any, instance: str, state: str) -> None:
        until(lambda: self._describe(api, instance)["State"]["Name"] == state, f"{instance} to be {state}")

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        instance = self._describe(api, state["id"])
        if instance["State"]["Name"] in ("shutting-down", "terminated"):
            return None
        interface = instance["NetworkInterfaces"][0]
        profile = instance.get("IamInstanceProfile", {}).get("Arn", "").rsplit("/", 1)[-1]
        public = instance.get("PublicIpAddress", "")
        return {
            "ami": instance["ImageId"],
            "arn": self.session.arn("ec2", f"instance/{state['id']}", state.get("region")),
            "associatePublicIpAddress": state.get("associatePublicIpAddress", bool(public)),
            "availabilityZone": instance["Placement"]["AvailabilityZone"],
            "ebsOptimized": instance.get("EbsOptimized", False),
            "iamInstanceProfile": profile,
            "instanceState": instance["State"]["Name"],
            "instanceType": instance["InstanceType"],
            "keyName": instance.get("KeyName", ""),
            "metadataOptions": self._metadata(instance),
            "monitoring": instance.get("Monitoring", {}).get("State") in ("enabled", "pending"),
            "primaryNetworkInterfaceId": interface["NetworkInterfaceId"],
            "privateDns": instance["PrivateDnsName"],
            "privateIp": instance["PrivateIpAddress"],
            "publicDns": instance.get("PublicDnsName", ""),
            "publicIp": public,
            "rootBlockDevice": Disks(api).root(instance, state.get("rootBlockDevice")),
            "subnetId": instance["SubnetId"],
            "tagsAll": tag_map(instance.get("Tags")),
            "tenancy": instance["Placement"].get("Tenancy", "default"),
            "userData": self._current_user_data(api, state),
            "userDataBase64": state.get("userDataBase64"),
            "vpcSecurityGroupIds": sorted(group["GroupId"] for group in interface["Groups"]),
            **{name: self._attribute(api, state["id"], name) for name in _ATTRIBUTES},
        }

    @staticmethod
    def _attribute(api: Any, instance: str, name: str) -> Any:
        answer = api.describe_instance_attribute(InstanceId=instance, Attribute=name)
        value = answer[name[0].upper() + name[1:]].get("Value")
        return value.lower() == "true" if isinstance(value, str) and value.lower() in ("true", "false") else value

    @staticmethod
    def _current_user_data(api: Any, state: Mapping[str, Any]) -> str | None:
        if "userData" not in state:
            return None
        answer = api.describe_instance_attribute(InstanceId=state["id"], Attribute="userData")
        return base64.b64decode(answer.get("UserData", {}).get("Value", "")).decode()

    @staticmethod
    def _metadata(instance: Mapping[str, Any]) -> dict[str, Any]:
        found = instance.get("MetadataOptions", {})
        names = ("HttpEndpoint", "HttpProtocolIpv6", "HttpPutResponseHopLimit", "HttpTokens", "InstanceMetadataTags")
        return {name[0].lower() + name[1:]: found[name] for name in names if name in found}

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        instance = state["id"]
        for name in _ATTRIBUTES:
            if changed(state, inputs, name):
                attribute = {name[0].upper() + name[1:]: {"Value": inputs[name]}}
                api.modify_instance_attribute(InstanceId=instance, **attribute)
        groups = inputs.get("vpcSecurityGroupIds")
        if groups is not None and sorted(groups) != sorted(state.get("vpcSecurityGroupIds", [])):
            api.modify_instance_attribute(InstanceId=instance, Groups=groups)
        if changed(state, inputs, "metadataOptions"):
            api.modify_instance_metadata_options(InstanceId=instance, **pascal(inputs["metadataOptions"]))
        if changed(state, inputs, "iamInstanceProfile"):
            self._change_profile(api, instance, inputs["iamInstanceProfile"])
        if changed(state, inputs, "rootBlockDevice"):
            Disks(api).change_root(self._describe(api, instance), inputs["rootBlockDevice"])
        if changed(state, inputs, "instanceType", "userData", "userDataBase64"):
            self._change_stopped(api, state, inputs)

    def _change_stopped(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        """Changes what AWS takes from stopped instances only."""
        instance = state["id"]
        api.stop_instances(InstanceIds=[instance])
        self._wait(api, instance, "stopped")
        if changed(state, inputs, "instanceType"):
            api.modify_instance_attribute(InstanceId=instance, InstanceType={"Value": inputs["instanceType"]})
        if changed(state, inputs, "userData", "userDataBase64"):
            api.modify_instance_attribute(InstanceId=instance, UserData={"Value": _user_data(inputs).encode()})
        api.start_instances(InstanceIds=[instance])
        self._wait(api, instance, "running")

    @staticmethod
    def _change_profile(api: Any, instance: str, profile: str) -> None:
        filters = [{"Name": "instance-id", "Values": [instance]}]
        found = api.describe_iam_instance_profile_associations(Filters=filters)["IamInstanceProfileAssociations"]
        new = {"IamInstanceProfile": {"Name": profile}}
        if found:
            api.replace_iam_instance_profile_association(AssociationId=found[0]["AssociationId"], **new)
        else:
            api.associate_iam_instance_profile(InstanceId=instance, **new)

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        if state.get("forceDestroy") and state.get("disableApiTermination"):
            api.modify_instance_attribute(InstanceId=state["id"], DisableApiTermination={"Value": False})
        api.terminate_instances(InstanceIds=[state["id"]])
        self._wait(api, state["id"], "terminated")


def _user_data(inputs: Mapping[str, Any]) -> str:
    if inputs.get("userDataBase64"):
        return base64.b64decode(inputs["userDataBase64"]).decode()
    return str(inputs.get("userData") or "")
