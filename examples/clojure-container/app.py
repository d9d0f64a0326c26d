# ruff: noqa: INP001 - an application of its own, not a package
"""The same handler as three container functions: on the JVM, on GraalVM's JVM with its agent, as a native executable."""

from pathlib import Path

import aws_cdk as cdk

from constructs_lib import ContainerFunction, DockerfileImage, reported

HERE = Path(__file__).parent
# By the id of the function: its Dockerfile, and MB of memory. A JVM needs more, and so much to start in seconds.
FUNCTIONS = {
    "Jvm": ("Dockerfile-jvm", 1024),
    "Agent": ("Dockerfile-graalvm", 1024),
    "Native": ("Dockerfile-native", 256),
}


def build(app: cdk.App) -> cdk.Stack:
    """The stack with the functions."""
    stack = cdk.Stack(app, "ClojureContainer")
    for name, (file, memory_mb) in FUNCTIONS.items():
        function = ContainerFunction(
            stack,
            name,
            image=DockerfileImage(HERE, file=file, emulator=True),
            memory_size=memory_mb,
        )
        cdk.CfnOutput(stack, f"{name}Name", value=function.function_name)
    return stack


if __name__ == "__main__":
    with reported():
        app = cdk.App()
        build(app)
        app.synth()
