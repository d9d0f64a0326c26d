"""A VPC without a way to the internet, made without looking anything up."""

from ipaddress import IPv4Network
from itertools import product

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.permissions import statements

DATABASES, FUNCTIONS, PUBLIC = "Databases", "Functions", "Public"

# Every group has a place for this many zones, so that none has to move when zones or NAT gateways are added.
MOST_ZONES = 3
SUBNET_PREFIX = 24


class IsolatedVpc(Construct):
    """Subnets for functions and for databases in every zone; with NAT gateways a public one as well.

    ``aws_ec2.Vpc`` asks for the account's zones, which is a call to AWS during the synthesis wherever account and
    region are known. This one takes the first zones of the region that CloudFormation finds when it deploys. It has
    no custom resource either: the default security group stays as AWS makes it, and nothing is in it.

    Args:
        scope: the parent construct.
        id: the construct's id.
        cidr: the VPC's addresses, /16 to /20.
        zones: in how many availability zones, 2 or 3.
        nat_gateways: how many, 0 for no way to the internet.

    Attributes:
        vpc: the network.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        cidr: str,
        zones: int,
        nat_gateways: int,
    ) -> None:
        super().__init__(scope, id)
        self._resource = ec2.CfnVPC(
            self, "Resource", cidr_block=cidr, enable_dns_hostnames=True, enable_dns_support=True
        )
        self._blocks = dict(
            zip(
                product((DATABASES, FUNCTIONS, PUBLIC), range(MOST_ZONES)),
                IPv4Network(cidr).subnets(new_prefix=SUBNET_PREFIX),
                strict=False,
            )
        )
        databases = [self._private(DATABASES, zone) for zone in range(zones)]
        functions = [self._private(FUNCTIONS, zone) for zone in range(zones)]
        if nat_gateways:
            self._lead_out(functions, nat_gateways)
        self.vpc = self._imported(cidr, databases, functions, isolated=not nat_gateways)
        cdk.Tags.of(self._resource).add("Name", self.node.path)

    def _private(self, group: str, zone: int) -> ec2.PrivateSubnet:
        return ec2.PrivateSubnet(
            self,
            f"{group}{zone + 1}",
            vpc_id=self._resource.ref,
            cidr_block=str(self._blocks[group, zone]),
            availability_zone=_zone(zone),
            map_public_ip_on_launch=False,
        )

    def _public(self, zone: int) -> ec2.PublicSubnet:
        return ec2.PublicSubnet(
            self,
            f"{PUBLIC}{zone + 1}",
            vpc_id=self._resource.ref,
            cidr_block=str(self._blocks[PUBLIC, zone]),
            availability_zone=_zone(zone),
            map_public_ip_on_launch=False,
        )

    def _lead_out(self, functions: list[ec2.PrivateSubnet], nat_gateways: int) -> None:
        """Zones without a gateway of their own use another zone's."""
        internet = ec2.CfnInternetGateway(self, "Internet")
        attached = ec2.CfnVPCGatewayAttachment(
            self, "InternetAttachment", vpc_id=self._resource.ref, internet_gateway_id=internet.ref
        )
        gateways = []
        for zone in range(nat_gateways):
            subnet = self._public(zone)
            subnet.add_default_internet_route(internet.ref, attached)
            gateways.append(subnet.add_nat_gateway().attr_nat_gateway_id)
        for zone, subnet_of_functions in enumerate(functions):
            subnet_of_functions.add_default_nat_route(gateways[zone % nat_gateways])

    def _imported(
        self,
        cidr: str,
        databases: list[ec2.PrivateSubnet],
        functions: list[ec2.PrivateSubnet],
        *,
        isolated: bool,
    ) -> ec2.IVpc:
        """The CDK's view of these resources."""
        kept = [(DATABASES, databases), *([(FUNCTIONS, functions)] if isolated else [])]
        led_out = [] if isolated else [(FUNCTIONS, functions)]
        return ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id=self._resource.ref,
            vpc_cidr_block=cidr,
            availability_zones=[_zone(zone) for zone in range(len(functions))],
            isolated_subnet_ids=[subnet.subnet_id for _, group in kept for subnet in group],
            isolated_subnet_names=[name for name, _ in kept],
            isolated_subnet_route_table_ids=_route_tables(kept),
            private_subnet_ids=[subnet.subnet_id for _, group in led_out for subnet in group],
            private_subnet_names=[name for name, _ in led_out],
            private_subnet_route_table_ids=_route_tables(led_out),
        )


def _zone(index: int) -> str:
    return cdk.Fn.select(index, cdk.Fn.get_azs())


def _route_tables(groups: list[tuple[str, list[ec2.PrivateSubnet]]]) -> list[str]:
    return [subnet.route_table.route_table_id for _, group in groups for subnet in group]


class FlowLogs(Construct):
    """Records who talked to whom in a VPC, what was refused included.

    Args:
        scope: the parent construct.
        id: the construct's id.
        vpc: the network.
        retention: how long the records are kept.
        removal_policy: what becomes of them when they leave the stack.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        vpc: ec2.IVpc,
        retention: logs.RetentionDays,
        removal_policy: cdk.RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        group = logs.LogGroup(self, "Logs", retention=retention, removal_policy=removal_policy)
        role = iam.Role(self, "Role", assumed_by=statements.flow_logs_service(cdk.Stack.of(self)))
        role.add_to_policy(statements.write_flow_logs(group))
        ec2.CfnFlowLog(
            self,
            "Resource",
            resource_id=vpc.vpc_id,
            resource_type="VPC",
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_group_name=group.log_group_name,
            deliver_logs_permission_arn=role.role_arn,
        ).node.add_dependency(role)
