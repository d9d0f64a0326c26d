"""A function's way to private databases and AWS services."""

from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.constructors import checked
from constructs_lib.network import subnets as subnets_
from constructs_lib.network.database_access import DatabaseRule, InlineGroup, groups_of, port_of
from constructs_lib.network.endpoints import HTTPS, Derive, Endpoints, Plan, endpoint_named
from constructs_lib.network.isolated_vpc import DATABASES, FUNCTIONS, MOST_ZONES, FlowLogs, IsolatedVpc
from constructs_lib.network.props import require, require_only_with
from constructs_lib.network.services import endpoint_of
from constructs_lib.rules import Rule, whole_number

CIDR = "10.0.0.0/16"
ZONES = 2


@checked
class VpcAccess(Construct):
    """Puts functions into private subnets, with a way to what they use and to nothing else.

    Give it to a function as ``network=``. The functions may be in other stacks than this; only they depend on it.

    Without ``vpc`` there is a new VPC with subnets for functions and for databases, no NAT and no internet gateway.
    What the functions call, as their roles allow it, gets an endpoint when the application is synthesised: free
    gateway endpoints for S3 and DynamoDB, interface endpoints with private DNS for the rest. Left out is what Lambda
    itself does, outside of the VPC: logs, traces, polling of queues and streams, dead letters and destinations; and
    KMS where another service calls it for the function. A function that calls what nothing leads to is an error.

    Args:
        scope: the parent construct.
        id: the construct's id.
        vpc: an existing VPC, imported or defined elsewhere. Default: a new one.
        subnets: where in ``vpc`` functions get their interfaces. Default: its isolated subnets, else the private ones.
        cidr: the new VPC's addresses, /16 to /20. Default: 10.0.0.0/16.
        max_azs: availability zones of the new VPC, 2 or 3. Default: 2; each costs another interface per endpoint.
        nat_gateways: a way to the internet for functions in the new VPC, 0 to ``max_azs`` gateways; functions then
            reach AWS services over it as well, and only gateway endpoints are made by themselves. Default: 0.
        make_endpoints: whether endpoints are made for what functions call. Default: yes in a new VPC without NAT; no in
            ``vpc``, which may have them: a second one with private DNS cannot be deployed.
        services: endpoints to make in any case, named as in ``com.amazonaws.REGION.NAME``: for what the roles do not
            show, such as access that a resource's policy allows. Default: none.
        reachable: services that functions reach without us, by endpoints that ``vpc`` has. Default: none.
        flow_logs: whether the new VPC's traffic is logged. Default: yes.
        flow_log_retention: how long. Default: one month.
        flow_log_removal_policy: what becomes of the log when it leaves the stack. Default: it stays.

    Attributes:
        vpc: the network.
        subnets: where functions get their interfaces.
        database_subnets: where databases are put: isolated subnets of the VPC, where it has some.
        security_group: of every function in it. It lets nobody in, and out only to port 443 and to the databases
            that are allowed.

    Raises:
        UnknownServiceError: ``services`` names something that is not an endpoint of AWS.
        UnsuitableSubnetsError: ``vpc`` has no private subnets, or ``subnets`` chooses public ones.
        NoRouteTableError: a gateway endpoint is asked for, and ``vpc`` was imported without its route tables.
        WrongNetworkPropError: a value that AWS does not take, or props of a new VPC beside ``vpc``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        vpc: ec2.IVpc | None = None,
        subnets: ec2.SubnetSelection | None = None,
        cidr: str | None = None,
        max_azs: int | None = None,
        nat_gateways: int | None = None,
        make_endpoints: bool | None = None,
        services: Sequence[str] = (),
        reachable: Sequence[str] = (),
        flow_logs: bool | None = None,
        flow_log_retention: logs.RetentionDays | None = None,
        flow_log_removal_policy: cdk.RemovalPolicy | None = None,
    ) -> None:
        path = asked_once.Place(scope, id)
        made = [endpoint_named(path, each) for each in services]
        of_a_new_vpc = {
            "cidr": cidr,
            "max_azs": max_azs,
            "nat_gateways": nat_gateways,
            "flow_logs": flow_logs,
            "flow_log_retention": flow_log_retention,
            "flow_log_removal_policy": flow_log_removal_policy,
        }
        if vpc is None:
            require_only_with(path, "without vpc", {"subnets": subnets})
            _check_new_vpc(path, cidr, max_azs, nat_gateways)
        else:
            require_only_with(path, "beside vpc", of_a_new_vpc)
        super().__init__(scope, id)
        self._cidr = (cidr or CIDR) if vpc is None else None
        if vpc is None:
            self._make(max_azs or ZONES, nat_gateways or 0)
        else:
            self._take(path, vpc, subnets)
        if vpc is None and flow_logs is not False:
            FlowLogs(
                self,
                "FlowLogs",
                vpc=self.vpc,
                retention=flow_log_retention or logs.RetentionDays.ONE_MONTH,
                removal_policy=flow_log_removal_policy or cdk.RemovalPolicy.RETAIN,
            )
        self.security_group = ec2.SecurityGroup(
            self, "Functions", vpc=self.vpc, allow_all_outbound=False, description="Lambda functions"
        )
        # Managed prefix lists have a number of their own in each region; without a route it makes no difference.
        self.security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "AWS services")
        Endpoints(
            self,
            "Endpoints",
            plan=Plan(
                path=path,
                vpc=self.vpc,
                subnets=self.subnets,
                source=ec2.Peer.ipv4(self._cidr) if self._cidr else InlineGroup(self.security_group),
                derive=_derived(make_endpoints, new=vpc is None, nat=bool(nat_gateways)),
                isolated=self._isolated,
                services=made,
                reachable=[endpoint_of(each) for each in reachable],
            ),
        )

    def allow_database(self, database: ec2.IConnectable, *, port: int | None = None) -> None:
        """Lets the functions connect to a database.

        The functions' group gets a rule to the port at any address of the VPC, the database's group one from the
        functions' group. The latter is an inline rule of the database's group where that is in this stack, or in a VPC
        of this stack; otherwise, and where the group is imported, it is a resource of this construct. So no stack comes
        to depend on this one that does not already, and this one on a database's only if the VPC is from elsewhere.

        Args:
            database: an ``aws_rds`` instance, cluster or proxy, or a security group.
            port: what it listens on. Default: what its definition says, which a security group has not.

        Raises:
            NotADatabaseError: it has no security group.
            NoDatabasePortError: the port is not known.
            WrongNetworkPropError: there is no such port.
        """
        path = asked_once.path_of(self)
        groups = groups_of(path, database)
        if port is None:
            port = port_of(path, database)
        require(path, "port", port, whole_number(1, 65_535))
        peer = ec2.Peer.ipv4(self._cidr) if self._cidr else ec2.Peer.any_ipv4()
        self.security_group.add_egress_rule(peer, ec2.Port.tcp(port), "Databases")
        rule = DatabaseRule(self, self.security_group, self.vpc)
        for group in groups:
            rule.let_in(group, port)

    def _make(self, zones: int, nat_gateways: int) -> None:
        self.vpc = IsolatedVpc(
            self, "Network", cidr=self._cidr or CIDR, zones=zones, nat_gateways=nat_gateways
        ).vpc
        self.subnets = ec2.SubnetSelection(subnet_group_name=FUNCTIONS)
        self.database_subnets = ec2.SubnetSelection(subnet_group_name=DATABASES)
        self._isolated = not nat_gateways

    def _take(self, path: object, vpc: ec2.IVpc, subnets: ec2.SubnetSelection | None) -> None:
        self.vpc = vpc
        self.subnets = subnets or subnets_.for_functions(path, vpc)
        selected = subnets_.select(path, vpc, self.subnets)
        self._isolated = subnets_.are_isolated(vpc, selected)
        self.database_subnets = subnets_.for_functions(path, vpc)


def _derived(make_endpoints: bool | None, *, new: bool, nat: bool) -> Derive:  # noqa: FBT001 - a prop as it was given
    if make_endpoints is None:
        make_endpoints = new and not nat
    if make_endpoints:
        return Derive.ALL
    return Derive.GATEWAYS if new and nat else Derive.NONE


def _check_new_vpc(path: object, cidr: object, max_azs: int | None, nat_gateways: int | None) -> None:
    if max_azs is not None:
        require(path, "max_azs", max_azs, whole_number(2, MOST_ZONES))
    if nat_gateways is not None:
        require(path, "nat_gateways", nat_gateways, whole_number(0, max_azs or ZONES))
    if cidr is not None:
        require(path, "cidr", cidr, Rule("an IPv4 network of /16 to /20 such as 10.1.0.0/16", _is_network))


def _is_network(value: object) -> bool:
    try:
        network = IPv4Network(value)
    except (AddressValueError, NetmaskValueError, ValueError, TypeError):
        return False
    return isinstance(value, str) and "/" in value and 16 <= network.prefixlen <= 20  # noqa: PLR2004 - in the rule's words
