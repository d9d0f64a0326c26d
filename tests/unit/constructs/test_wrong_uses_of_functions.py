"""Functions, layers and roles that are used wrongly."""

from pathlib import Path

from wrong_uses import SECONDS, World, WrongUse, assert_refused, each, wrong, wrong_at_the_end

from constructs_lib import (
    ContainerFunction,
    LogRole,
    ManagedRuntimeFunction,
    NativeBinaryFunction,
    RuntimeLayer,
)

import aws_cdk as cdk  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip
from aws_cdk import aws_logs as logs  # isort: skip

ARM64 = lambda_.Architecture.ARM_64
JAVA, NODE = lambda_.Runtime.JAVA_21, lambda_.Runtime.NODEJS_24_X
PYTHON = lambda_.Runtime.PYTHON_3_13


def native(world: World, **props: object) -> object:
    return NativeBinaryFunction(world.stack, "Thing", **props)  # type: ignore[arg-type]


def managed(world: World, **props: object) -> object:
    code = world.file("managed/index.py", "def handle(event, context): ...").parent
    sound = {"code": code, "handler": "index.handle", "runtime": PYTHON}
    return ManagedRuntimeFunction(world.stack, "Thing", **sound | props)  # type: ignore[arg-type]


def container(world: World, **props: object) -> object:
    image = world.file("image/Dockerfile", "FROM scratch").parent
    return ContainerFunction(world.stack, "Thing", **{"image": image} | props)  # type: ignore[arg-type]


def layer(world: World, **props: object) -> RuntimeLayer:
    return RuntimeLayer(world.stack, "Layer", **props)  # type: ignore[arg-type]


def six_layers(world: World) -> list[lambda_.ILayerVersion]:
    arn = "arn:aws:lambda:eu-north-1:123456789012:layer:any:"
    return [lambda_.LayerVersion.from_layer_version_arn(world.stack, f"L{n}", f"{arn}{n}") for n in range(6)]


