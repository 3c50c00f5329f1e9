"""What the control plane of AWS tells the data plane."""

from __future__ import annotations

from importlib.util import find_spec
from ipaddress import IPv4Address, IPv4Network

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if find_spec("moto") is None:
    pytest.skip("requirements-clouds.txt is not installed", allow_module_level=True)

from tests.unit.aws_support import Account, Site
from tools.clouds.world import ACTIONS, Balancer, World


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def site(account: Account) -> Site:
    return Site(account)


def _world(site: Site) -> World:
    return site.account.plane.world()


def test_an_unused_account_asks_for_nothing(account: Account) -> None:
    account.ec2.describe_vpcs()  # AWS makes a default network
    assert account.plane.world() == World()


def test_an_instance_is_told_as_it_was_asked_for(site: Site) -> None:
    site.account.plane.changed.clear()
    key = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    site.account.ec2.import_key_pair(KeyName="me", PublicKeyMaterial=key)
    made = site.run(UserData="#cloud-config\nä\n", KeyName="me")
    assert site.account.plane.changed.is_set()
    (instance,) = _world(site).instances
    assert (instance.id, instance.network, instance.image) == (made["InstanceId"], site.vpc, "debian-12")
    assert (instance.address, instance.subnet) == (IPv4Address("10.80.0.20"), IPv4Network("10.80.0.0/24"))
    assert instance.public_address in IPv4Network("198.18.0.0/15")
    assert (instance.user_data, instance.ssh_keys) == ("#cloud-config\nä\n", (key.decode(),))
    assert (instance.running, instance.forwards) == (True, False)


def test_the_check_of_addresses_can_be_turned_off_and_on(site: Site) -> None:
    instance = site.run()["InstanceId"]
    site.account.ec2.modify_instance_attribute(InstanceId=instance, SourceDestCheck={"Value": False})
    assert _world(site).instances[0].forwards
    site.account.plane.act("check-source-dest", instance)
    assert not _world(site).instances[0].forwards


def test_an_address_is_public_only_where_the_subnet_leads_to_the_internet(site: Site) -> None:
    site.run()
    site.account.plane.act("delete-route", "0.0.0.0/0")
    assert _world(site).instances[0].public_address is None


def test_routes_lead_to_instances_that_run(site: Site) -> None:
    made = site.run()
    site.route("10.10.20.0/24", NetworkInterfaceId=made["NetworkInterfaces"][0]["NetworkInterfaceId"])
    hops = {str(route.destination): route.next_hop for route in _world(site).routes}
    assert hops == {"0.0.0.0/0": "internet", "10.10.20.0/24": made["InstanceId"]}
    assert {subnet for route in _world(site).routes for subnet in route.subnets} == {
        IPv4Network("10.80.0.0/24"),
        IPv4Network("10.80.1.0/24"),
    }
    site.account.plane.act("stop-instance", made["InstanceId"])
    assert [route.next_hop for route in _world(site).routes] == ["internet"]
    site.account.plane.act("start-instance", made["InstanceId"])
    assert len(_world(site).routes) == 2


def test_private_subnets_go_out_through_their_gateways_address(site: Site) -> None:
    ec2 = site.account.ec2
    address = ec2.allocate_address(Domain="vpc")
    gateway = ec2.create_nat_gateway(SubnetId=site.subnets[0], AllocationId=address["AllocationId"])["NatGateway"]
    table = ec2.create_route_table(VpcId=site.vpc)["RouteTable"]["RouteTableId"]
    subnet = ec2.create_subnet(VpcId=site.vpc, CidrBlock="10.80.5.0/24", AvailabilityZone="eu-central-1a")["Subnet"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet["SubnetId"])
    hop = {"NatGatewayId": gateway["NatGatewayId"]}
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **hop)
    (route,) = (route for route in _world(site).routes if route.next_hop == "nat")
    assert route.subnets == (IPv4Network("10.80.5.0/24"),)
    assert route.nat_address == IPv4Address(address["PublicIp"])


