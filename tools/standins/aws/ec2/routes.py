"""Route tables, their routes, and which subnets they hold for."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, Final

from tools.standins import sdk
from tools.standins.aws.resource import AwsResource, given, tag_map, tag_specification
from tools.standins.core.schema import Failure

_TABLE: Final = "aws:ec2/routeTable:RouteTable"
_ROUTE: Final = "aws:ec2/route:Route"
_ASSOCIATION: Final = "aws:ec2/routeTableAssociation:RouteTableAssociation"
_MAIN: Final = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
# Input → the API's argument.
_TARGETS: Final = {
    "gatewayId": "GatewayId",
    "natGatewayId": "NatGatewayId",
    "networkInterfaceId": "NetworkInterfaceId",
}


class RouteTable(AwsResource):
    """A route table; its routes are resources of their own."""

    token = _TABLE
    kind = "EC2 Route Table"
    inputs = sdk.inputs(_TABLE, taken=("region", "routes", "tags", "vpcId"), replaces=("region", "vpcId"))
    outputs = sdk.outputs(_TABLE)
    computed = frozenset({"propagatingVgws", "region", "routes"})

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        if not inputs.get("routes"):
            return super().problems(inputs)
        return [Failure(path="routes", reason="the stand-in takes routes as resources of their own only (ec2.Route)")]

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        made = api.create_route_table(VpcId=inputs["vpcId"], **tag_specification("route-table", inputs))
        return str(made["RouteTable"]["RouteTableId"])

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        table = api.describe_route_tables(RouteTableIds=[state["id"]])["RouteTables"][0]
        return {
            "vpcId": table["VpcId"],
            "propagatingVgws": [],
            "tagsAll": tag_map(table.get("Tags")),
            "arn": self.session.arn("ec2", f"route-table/{state['id']}", state.get("region")),
            "ownerId": table["OwnerId"],
        }

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        api.delete_route_table(RouteTableId=state["id"])


class Route(AwsResource):
    """One route."""

    token = _ROUTE
    kind = "EC2 Route"
    inputs = sdk.inputs(
        _ROUTE,
        taken=("destinationCidrBlock", "region", "routeTableId", *_TARGETS),
        replaces=("destinationCidrBlock", "region", "routeTableId"),
    )
    outputs = sdk.outputs(_ROUTE)
    computed = frozenset({"networkInterfaceId", "region"})

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        targets = [name for name in _TARGETS if name in inputs]
        if len(targets) == 1:
            return super().problems(inputs)
        names = ",".join(sorted(_TARGETS))
        return [Failure(path="", reason=f'Invalid combination of arguments. "one of `{names}` must be specified"')]

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        self._put(api.create_route, inputs)
        # The official plugin's ID: a hash of the destination behind the table's.
        return f"r-{inputs['routeTableId']}{zlib.crc32(inputs['destinationCidrBlock'].encode())}"

    @staticmethod
    def _put(call: Any, inputs: Mapping[str, Any]) -> None:
        target = {argument: inputs[name] for name, argument in _TARGETS.items() if inputs.get(name)}
        destination = inputs["destinationCidrBlock"]
        call(RouteTableId=inputs["routeTableId"], DestinationCidrBlock=destination, **target)

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        table = api.describe_route_tables(RouteTableIds=[state["routeTableId"]])["RouteTables"][0]
        destination = state["destinationCidrBlock"]
        route = next((each for each in table["Routes"] if each.get("DestinationCidrBlock") == destination), None)
        if route is None:
            return None
        targets = {name: route.get(argument) or "" for name, argument in _TARGETS.items()}
        return {
            **targets,
            "routeTableId": state["routeTableId"],
            "destinationCidrBlock": destination,
            "instanceId": route.get("InstanceId") or "",
            "instanceOwnerId": route.get("InstanceOwnerId") or "",
            "origin": route.get("Origin", "CreateRoute"),
            "state": route.get("State", "active"),
        }

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        self._put(api.replace_route, inputs)

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        api.delete_route(RouteTableId=state["routeTableId"], DestinationCidrBlock=state["destinationCidrBlock"])


class RouteTableAssociation(AwsResource):
    """Makes a route table that of a subnet."""

    token = _ASSOCIATION
    kind = "EC2 Route Table Association"
    inputs = sdk.inputs(
        _ASSOCIATION,
        taken=("region", "routeTableId", "subnetId"),
        # The official plugin changes the table in place and gets a new ID for it; here it is a new resource.
        replaces=("region", "routeTableId", "subnetId"),
    )
    outputs = sdk.outputs(_ASSOCIATION)
    computed = frozenset({"region"})

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        arguments = given(inputs, RouteTableId="routeTableId", SubnetId="subnetId")
        return str(api.associate_route_table(**arguments)["AssociationId"])

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        filters = [{"Name": "association.route-table-association-id", "Values": [state["id"]]}]
        for table in api.describe_route_tables(Filters=filters)["RouteTables"]:
            for association in table["Associations"]:
                if association["RouteTableAssociationId"] == state["id"]:
                    return {"routeTableId": table["RouteTableId"], "subnetId": association.get("SubnetId")}
        return None

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        api.disassociate_route_table(AssociationId=state["id"])


class MainRouteTableAssociation(AwsResource):
    """Makes a route table that of all subnets of a network that have none of their own."""

    token = _MAIN
    kind = "EC2 Main Route Table Association"
    inputs = sdk.inputs(_MAIN, replaces=("region", "routeTableId", "vpcId"))
    outputs = sdk.outputs(_MAIN)
    computed = frozenset({"region"})

    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        main = self._main(api, inputs["vpcId"])
        return self._move(api, main["RouteTableAssociationId"], inputs["routeTableId"])

    @staticmethod
    def _move(api: Any, association: str, table: str) -> str:
        moved = api.replace_route_table_association(AssociationId=association, RouteTableId=table)
        return str(moved["NewAssociationId"])

    @staticmethod
    def _main(api: Any, vpc: str) -> Any:
        filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
        tables = api.describe_route_tables(Filters=filters)["RouteTables"]
        return next(each for table in tables for each in table["Associations"] if each["Main"])

    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        main = self._main(api, state["vpcId"])
        if main["RouteTableAssociationId"] != state["id"]:
            return None
        original = state.get("originalRouteTableId") or self._oldest(api, state["vpcId"], main["RouteTableId"])
        return {"routeTableId": main["RouteTableId"], "vpcId": state["vpcId"], "originalRouteTableId": original}

    @staticmethod
    def _oldest(api: Any, vpc: str, now: str) -> str | None:
        """The table that a VPC is born with: the one that has neither tags nor subnets."""
        tables = api.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
        spare = [each for each in tables if not each.get("Tags") and not each["Associations"]]
        return next((each["RouteTableId"] for each in spare if each["RouteTableId"] != now), None)

    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        if state.get("originalRouteTableId"):
            self._move(api, state["id"], state["originalRouteTableId"])
