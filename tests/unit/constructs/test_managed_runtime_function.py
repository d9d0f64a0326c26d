"""ManagedRuntimeFunction: ready-made code on a runtime that AWS keeps."""

from pathlib import Path

import pytest

from constructs_lib import ManagedRuntimeFunction
from constructs_lib.bundling.handlers import HandlerError
from constructs_lib.bundling.managed_code import CodeError
from constructs_lib.bundling.managed_runtimes import ENDS
from constructs_lib.errors import WrongPropError
from constructs_lib.functions.errors import DeprecatedRuntimeError, OsOnlyRuntimeError, SnapStartError
from tests.synthesis import NOT_VALIDATED, new_app, resources
from tests.unit.constructs.functions_of_each_class import jar

import aws_cdk as cdk  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip

PYTHON, JAVA = lambda_.Runtime.PYTHON_3_14, lambda_.Runtime.JAVA_21
HANDLER = "handler.handle"


@pytest.fixture
def plain() -> cdk.Stack:
    """An empty stack, for what does not depend on feature flags."""
    return cdk.Stack(new_app(), "Stack")


def properties(stack: cdk.Stack) -> dict[str, object]:
    [function] = resources(stack, "AWS::Lambda::Function")
    return function


def test_a_folder_is_a_function_of_its_runtime(stack: cdk.Stack, source: Path) -> None:
    ManagedRuntimeFunction(stack, "Hello", code=source, handler=HANDLER, runtime=PYTHON)
    function = properties(stack)
    assert (function["Runtime"], function["Handler"]) == ("python3.14", HANDLER)
    assert "SnapStart" not in function


def test_a_jar_starts_from_a_snapshot_where_it_is_asked_to(stack: cdk.Stack, tmp_path: Path) -> None:
    code = jar(tmp_path / "shop.jar")
    ManagedRuntimeFunction(
        stack, "Hello", code=code, handler="shop.Handler::handle", runtime=JAVA, snap_start=True
    )
    assert properties(stack)["SnapStart"] == {"ApplyOn": "PublishedVersions"}


def test_a_jar_is_deployed_as_it_is(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path / "out"), **NOT_VALIDATED)
    code = jar(tmp_path / "shop.jar")
    ManagedRuntimeFunction(cdk.Stack(app, "Stack"), "Hello", code=code, handler="shop.Handler", runtime=JAVA)
    app.synth()
    [asset] = (tmp_path / "out").glob("asset.*.jar")
    assert asset.read_bytes() == code.read_bytes()


@pytest.mark.parametrize("runtime", [lambda_.Runtime.PROVIDED_AL2023, lambda_.Runtime.PROVIDED_AL2])
def test_a_runtime_without_an_interpreter_is_refused(
    plain: cdk.Stack, source: Path, runtime: lambda_.Runtime
) -> None:
    with pytest.raises(OsOnlyRuntimeError, match="NativeBinaryFunction"):
        ManagedRuntimeFunction(plain, "Hello", code=source, handler=HANDLER, runtime=runtime)


@pytest.mark.parametrize("name", sorted(ENDS))
def test_a_deprecated_runtime_is_refused_with_its_dates_and_the_one_to_use(
    plain: cdk.Stack, source: Path, name: str
) -> None:
    with pytest.raises(DeprecatedRuntimeError, match=rf"{name}, without patches since 20\d\d") as caught:
        ManagedRuntimeFunction(plain, "Hello", code=source, handler=HANDLER, runtime=lambda_.Runtime(name))
    assert caught.value.change.startswith("move to ")


def test_the_runtimes_of_the_cdk_that_are_not_deprecated_pass(plain: cdk.Stack, source: Path) -> None:
    for name in ("PYTHON_3_11", "PYTHON_3_12", "PYTHON_3_13", "PYTHON_3_14"):
        runtime = getattr(lambda_.Runtime, name)
        ManagedRuntimeFunction(plain, name, code=source, handler=HANDLER, runtime=runtime)
    assert len(resources(plain, "AWS::Lambda::Function")) == 4


def test_a_runtimes_name_is_refused(plain: cdk.Stack, source: Path) -> None:
    with pytest.raises(WrongPropError, match="its runtime cannot be deployed"):
        ManagedRuntimeFunction(plain, "Hello", code=source, handler=HANDLER, runtime="python3.14")  # type: ignore[arg-type]


