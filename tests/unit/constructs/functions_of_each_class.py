"""One function of each class of the library, with the same operational props."""

import io
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import tests.synthesis  # noqa: F401 - before aws_cdk, which reads what it sets
from constructs_lib import (
    ContainerFunction,
    CustomRuntimeFunction,
    ManagedRuntimeFunction,
    NativeBinaryFunction,
)
from tests import builds, executables

from aws_cdk import aws_lambda as lambda_  # isort: skip
from constructs import Construct  # isort: skip


@cache
def _folder(name: str) -> Path:
    return builds.function(builds.shared_cache() / "sources" / name)


@cache
def dockerfile() -> Path:
    """A folder with a Dockerfile."""
    folder = builds.shared_cache() / "sources" / "image"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM public.ecr.aws/lambda/provided:al2023\n")
    return folder


def jar(path: Path) -> Path:
    """A jar with the class ``shop.Handler`` for Java 21."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("shop/Handler.class", b"\xca\xfe\xba\xbe\0\0\0\x41")
    path.write_bytes(data.getvalue())
    return path


def custom(scope: Construct, **operations: Any) -> lambda_.Function:
    return CustomRuntimeFunction(
        scope, "Hello", source=_folder("custom"), handler="handler.handle", **operations
    )


def native(scope: Construct, **operations: Any) -> lambda_.Function:
    architecture = operations.get("architecture")
    target = "aarch64" if architecture is lambda_.Architecture.ARM_64 else "x86_64"
    return NativeBinaryFunction(scope, "Hello", binary=executables.static(target), **operations)


def managed(scope: Construct, **operations: Any) -> lambda_.Function:
    return ManagedRuntimeFunction(
        scope,
        "Hello",
        code=_folder("managed"),
        handler="handler.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        **operations,
    )


def container(scope: Construct, **operations: Any) -> lambda_.Function:
    return ContainerFunction(scope, "Hello", image=dockerfile(), **operations)


Make = Callable[..., lambda_.Function]
CLASSES: list[Make] = [custom, native, managed, container]