def test_rules_guard_the_members_of_their_group(site: Site) -> None:
    site.allow(IpProtocol="tcp", FromPort=6443, ToPort=6443, IpRanges=[{"CidrIp": "198.51.100.0/24"}])
    site.allow(IpProtocol="-1", UserIdGroupPairs=[{"GroupId": site.group}])
    site.allow(IpProtocol="4", IpRanges=[{"CidrIp": "10.80.0.0/16"}])
    assert _world(site).rules == (), "nobody is guarded yet"
    ids = tuple(site.run(address, zone)["InstanceId"] for zone, address in enumerate(("10.80.0.20", "10.80.1.20")))
    tcp, everything, ipip = _world(site).rules
    assert (tcp.protocol, tcp.ports, tcp.sources) == ("tcp", ((6443, 6443),), (IPv4Network("198.51.100.0/24"),))
    assert set(tcp.instances) == set(ids)
    assert (everything.protocol, everything.ports, set(everything.source_instances)) == ("all", (), set(ids))
    assert (ipip.protocol, ipip.ports) == ("ipip", ())
    site.account.plane.act("delete-rule", f"{site.group}:6443")
    assert len(_world(site).rules) == 2


@pytest.fixture
def balanced(site: Site) -> Site:
    """With two instances and a public balancer with a security group, which may ask them."""
    elb, ec2 = site.account.elb, site.account.ec2
    ids = [site.run(address, zone)["InstanceId"] for zone, address in enumerate(("10.80.0.20", "10.80.1.20"))]
    front = site.new_group("front")
    everybody = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "198.51.100.0/24"}]}]
    ec2.authorize_security_group_ingress(GroupId=front, IpPermissions=everybody)
    site.allow(IpProtocol="tcp", FromPort=6443, ToPort=6443, UserIdGroupPairs=[{"GroupId": front}])
    mappings = [
        {"SubnetId": subnet, "AllocationId": ec2.allocate_address(Domain="vpc")["AllocationId"]}
        for subnet in site.subnets
    ]
    made = elb.create_load_balancer(Name="api", Type="network", SecurityGroups=[front], SubnetMappings=mappings)
    check = {"HealthCheckProtocol": "HTTPS", "HealthCheckPath": "/readyz", "HealthCheckIntervalSeconds": 10}
    group = elb.create_target_group(Name="api", Protocol="TCP", Port=6443, VpcId=site.vpc, **check)["TargetGroups"][0]
    elb.create_listener(
        LoadBalancerArn=made["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="TCP",
        Port=443,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}],
    )
    elb.register_targets(TargetGroupArn=group["TargetGroupArn"], Targets=[{"Id": each} for each in ids])
    return site


def _balancers(site: Site) -> tuple[Balancer, ...]:
    return _world(site).balancers


def test_a_balancer_has_its_reserved_address_in_each_zone(balanced: Site) -> None:
    reserved = {IPv4Address(each["PublicIp"]) for each in balanced.account.ec2.describe_addresses()["Addresses"]}
    assert {balancer.address for balancer in _balancers(balanced)} == reserved
    check = _balancers(balanced)[0].check
    assert check is not None
    assert (check.protocol, check.port, check.path, check.interval) == ("https", 6443, "/readyz", 10)
    balanced.account.plane.act("break-health-check", "api")
    broken = _balancers(balanced)[0].check
    assert broken is not None
    assert broken.path != "/readyz"


def test_a_zone_keeps_to_its_own_targets_unless_the_balancer_crosses_zones(balanced: Site) -> None:
    assert [len(balancer.targets) for balancer in _balancers(balanced)] == [1, 1]
    arn = balanced.account.elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    crossing = [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]
    balanced.account.elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=crossing)
    assert [len(balancer.targets) for balancer in _balancers(balanced)] == [2, 2]


def test_a_balancers_security_group_says_who_may_connect_and_whom_it_may_ask(balanced: Site) -> None:
    assert {balancer.allowed for balancer in _balancers(balanced)} == {(IPv4Network("198.51.100.0/24"),)}
    (rule,) = _world(balanced).rules
    # In the data plane, the balancer has the first address of its target's subnet.
    assert rule.sources == (IPv4Network("10.80.0.1/32"), IPv4Network("10.80.1.1/32"))


def test_a_terminated_instance_leaves_nothing_behind(balanced: Site) -> None:
    target = _world(balanced).instances[0]
    balanced.account.plane.act("delete-instance", target.id)
    assert target.id not in {instance.id for instance in _world(balanced).instances}
    assert target.id not in {name for balancer in _balancers(balanced) for name, _ in balancer.targets}
    assert balanced.run(str(target.address), zone=0 if target.address < IPv4Address("10.80.1.0") else 1)


def test_every_action_is_offered_and_says_what_there_is(site: Site) -> None:
    for action in ACTIONS:
        with pytest.raises(ValueError, match="found nobody"):
            site.account.plane.act(action, "nobody")
    with pytest.raises(ValueError, match="expected one of stop-instance"):
        site.account.plane.act("explode", "nobody")