def test_code_that_is_not_there_is_refused_with_the_construct(plain: cdk.Stack, tmp_path: Path) -> None:
    with pytest.raises(CodeError, match="does not exist") as caught:
        ManagedRuntimeFunction(plain, "Hello", code=tmp_path / "no", handler=HANDLER, runtime=PYTHON)
    assert caught.value.__notes__ == ["  construct: Stack/Hello"]
    assert plain.node.children == []


def test_a_handler_that_is_not_in_the_code_is_refused(plain: cdk.Stack, source: Path) -> None:
    with pytest.raises(HandlerError, match=r"no main\.py"):
        ManagedRuntimeFunction(plain, "Hello", code=source, handler="main.handle", runtime=PYTHON)


def test_a_handler_may_be_in_a_layer(plain: cdk.Stack, source: Path) -> None:
    layer = lambda_.LayerVersion.from_layer_version_arn(
        plain, "Tools", "arn:aws:lambda:eu-north-1:123456789012:layer:tools:1"
    )
    ManagedRuntimeFunction(plain, "Hello", code=source, handler="main.handle", runtime=PYTHON, layers=[layer])
    assert properties(plain)["Layers"] == ["arn:aws:lambda:eu-north-1:123456789012:layer:tools:1"]


@pytest.mark.parametrize(
    "runtime", [lambda_.Runtime.PYTHON_3_11, lambda_.Runtime.NODEJS_24_X, lambda_.Runtime.RUBY_3_4]
)
def test_snapstart_on_a_runtime_without_it_is_refused(
    plain: cdk.Stack, source: Path, runtime: lambda_.Runtime
) -> None:
    with pytest.raises(SnapStartError, match=r"Java from 11, Python from 3\.12"):
        ManagedRuntimeFunction(plain, "Hello", code=source, handler=HANDLER, runtime=runtime, snap_start=True)


def test_snapstart_with_more_storage_than_it_takes_is_refused(plain: cdk.Stack, source: Path) -> None:
    with pytest.raises(SnapStartError, match="received: 1,024 MB"):
        ManagedRuntimeFunction(
            plain,
            "Hello",
            code=source,
            handler=HANDLER,
            runtime=PYTHON,
            snap_start=True,
            ephemeral_storage_size=cdk.Size.gibibytes(1),
        )


def errors(stack: cdk.Stack) -> list[str]:
    with pytest.raises(RuntimeError):  # annotations end the synthesis
        cdk.App.of(stack).synth()
    nodes = [construct.node for construct in stack.node.find_all()]
    return [str(each.data) for node in nodes for each in node.metadata if each.type == "aws:cdk:error"]


def test_snapstart_beside_an_alias_with_provisioned_concurrency_is_an_error(
    plain: cdk.Stack, source: Path
) -> None:
    function = ManagedRuntimeFunction(
        plain, "Hello", code=source, handler=HANDLER, runtime=PYTHON, snap_start=True
    )
    lambda_.Alias(
        plain,
        "Live",
        alias_name="live",
        version=function.current_version,
        provisioned_concurrent_executions=1,
    )
    [error] = errors(plain)
    assert error.startswith("THAW102: Stack/Hello has SnapStart and provisioned concurrency")
    assert "Stack/Live" in error


def test_provisioned_concurrency_of_another_function_is_no_error(plain: cdk.Stack, source: Path) -> None:
    props = {"code": source, "handler": HANDLER, "runtime": PYTHON}
    ManagedRuntimeFunction(plain, "Hello", **props, snap_start=True)
    other = ManagedRuntimeFunction(plain, "Other", **props)
    other.add_alias("live", provisioned_concurrent_executions=1)
    assert len(resources(plain, "AWS::Lambda::Alias")) == 1


def test_the_same_code_is_staged_once_for_a_stack(plain: cdk.Stack, source: Path) -> None:
    for name in ("One", "Two"):
        ManagedRuntimeFunction(plain, name, code=source, handler=HANDLER, runtime=PYTHON)
    codes = [each["Code"]["S3Key"] for each in resources(plain, "AWS::Lambda::Function")]
    assert codes[0] == codes[1]
