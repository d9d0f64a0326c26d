"""Where functions and the database meet, unseen from outside."""

import aws_cdk as cdk
from constructs import Construct

from constructs_lib import VpcAccess
from stacks import terms
from stacks.environment import Environment


class NetworkStack(cdk.Stack):
    """The network of one environment.

    Attributes:
        access: puts functions and the database into it.
    """

    def __init__(self, scope: Construct, id: str, *, environment: Environment) -> None:  # noqa: A002 - the CDK's word
        super().__init__(
            scope,
            id,
            description="Cold-start observatory: the network",
            **terms.stack(environment),
        )
        self.access = VpcAccess(
            self,
            "Access",
            flow_log_retention=terms.RETENTION[environment.log_retention_days],
            flow_log_removal_policy=terms.removal_policy(environment),
        )
