"""A function on one of Lambda's managed runtimes."""

from pathlib import Path
from typing import Unpack

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.bundling import handlers, managed_code
from constructs_lib.bundling.limits import OPERATING_SYSTEMS
from constructs_lib.bundling.managed_runtimes import ENDS, newest_of
from constructs_lib.constructors import checked
from constructs_lib.functions import props
from constructs_lib.functions.artifacts import naming, packed
from constructs_lib.functions.errors import DeprecatedRuntimeError, OsOnlyRuntimeError
from constructs_lib.functions.operations import Operations, check_operations, function_props, settle
from constructs_lib.functions.snap_start import NoProvisionedConcurrency, check_snap_start
from constructs_lib.rules import flag


@checked
class ManagedRuntimeFunction(lambda_.Function):
    """A function on a runtime that AWS keeps: Python, Node.js, Java, .NET or Ruby; the baseline to compare others with.

    The code is deployed as it is; nothing is installed or compiled. The asset's identity is that of the files' paths, modes
    and contents, so that a zip that was made anew of the same files is not deployed again.

    It is an ``aws_lambda.Function``: grants, metrics, aliases and event sources work on it. Its role can
    write its own log and send to its dead-letter queue, nothing else.

    Args:
        scope: the parent construct.
        id: the construct's id.
        code: a folder, a zip or a jar.
        handler: in the runtime's own form: ``module.function``, ``file.function``, ``package.Class::method``.
        runtime: one that is not deprecated; custom ones are for ``NativeBinaryFunction``.
        snap_start: whether versions of the function start from a snapshot that Lambda makes when they are published:
            Java from 11, Python from 3.12, .NET from 8. Invoke it by ``current_version`` or an alias then; $LATEST
            starts as without. Default: no.
        **operations: what every function of this library takes, see ``Operations``.

    Raises:
        OsOnlyRuntimeError: ``runtime`` has no interpreter.
        DeprecatedRuntimeError: ``runtime`` is at its end.
        SnapStartError: ``snap_start`` with a runtime or a prop that it does not take.
        CodeError: ``code`` is not there or cannot be unpacked. A note names this construct.
        HandlerError: ``handler`` has another form, or names a file or class that is not in ``code``, which is not checked
            where the function has layers; or a class for a newer Java.
        ConstructError: one of ``operations`` is not known or not one that Lambda takes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        code: Path,
        handler: str,
        runtime: lambda_.Runtime,
        snap_start: bool = False,
        **operations: Unpack[Operations],
    ) -> None:
        place = Place(scope, id)
        check_operations(scope, id, operations)
        props.require(place, "handler", handler, props.HANDLER)
        props.require(place, "snap_start", snap_start, flag())
        props.require(place, "runtime", runtime, props.RUNTIME)
        props.require(place, "code", code, props.PATH)
        name = asked_once.name_of(runtime)
        _check_runtime(place, name)
        if snap_start:
            check_snap_start(place, runtime, operations)
        with naming(scope, id):
            found = managed_code.look_into(id, Path(code))
            handlers.check_handler(id, found, handler, name, has_layers=bool(operations.get("layers")))
        super().__init__(
            scope,
            id,
            code=packed(
                scope,
                id,
                stand_in=found.path,
                fingerprint=found.fingerprint,
                pack=lambda: managed_code.pack(found),
            ),
            handler=handler,
            runtime=runtime,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if snap_start else None,
            **function_props(scope, id, operations),
        )
        settle(self, scope, operations)
        if snap_start:
            self.node.add_validation(NoProvisionedConcurrency(self))


def _check_runtime(place: Place, name: str) -> None:
    if name in OPERATING_SYSTEMS:
        raise OsOnlyRuntimeError(
            f"{place} asks for a runtime without an interpreter",
            received=name,
            allowed="a managed runtime: Python, Node.js, Java, .NET or Ruby",
            change="use CustomRuntimeFunction for Python, NativeBinaryFunction for an executable",
        )
    if (end := ENDS.get(name)) is not None:
        raise DeprecatedRuntimeError(
            f"{place} asks for a deprecated runtime",
            received=f"{name}, without patches since {end.deprecated}; creating functions is blocked from "
            f"{end.create_blocked}, updating them from {end.update_blocked}",
            allowed=f"a supported runtime, such as {newest_of(name)}",
            change=f"move to {newest_of(name)}",
        )
