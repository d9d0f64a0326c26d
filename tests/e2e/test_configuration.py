"""A deployed function reads its configuration from every layer of the cloud, and shows no secret."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from thaw_cli import cdk
from thaw_cli.local.cloud import Cloud

ROOT = Path(__file__).parents[2]
SECRET = "hunter2"
HANDLER = """
from dataclasses import dataclass

from thaw_runtime.config import Secret, load


@dataclass(frozen=True)
class Database:
    host: str
    port: int
    name: str
    password: Secret[str]


@dataclass(frozen=True)
class Settings:
    database: Database
    key: Secret[str]
    level: str = "warn"


SETTINGS = load(Settings)


def handle(event, context):
    database = SETTINGS.database
    return {
        "host": database.host,
        "port": database.port,
        "name": database.name,
        "level": SETTINGS.level,
        "length": len(database.password.reveal()) + len(SETTINGS.key.reveal()),
        "shown": repr(SETTINGS),
    }
"""
APP = f"""
import sys
from pathlib import Path

sys.path.insert(0, {str(ROOT)!r})

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager, aws_ssm as ssm
from constructs_lib import CustomRuntimeFunction, LayeredConfig

app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
stack = cdk.Stack(app, f"configured-{{app.node.get_context('env')}}")
base = Path("function/config.json")
parameter = ssm.StringParameter(stack, "Port", string_value="6543")
secret = secretsmanager.Secret.from_secret_name_v2(stack, "Password", "configured/database")
config = LayeredConfig(
    stack,
    "Config",
    base=base,
    override=Path("prod.json"),
    parameters={{"database.port": parameter, "key": "/configured/key"}},
    secrets={{"database.password": (secret, "password")}},
    schema={{"properties": {{"database": {{"required": ["host", "port", "name", "password"]}}}}, "required": ["key"]}},
)
function = CustomRuntimeFunction(
    stack,
    "Function",
    source=Path("function"),
    handler="handler.handle",
    config=config,
    environment={{"THAW_CONFIG__database__name": "of the environment"}},
    initialize_at_build_time=START,
)
cdk.CfnOutput(stack, "Name", value=function.function_name)
app.synth()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CDK project with one function, whose packaged file says something of everything."""
    folder = tmp_path_factory.mktemp("configured")
    source = folder / "function"
    source.mkdir()
    (source / "handler.py").write_text(HANDLER)
    shutil.copy(ROOT / "lambda_src" / "functions" / "alert" / "requirements.txt", source)
    packaged = {"database": {"host": "packaged", "port": 1, "name": "packaged"}, "level": "packaged"}
    (source / "config.json").write_text(json.dumps(packaged))
    (folder / "prod.json").write_text('{"database": {"host": "override"}}')
    (folder / "cdk.json").write_text(json.dumps({"app": "python3 app.py"}))
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


@pytest.fixture(scope="module")
def kept(cloud: Cloud) -> None:
    """What the configuration refers to and no stack makes."""
    cloud.aws.client("secretsmanager").create_secret(
        Name="configured/database", SecretString=json.dumps({"password": SECRET})
    )
    cloud.aws.client("ssm").put_parameter(Name="/configured/key", Value=SECRET, Type="SecureString")


@pytest.mark.parametrize("start", ["False", "True"], ids=["read at start", "asked for at build time"])
@pytest.mark.usefixtures("kept")
def test_a_function_reads_every_layer_and_shows_no_secret(cloud: Cloud, project: Path, start: str) -> None:
    (project / "app.py").write_text(APP.replace("START", start))
    outputs = cdk.deploy_local(cloud.aws, project=project, output=project / "out", report=lambda _: None)
    name = outputs["configured-local"]["Name"]
    assert invoke(cloud, name) == {
        "host": "override",
        "port": 6543,
        "name": "of the environment",
        "level": "packaged",
        "length": 2 * len(SECRET),
        "shown": "Settings(database=Database(host='override', port=6543, name='of the environment', "
        "password=Secret(hidden)), key=Secret(hidden), level='packaged')",
    }
    assert SECRET not in logged(cloud, name)


def invoke(cloud: Cloud, name: str) -> Any:
    answer = cloud.aws.client("lambda").invoke(FunctionName=name, Payload=b"{}")
    return json.load(answer["Payload"])


def logged(cloud: Cloud, name: str) -> str:
    """Everything in the function's log, of which there is something."""
    configuration = cloud.aws.client("lambda").get_function_configuration(FunctionName=name)
    events = cloud.aws.client("logs").filter_log_events(
        logGroupName=configuration["LoggingConfig"]["LogGroup"]
    )
    text = "\n".join(event["message"] for event in events["events"])
    assert "REPORT" in text
    return text
