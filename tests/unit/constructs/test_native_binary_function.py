"""NativeBinaryFunction: any executable as a function."""

import zipfile
from pathlib import Path

import pytest

from constructs_lib import BundlingError, NativeBinaryFunction
from constructs_lib.bundling.checks import BootstrapError, MachineError
from constructs_lib.bundling.loading import LibraryVersionError
from constructs_lib.errors import NotAnOsOnlyRuntimeError, WrongPropError
from tests import executables
from tests.synthesis import NOT_VALIDATED, new_app, resources

import aws_cdk as cdk  # isort: skip
from aws_cdk import assertions  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip

X86_64, ARM64 = lambda_.Architecture.X86_64, lambda_.Architecture.ARM_64


@pytest.fixture
def plain() -> cdk.Stack:
    """An empty stack, for what does not depend on feature flags."""
    return cdk.Stack(new_app(), "Stack")


def properties(stack: cdk.Stack) -> dict[str, object]:
    [function] = resources(stack, "AWS::Lambda::Function")
    return function


def test_a_program_is_a_function_of_the_operating_system(stack: cdk.Stack) -> None:
    NativeBinaryFunction(stack, "Hello", binary=executables.static())
    function = properties(stack)
    assert (function["Runtime"], function["Handler"]) == ("provided.al2023", "bootstrap")
    assert function["Architectures"] == ["x86_64"]


def test_the_handler_is_what_the_program_is_told(plain: cdk.Stack) -> None:
    NativeBinaryFunction(plain, "Hello", binary=executables.static(), handler="shop.Orders::place")
    assert properties(plain)["Handler"] == "shop.Orders::place"


def test_a_program_for_arm64_is_a_function_for_arm64(plain: cdk.Stack) -> None:
    NativeBinaryFunction(plain, "Hello", binary=executables.static("aarch64"), architecture=ARM64)
    assert properties(plain)["Architectures"] == ["arm64"]


def test_a_program_for_another_processor_is_refused_with_the_construct(plain: cdk.Stack) -> None:
    with pytest.raises(MachineError) as caught:
        NativeBinaryFunction(plain, "Hello", binary=executables.static("aarch64"))
    assert caught.value.__notes__ == ["  construct: Stack/Hello"]
    assert plain.node.children == []


def test_the_operating_system_decides_which_versions_are_there(plain: cdk.Stack) -> None:
    program = executables.dynamic(needs=executables.library("libc.so.6", version="GLIBC_2.34"))
    NativeBinaryFunction(plain, "New", binary=program)
    with pytest.raises(LibraryVersionError, match=r"at most GLIBC_2\.26"):
        NativeBinaryFunction(plain, "Old", binary=program, runtime=lambda_.Runtime.PROVIDED_AL2)


def test_provided_al2_has_a_warning_with_its_dates(plain: cdk.Stack) -> None:
    NativeBinaryFunction(plain, "Hello", binary=executables.static(), runtime=lambda_.Runtime.PROVIDED_AL2)
    dates = assertions.Match.string_like_regexp("2026-07-31.*2027-02-01.*2027-03-03")
    assertions.Annotations.from_stack(plain).has_warning("/Stack/Hello", dates)


def test_what_is_doubtful_is_a_warning_that_can_be_acknowledged(plain: cdk.Stack) -> None:
    program = executables.dynamic(needs=executables.library("libcurl.so.4"))
    NativeBinaryFunction(plain, "Hello", binary=program)
    quiet = NativeBinaryFunction(plain, "Quiet", binary=program)
    cdk.Annotations.of(quiet).acknowledge_warning("thaw:library", "tried on Lambda")
    found = assertions.Annotations.from_stack(plain)
    found.has_warning("/Stack/Hello", assertions.Match.string_like_regexp(r"libcurl\.so\.4"))
    found.has_no_warning("/Stack/Quiet", assertions.Match.any_value())


