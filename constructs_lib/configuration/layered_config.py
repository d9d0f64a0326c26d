"""Configuration in layers, from what is packaged with the code to what is a secret."""

from collections.abc import Mapping  # noqa: TC003 - the helper that fills this in uses it

from aws_cdk import aws_iam as iam
from constructs import Construct


class LayeredConfig(Construct):
    """Says where a function finds its configuration.

    Attributes:
        variables: environment variables that ``thaw_runtime.config`` reads.
    """

    def __init__(self, scope: Construct, id: str) -> None:  # noqa: A002 - the CDK's word
        super().__init__(scope, id)
        self.variables: Mapping[str, str] = dict[str, str]()

    def grant_read(self, role: iam.IRole) -> None:
        """Lets ``role`` read exactly the layers of this configuration."""
