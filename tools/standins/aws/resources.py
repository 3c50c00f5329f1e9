"""The stand-in for pulumi-aws: what it offers."""

from __future__ import annotations

from typing import Final

from tools.standins.aws.balancers import LoadBalancer
from tools.standins.aws.ec2.gateways import Eip, InternetGateway, NatGateway
from tools.standins.aws.ec2.groups import SecurityGroup, SecurityGroupEgressRule, SecurityGroupIngressRule
from tools.standins.aws.ec2.instances import Instance
from tools.standins.aws.ec2.keys import KeyPair
from tools.standins.aws.ec2.networks import Subnet, Vpc
from tools.standins.aws.ec2.routes import MainRouteTableAssociation, Route, RouteTable, RouteTableAssociation
from tools.standins.aws.ec2.templates import LaunchTemplate
from tools.standins.aws.functions import functions
from tools.standins.aws.listeners import Listener, TargetGroupAttachment
from tools.standins.aws.resource import AwsResource
from tools.standins.aws.roles import InstanceProfile, Role, RolePolicy, RolePolicyAttachment
from tools.standins.aws.scaling import Group
from tools.standins.aws.session import Session
from tools.standins.aws.target_groups import TargetGroup

_CLASSES: Final[tuple[type[AwsResource], ...]] = (
    Eip,
    Group,
    Instance,
    InstanceProfile,
    InternetGateway,
    KeyPair,
    LaunchTemplate,
    Listener,
    LoadBalancer,
    MainRouteTableAssociation,
    NatGateway,
    Role,
    RolePolicy,
    RolePolicyAttachment,
    Route,
    RouteTable,
    RouteTableAssociation,
    SecurityGroup,
    SecurityGroupEgressRule,
    SecurityGroupIngressRule,
    Subnet,
    TargetGroup,
    TargetGroupAttachment,
    Vpc,
)
CONFIGURATION: Final = Session()
RESOURCES: Final = tuple(each(CONFIGURATION) for each in _CLASSES)
FUNCTIONS: Final = functions(CONFIGURATION)
