"""An application with a function made of an image, deployed by the real CDK CLI, and ways to call it."""

import http.client
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from thaw_cli import cdk
from thaw_cli.local.aws import LocalAws
from thaw_cli.local.cloud import Cloud

ROOT = Path(__file__).parents[2]
SECRET = "hunter2"
HANDLER = """
import os
import socket

from thaw_runtime import streaming


def handle(event, context):
    return DO[event.get("rawPath", event.get("do"))](event)


def other(event, context):
    return "other"


def page(event):
    headers, cookies = {"content-type": "text/html"}, ["a=1", "b=2"]
    return streaming.Response([b"<p>", b"\\xff\\x00"], status=203, headers=headers, cookies=cookies)


def in_pieces(event):
    yield b"first"
    with socket.create_connection(("127.0.0.1", int(event["queryStringParameters"]["port"]))) as connection:
        connection.recv(1)
    yield b"second"


def breaks_off(event):
    yield b"first"
    raise ValueError("half way")


def writable(event):
    return [place for place in ("/", "/var/task/", "/etc/", "/tmp/") if can_write(place)]


def can_write(place):
    try:
        os.close(os.open(place + "probe", os.O_CREAT | os.O_WRONLY))
    except OSError:
        return False
    return True


DO = {
    "/page": page,
    "/in-pieces": in_pieces,
    "/breaks-off": breaks_off,
    "/process": lambda event: iter([str(os.getpid())]),
    "/json": lambda event: {"statusCode": 201},
    "variables": lambda event: dict(os.environ),
    "process": lambda event: [os.getpid(), os.getuid(), os.getcwd()],
    "root": lambda event: sorted(os.listdir("/")),
    "names": lambda event: [socket.gethostbyname("localhost"), sorted(os.listdir("/etc"))],
    "writable": writable,
    "capabilities": lambda event: [each.split()[1] for each in open("/proc/self/status") if each.startswith("CapEff")],
    "bytes": lambda event: iter([b"\\xff\\x00"]),
    "breaks-off": breaks_off,
}
"""
HANDLER_IMAGE = 'HandlerImage(source=Path("function"), handler="handler.handle", start=Start.PORTABLE)'
APP = f"""
import sys
from pathlib import Path

sys.path.insert(0, {str(ROOT)!r})

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs_lib import ContainerFunction, DockerfileImage, HandlerImage, Start

app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
stack = cdk.Stack(app, "containers")
function = ContainerFunction(
    stack,
    "Function",
    image=IMAGE,
    environment={{"SECRET": {SECRET!r}}},
)
url = function.add_function_url(
    auth_type=lambda_.FunctionUrlAuthType.NONE, invoke_mode=lambda_.InvokeMode.RESPONSE_STREAM
)
cdk.CfnOutput(stack, "Name", value=function.function_name)
cdk.CfnOutput(stack, "Url", value=url.url)
app.synth()
"""


@dataclass(frozen=True)
class Deployed:
    """The function, on a local cloud."""

    aws: LocalAws
    name: str
    url: str

    def invoke(self, do: str) -> bytes:
        """What the function answers to an Invoke; AssertionError where that is an error."""
        answer = self.aws.client("lambda").invoke(FunctionName=self.name, Payload=json.dumps({"do": do}))
        payload: bytes = answer["Payload"].read()
        assert "FunctionError" not in answer, payload
        return payload

    def ask(self, do: str) -> Any:
        """The same where the answer is JSON."""
        return json.loads(self.invoke(do))

    @contextmanager
    def get(self, path: str) -> Iterator[http.client.HTTPResponse]:
        """What the function's URL answers; its host leads nowhere, so the endpoint is asked in its name."""
        place = urlsplit(self.aws.endpoint)
        with closing(http.client.HTTPConnection(str(place.hostname), place.port)) as connection:
            connection.request("GET", path, headers={"Host": urlsplit(self.url).netloc})
            with connection.getresponse() as answer:
                yield answer


def deploy(cloud: Cloud, project: Path, image: str = HANDLER_IMAGE) -> Deployed:
    """Makes the application in a folder and deploys it.

    Args:
        cloud: where.
        project: the folder, which has nothing that the application does not need.
        image: of the function, as the application writes it.
    """
    (project / "function").mkdir()
    (project / "function" / "handler.py").write_text(HANDLER)
    (project / "app.py").write_text(APP.replace("IMAGE", image, 1))
    (project / "cdk.json").write_text(json.dumps({"app": f"{sys.executable} app.py"}))
    (project / "node_modules").symlink_to(ROOT / "node_modules")
    output = project / "cdk.out"
    outputs = cdk.deploy_local(cloud.aws, project=project, output=output, report=lambda _line: None)
    shutil.rmtree(output)
    return Deployed(cloud.aws, outputs["containers"]["Name"], outputs["containers"]["Url"])
