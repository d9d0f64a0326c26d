"""Any ready-made executable as a CDK function."""

from pathlib import Path
from typing import Unpack

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.bundling import Architecture, native_binary
from constructs_lib.bundling.native_binary import NativeBinary
from constructs_lib.bundling.runtime_sources import THAW_RUNTIME
from constructs_lib.constructors import checked
from constructs_lib.functions import props
from constructs_lib.functions.artifacts import naming, packed
from constructs_lib.functions.operating_system import require_os_only, warn_of_end
from constructs_lib.functions.operations import (
    Operations,
    architecture_of,
    check_operations,
    function_props,
    settle,
)


@checked
class NativeBinaryFunction(lambda_.Function):
    """A function whose code is an executable: a GraalVM native image, Rust, Go, C, Scala Native, or a shell script.

    The executable talks to the Runtime API itself, as the runtime libraries for these languages do. It is put into the zip as
    ``bootstrap``. Whether the operating system can start it is checked while the CDK application runs; the zip
    is made only if a file or its executable bit changed.

    It is an ``aws_lambda.Function``: grants, metrics, aliases and event sources work on it. Its role can
    write its own log and send to its dead-letter queue, nothing else.

    Args:
        scope: the parent construct.
        id: the construct's id.
        binary: an executable file; or a folder that becomes the task root (/var/task) with all that is in it, and holds
            an executable ``bootstrap``. Shared libraries are found beside it and in ``lib/``.
        runtime: the operating system, ``PROVIDED_AL2023`` (glibc 2.34) or ``PROVIDED_AL2`` (glibc 2.26); the latter adds the
            warning ``thaw:provided.al2``, which carries its dates. Default: ``PROVIDED_AL2023``.
        handler: what the executable gets as ``_HANDLER``. Default: ``bootstrap``.
        **operations: what every function of this library takes, see ``Operations``.

    Raises:
        NotAnOsOnlyRuntimeError: ``runtime`` has an interpreter of its own.
        BootstrapError: the executable would not start; its subclasses say why. A note names this construct.
        UnzippedSizeError: the folder is over 250 MB.
        ConstructError: one of ``operations`` is not known or not one that Lambda takes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        binary: Path,
        runtime: lambda_.Runtime | None = None,
        handler: str = "bootstrap",
        **operations: Unpack[Operations],
    ) -> None:
        check_operations(scope, id, operations)
        props.require(Place(scope, id), "handler", handler, props.HANDLER)
        props.require(Place(scope, id), "binary", binary, props.PATH)
        runtime = runtime or asked_once.provided_al2023()
        with naming(scope, id):
            checked = native_binary.check(
                NativeBinary(
                    function=id,
                    path=Path(binary),
                    architecture=Architecture(asked_once.name_of(architecture_of(operations))),
                    system=require_os_only(Place(scope, id), runtime),
                    has_layers=bool(operations.get("layers")),
                )
            )
        super().__init__(
            scope,
            id,
            code=packed(
                scope,
                id,
                # A single file is no asset, and its folder may hold anything.
                stand_in=Path(binary) if Path(binary).is_dir() else THAW_RUNTIME,
                fingerprint=checked.fingerprint,
                pack=lambda: native_binary.pack(checked),
            ),
            handler=handler,
            runtime=runtime,
            **function_props(scope, id, operations),
        )
        settle(self, scope, operations)
        warn_of_end(self, runtime)
        for sentence in checked.unsure:
            cdk.Annotations.of(self).add_warning_v2("thaw:library", sentence)
