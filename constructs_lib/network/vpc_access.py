"""A function's way to private databases and AWS services."""

from aws_cdk import aws_ec2 as ec2
from constructs import Construct


class VpcAccess(Construct):
    """Puts functions into isolated subnets.

    Attributes:
        vpc: the network.
        subnets: where functions get their interfaces.
        security_group: of every function in it.
    """

    def __init__(self, scope: Construct, id: str) -> None:  # noqa: A002 - the CDK's word
        super().__init__(scope, id)
        isolated = ec2.SubnetConfiguration(name="Functions", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        self.vpc = ec2.Vpc(self, "Vpc", max_azs=2, nat_gateways=0, subnet_configuration=[isolated])
        self.subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        self.security_group = ec2.SecurityGroup(self, "Functions", vpc=self.vpc, allow_all_outbound=False)