OPERATIONS = [
    wrong("memory below the range", "THAW058", lambda w: w.custom(memory_size=127), "127", "128 to 10,240"),
    wrong(
        "memory above the range", "THAW058", lambda w: w.custom(memory_size=10_241), "10241", "128 to 10,240"
    ),
    wrong("memory as text", "THAW058", lambda w: w.custom(memory_size="512"), "'512'"),
    wrong("memory with a fraction", "THAW058", lambda w: w.custom(memory_size=512.5), "512.5"),
    wrong("no timeout", "THAW058", lambda w: w.custom(timeout=SECONDS(0)), "0", "1 to 900"),
    wrong(
        "a timeout over 15 minutes",
        "THAW058",
        lambda w: w.custom(timeout=SECONDS(901)),
        "15 minutes 1 second",
    ),
    wrong(
        "a timeout of half a second", "THAW058", lambda w: w.custom(timeout=cdk.Duration.millis(500)), "500"
    ),
    wrong("a timeout as a number", "THAW058", lambda w: w.custom(timeout=30), "30"),
    wrong(
        "too little storage",
        "THAW058",
        lambda w: w.custom(ephemeral_storage_size=cdk.Size.mebibytes(511)),
        "511",
    ),
    wrong(
        "too much storage",
        "THAW058",
        lambda w: w.custom(ephemeral_storage_size=cdk.Size.gibibytes(11)),
        "11 GiB",
    ),
    wrong(
        "a reserved variable", "THAW058", lambda w: w.custom(environment={"AWS_REGION": "mars"}), "AWS_REGION"
    ),
    wrong("a variable with a hyphen", "THAW058", lambda w: w.custom(environment={"A-B": "c"}), "A-B"),
    wrong("a variable that is a number", "THAW058", lambda w: w.custom(environment={"COUNT": 3}), "COUNT"),
    wrong("variables as a list", "THAW058", lambda w: w.custom(environment=["A=b"]), "A=b"),
    wrong("a long description", "THAW058", lambda w: w.custom(description="x" * 257), "256 characters"),
    wrong("a name with a space", "THAW058", lambda w: w.custom(function_name="my function"), "my function"),
    wrong("a long name", "THAW058", lambda w: w.custom(function_name="x" * 65), "1 to 64"),
    wrong("negative concurrency", "THAW058", lambda w: w.custom(reserved_concurrent_executions=-1), "-1"),
    wrong("three retries", "THAW058", lambda w: w.custom(retry_attempts=3), "0 to 2"),
    wrong("events of a second", "THAW058", lambda w: w.custom(max_event_age=SECONDS(1)), "60 to 21,600"),
    wrong("events of a day", "THAW058", lambda w: w.custom(max_event_age=cdk.Duration.days(1)), "1 day"),
    wrong("six layers", "THAW058", lambda w: w.custom(layers=six_layers(w)), "5 layers"),
    wrong(
        "camel case", "THAW057", lambda w: w.custom(memorySize=512), "memorySize", "did you mean memory_size?"
    ),
    wrong("a prop that the library decides", "THAW057", lambda w: w.custom(role=None, code="-"), "code"),
    wrong(
        "two places for failed events",
        "THAW051",
        lambda w: w.custom(dead_letter_queue=w.queue(), on_failure=w.queue("Other")),
        "dead_letter_queue and on_failure",
    ),
    wrong(
        "a retention of another's log group",
        "THAW051",
        lambda w: w.custom(
            log_group=logs.LogGroup(w.stack, "Logs"), log_retention=logs.RetentionDays.ONE_DAY
        ),
        "retention",
    ),
    wrong_at_the_end(
        "variables over 4 KB",
        "THAW008",
        lambda w: w.custom(environment={"BIG": "x" * 4096}),
        "BIG",
        "4,096 bytes",
    ),
]
CUSTOM = [
    wrong(
        "a runtime with an interpreter",
        "THAW050",
        lambda w: w.custom(runtime=PYTHON),
        "python3.13",
        "provided.al2023",
    ),
    wrong("a runtime as text", "THAW050", lambda w: w.custom(runtime="provided.al2023"), "provided.al2023"),
    wrong(
        "a source as text",
        "THAW058",
        lambda w: w.custom(source="functions/hello"),
        "write pathlib.Path('functions/hello')",
    ),
    wrong(
        "a source that is not there", "THAW009", lambda w: w.custom(source=w.folder / "nowhere"), "nowhere"
    ),
    wrong("a source that is a file", "THAW009", lambda w: w.custom(source=w.file("code.py")), "code.py"),
    wrong("a handler without a function", "THAW009", lambda w: w.custom(handler="handler"), "'handler'"),
    wrong("a handler in another module", "THAW009", lambda w: w.custom(handler="main.handle"), "main"),
    wrong("a handler as a function", "THAW058", lambda w: w.custom(handler=print), "built-in function print"),
    wrong(
        "requirements that are not there",
        "THAW009",
        lambda w: w.custom(requirements=Path("none.txt")),
        "none.txt",
    ),
    wrong("a module to preload as text", "THAW058", lambda w: w.custom(preload="numpy"), "write ['numpy']"),
    wrong(
        "a start that there is not",
        "THAW058",
        lambda w: w.custom(start="quick"),
        "'quick'",
        "portable, snapshot",
    ),
    wrong("a flag as text", "THAW058", lambda w: w.custom(initialize_at_build_time="no"), "'no'"),
    wrong("a layer as an ARN", "THAW058", lambda w: w.custom(runtime_layer="arn:aws:lambda"), "RuntimeLayer"),
    wrong(
        "a layer for the other architecture",
        "THAW108",
        lambda w: w.custom(runtime_layer=layer(w), architecture=ARM64),
        "arm64",
    ),
    wrong(
        "a layer and an interpreter",
        "THAW051",
        lambda w: w.custom(runtime_layer=layer(w), python=Path("/usr")),
        "python",
    ),
    wrong("two functions of one id", "THAW059", lambda w: (w.custom(), w.custom()), "already a Construct"),
]
OTHERS = [
    wrong("no binary", "THAW005", lambda w: native(w, binary=w.folder / "nothing"), "nothing"),
    wrong(
        "a binary without the executable bit",
        "THAW005",
        lambda w: native(w, binary=w.file("app", "#!/bin/sh\n")),
        "chmod +x",
    ),
    wrong(
        "a script with Windows line ends",
        "THAW005",
        lambda w: native(w, binary=w.file("app", "#!/bin/sh\r\n", 0o755)),
        "LF",
    ),
    wrong(
        "a Windows program",
        "THAW020",
        lambda w: native(w, binary=w.file("app", b"MZ\x90", 0o755)),
        "Windows program",
    ),
    wrong(
        "a jar",
        "THAW020",
        lambda w: native(w, binary=w.file("app.jar", b"PK\3\4", 0o755)),
        "ManagedRuntimeFunction",
    ),
    wrong(
        "a folder without bootstrap",
        "THAW005",
        lambda w: native(w, binary=w.file("app/main", "-").parent),
        "bootstrap",
    ),
    wrong(
        "a managed runtime for a binary",
        "THAW050",
        lambda w: native(w, binary=w.file("app"), runtime=JAVA),
        "java21",
    ),
    wrong(
        "an operating system for managed code",
        "THAW100",
        lambda w: managed(w, runtime=lambda_.Runtime.PROVIDED_AL2023),
        "provided.al2023",
    ),
    wrong(
        "a runtime at its end",
        "THAW101",
        lambda w: managed(w, runtime=lambda_.Runtime.PYTHON_3_8),
        "python3.8",
        "python3.14",
    ),
    wrong(
        "SnapStart of Node",
        "THAW102",
        lambda w: managed(w, runtime=NODE, handler="index.handle", snap_start=True),
        "nodejs24.x",
    ),
    wrong(
        "SnapStart with a large disk",
        "THAW102",
        lambda w: managed(w, snap_start=True, ephemeral_storage_size=cdk.Size.gibibytes(1)),
        "512 MB",
    ),
    wrong("code that is not there", "THAW027", lambda w: managed(w, code=w.folder / "nothing"), "nothing"),
    wrong(
        "a handler that is not in the code", "THAW028", lambda w: managed(w, handler="main.handle"), "main"
    ),
    wrong(
        "a Java handler of another form",
        "THAW028",
        lambda w: managed(w, runtime=JAVA, handler="a::b::c"),
        "a::b::c",
    ),
    wrong("no Dockerfile", "THAW103", lambda w: container(w, image=w.folder / "hello"), "Dockerfile"),
    wrong("layers of an image", "THAW104", lambda w: container(w, layers=six_layers(w)[:1]), "layers"),
    wrong("an image as a name", "THAW103", lambda w: container(w, image="python:3.13"), "python:3.13"),
    wrong(
        "a long name of a layer",
        "THAW058",
        lambda w: RuntimeLayer(w.stack, "Thing", layer_version_name="x" * 141),
        "140",
    ),
    wrong(
        "a role told twice about its log",
        "THAW051",
        lambda w: LogRole(
            w.stack, "Thing", log_group=logs.LogGroup(w.stack, "L"), retention=logs.RetentionDays.ONE_DAY
        ),
        "retention",
    ),
]


@each([*OPERATIONS, *CUSTOM, *OTHERS])
def test_a_wrong_use_is_refused(use: WrongUse, tmp_path: Path) -> None:
    assert_refused(use, tmp_path)