@pytest.mark.parametrize(
    "runtime", [lambda_.Runtime.PYTHON_3_14, lambda_.Runtime.PROVIDED, "provided.al2023"]
)
def test_a_runtime_that_is_no_operating_system_is_refused(plain: cdk.Stack, runtime: lambda_.Runtime) -> None:
    with pytest.raises(NotAnOsOnlyRuntimeError, match=r"allowed: Runtime\.PROVIDED_AL2023"):
        NativeBinaryFunction(plain, "Hello", binary=executables.static(), runtime=runtime)


@pytest.mark.parametrize("handler", ["", "say hello", "x" * 129])
def test_a_handler_that_lambda_does_not_take_is_refused(plain: cdk.Stack, handler: str) -> None:
    with pytest.raises(WrongPropError, match="its handler cannot be deployed"):
        NativeBinaryFunction(plain, "Hello", binary=executables.static(), handler=handler)


@pytest.mark.parametrize("binary", ["", 42])
def test_what_is_no_path_is_refused(plain: cdk.Stack, binary: Path) -> None:
    with pytest.raises(WrongPropError, match="its binary cannot be deployed"):
        NativeBinaryFunction(plain, "Hello", binary=binary)


def test_a_path_may_be_text(plain: cdk.Stack) -> None:
    with pytest.raises(BootstrapError, match="no file bootstrap in nowhere"):
        NativeBinaryFunction(plain, "Hello", binary="nowhere/bootstrap")  # type: ignore[arg-type]


def test_a_change_of_the_mode_is_a_change_of_the_asset(plain: cdk.Stack, tmp_path: Path) -> None:
    """The CDK's own hash leaves modes out, and a corrected one would never be deployed."""
    folder = executables.folder_of(tmp_path, executables.static(), tool=executables.static())
    NativeBinaryFunction(plain, "Before", binary=folder)
    (folder / "tool").chmod(0o644)
    NativeBinaryFunction(plain, "After", binary=folder)
    codes = [each["Code"]["S3Key"] for each in resources(plain, "AWS::Lambda::Function")]
    assert len(set(codes)) == 2


def test_where_bundling_is_asked_for_the_zip_is_the_asset(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), **NOT_VALIDATED)
    NativeBinaryFunction(cdk.Stack(app, "Stack"), "Hello", binary=executables.static())
    app.synth()
    [archive] = tmp_path.glob("asset.*.zip")
    [entry] = zipfile.ZipFile(archive).infolist()
    assert (entry.filename, entry.external_attr >> 16 & 0o111) == ("bootstrap", 0o111)


def test_the_identity_of_the_asset_is_the_same_with_and_without_bundling(plain: cdk.Stack) -> None:
    keys = set()
    for stack in (plain, cdk.Stack(cdk.App(**NOT_VALIDATED), "Stack")):
        NativeBinaryFunction(stack, "Hello", binary=executables.static())
        [function] = resources(stack, "AWS::Lambda::Function")
        keys.add(function["Code"]["S3Key"])
    assert len(keys) == 1


def test_without_bundling_only_a_folder_is_staged(tmp_path: Path) -> None:
    """The folder of a single file may hold anything."""
    app = cdk.App(
        outdir=str(tmp_path / "out"),
        context={"aws:cdk:bundling-stacks": []},
        **NOT_VALIDATED,
    )
    (tmp_path / "secret").touch()
    program = executables.script(tmp_path / "app", executables.static().read_bytes())
    NativeBinaryFunction(cdk.Stack(app, "Stack"), "Hello", binary=program)
    app.synth()
    assert list((tmp_path / "out").rglob("secret")) == []


def test_a_damaged_folder_names_the_construct(plain: cdk.Stack, tmp_path: Path) -> None:
    (executables.folder_of(tmp_path, executables.static()) / "link").symlink_to("/etc/passwd")
    with pytest.raises(BundlingError, match="leads out of the folder") as caught:
        NativeBinaryFunction(plain, "Hello", binary=tmp_path)
    assert caught.value.__notes__ == ["  construct: Stack/Hello"]
