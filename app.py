"""The CDK application: the stacks of one environment, chosen by ``-c env=NAME``."""

import os

from constructs_lib import ThawChecks, reported
from constructs_lib.bundling.cache import cache_folder
from stacks.environment import Environment

# Node starts when aws_cdk is imported; that it keeps what it compiled saves it some 0.4 s, measured on 2 cores.
os.environ.setdefault("NODE_COMPILE_CACHE", str(cache_folder() / "node"))

import aws_cdk as cdk

from stacks.data import DataStack
from stacks.network import NetworkStack
from stacks.service import ServiceStack
from stacks.watching import WatchingStack


def build(app: cdk.App) -> None:
    """Add the stacks of the environment that the context names; nothing else reads the context.

    Raises:
        ThawError: the environment, or what it asks for, cannot be built.
    """
    environment = Environment.parse(app.node.try_get_context("env"), app.node.try_get_context("environments"))
    name = f"thaw-{environment.name}"
    network = (
        NetworkStack(app, f"{name}-network", environment=environment).access
        if environment.private_database
        else None
    )
    data = DataStack(app, f"{name}-data", environment=environment, network=network)
    service = ServiceStack(app, f"{name}-service", environment=environment, data=data, network=network)
    if environment.alarms:
        WatchingStack(app, f"{name}-watching", environment=environment, service=service)
    cdk.Validations.of(app).add_plugins(ThawChecks())
    cdk.Tags.of(app).add("thaw:environment", environment.name)


def main() -> None:
    """Write the cloud assembly; a mistake of the user is a message and status 1."""
    app = cdk.App()
    with reported():
        build(app)
    app.synth()


if __name__ == "__main__":
    main()
