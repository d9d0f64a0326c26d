"""Functions made of images run on the local cloud without an engine, in the files of their images."""

import http.client
import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests import builds
from tests.e2e.container_application import SECRET, Deployed, deploy
from thaw_cli.local.additions import in_root
from thaw_cli.local.aws import ACCOUNT
from thaw_cli.local.cloud import Cloud

REPOSITORY = f"cdk-hnb659fds-container-assets-{ACCOUNT}-eu-north-1"
NOWHERE = "0" * 64


@pytest.fixture(scope="module")
def own_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud that knows of the images of these tests, and of no engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_CACHE", str(builds.shared_cache()))
        patch.setenv("CDK_DOCKER", "/nowhere/docker")
        with Cloud(tmp_path_factory.mktemp("cloud")) as running:
            yield running


@pytest.fixture(scope="module")
def deployed(own_cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    return deploy(own_cloud, tmp_path_factory.mktemp("project"))


def test_a_function_is_lambdas_user_in_the_task_root(deployed: Deployed) -> None:
    assert deployed.ask("process")[1:] == [993, "/var/task"]


def test_a_function_sees_the_files_of_its_image_and_no_others(deployed: Deployed) -> None:
    expected = ["dev", "etc", "lambda-entrypoint", "proc", "tmp", "usr", "var"]
    assert deployed.ask("root") == expected


def test_a_function_resolves_names_as_the_machine_does_and_has_nothing_else_of_its_etc(
    deployed: Deployed,
) -> None:
    address, of_etc = deployed.ask("names")
    assert address.startswith("127.")
    assert set(of_etc) - {"hosts", "resolv.conf"} == {"group", "passwd", "pki", "ssl"}


def test_a_function_writes_to_tmp_alone(deployed: Deployed) -> None:
    assert deployed.ask("writable") == ["/tmp/"]


def test_a_function_has_no_right_to_change_its_root(deployed: Deployed) -> None:
    assert [int(each, 16) for each in deployed.ask("capabilities")] == [0]


def test_a_function_is_kept_warm(deployed: Deployed) -> None:
    assert deployed.ask("process") == deployed.ask("process")


def test_a_function_has_the_variables_of_lambda_of_its_image_and_its_own(deployed: Deployed) -> None:
    variables = deployed.ask("variables")
    assert {name: variables[name] for name in ("SECRET", "LAMBDA_TASK_ROOT", "_HANDLER", "AWS_REGION")} == {
        "SECRET": SECRET,
        "LAMBDA_TASK_ROOT": "/var/task",
        "_HANDLER": "handler.handle",
        "AWS_REGION": "eu-north-1",
    }


def test_a_function_has_no_variable_of_the_cloud(deployed: Deployed) -> None:
    of_the_cloud = {"MINISTACK_HOST", "GATEWAY_PORT", "TMPDIR", "PWD", "LC_CTYPE", "THAW_CACHE"}
    assert not of_the_cloud & deployed.ask("variables").keys()


def test_a_url_passes_status_headers_and_cookies_on(deployed: Deployed) -> None:
    with deployed.get("/page") as answer:
        cookies = answer.headers.get_all("Set-Cookie")
        assert (answer.status, answer.headers["Content-Type"], cookies) == (203, "text/html", ["a=1", "b=2"])


def test_a_url_passes_a_body_on_as_it_is(deployed: Deployed) -> None:
    with deployed.get("/page") as answer:
        assert answer.read() == b"<p>\xff\0"


def test_a_url_passes_a_piece_on_before_there_is_a_next_one(deployed: Deployed) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        deployed.get(f"/in-pieces?port={server.getsockname()[1]}") as answer,
    ):
        assert answer.read1() == b"first"
        server.accept()[0].close()
        assert answer.read() == b"second"


def test_a_url_that_has_answered_is_ready_for_the_next_request(deployed: Deployed) -> None:
    def process() -> bytes:
        with deployed.get("/process") as answer:
            return answer.read()

    assert len({process() for _ in range(5)}) == 1


def test_a_url_breaks_off_where_the_function_does(deployed: Deployed) -> None:
    with deployed.get("/breaks-off") as answer, pytest.raises(http.client.IncompleteRead):
        answer.read()


def test_a_url_answers_what_is_not_streamed(deployed: Deployed) -> None:
    with deployed.get("/json") as answer:
        assert json.load(answer) == {"statusCode": 201}


def test_an_invocation_of_a_function_that_streams_is_answered_by_its_bytes(deployed: Deployed) -> None:
    assert deployed.invoke("bytes") == b"\xff\0"


def test_an_invocation_fails_where_the_stream_does(deployed: Deployed) -> None:
    with pytest.raises(AssertionError, match="half way"):
        deployed.invoke("breaks-off")


def test_the_registry_has_the_images_of_the_build_cache(own_cloud: Cloud, deployed: Deployed) -> None:
    uri = own_cloud.aws.client("lambda").get_function(FunctionName=deployed.name)["Code"]["ImageUri"]
    found = own_cloud.aws.client("ecr").describe_images(
        repositoryName=REPOSITORY, imageIds=[{"imageTag": uri.rpartition(":")[2]}]
    )
    assert len(found["imageDetails"]) == 1


@pytest.mark.usefixtures("deployed")
def test_the_registry_has_no_image_that_nobody_pushed(own_cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="ImageNotFoundException"):
        own_cloud.aws.client("ecr").describe_images(
            repositoryName=REPOSITORY, imageIds=[{"imageTag": NOWHERE}]
        )


@pytest.mark.usefixtures("deployed")
def test_engines_push_and_log_in_to_this_machine(own_cloud: Cloud) -> None:
    registry = own_cloud.aws.client("ecr")
    repository = registry.describe_repositories(repositoryNames=[REPOSITORY])["repositories"][0]
    login = registry.get_authorization_token()["authorizationData"][0]["proxyEndpoint"]
    assert (f"http://{repository['repositoryUri']}", login) == (
        f"{own_cloud.aws.endpoint}/{REPOSITORY}",
        own_cloud.aws.endpoint,
    )


def error_of(cloud: Cloud, image: str, **more: Any) -> dict[str, str]:
    """What a function made of an image, which cannot run, answers."""
    client = cloud.aws.client("lambda")
    client.create_function(
        FunctionName="lame",
        PackageType="Image",
        Role=f"arn:aws:iam::{ACCOUNT}:role/any",
        Code={"ImageUri": f"{ACCOUNT}.dkr.ecr.eu-north-1.amazonaws.com/{image}"},
        **more,
    )
    try:
        answer = client.invoke(FunctionName="lame")
        assert answer["FunctionError"] == "Unhandled"
        error: dict[str, str] = json.load(answer["Payload"])
        return error
    finally:
        client.delete_function(FunctionName="lame")


def test_an_image_that_is_nowhere_is_named(own_cloud: Cloud) -> None:
    error = error_of(own_cloud, f"{REPOSITORY}:{NOWHERE}")
    assert error["errorType"] == "Runtime.ImageNotFound"
    assert NOWHERE in error["errorMessage"]


def test_an_entry_that_is_not_in_the_image_is_named(own_cloud: Cloud, deployed: Deployed) -> None:
    uri = own_cloud.aws.client("lambda").get_function(FunctionName=deployed.name)["Code"]["ImageUri"]
    error = error_of(own_cloud, uri.partition("/")[2], ImageConfig={"EntryPoint": ["/nowhere"]})
    assert error["errorType"] == "Runtime.InvalidEntrypoint"
    assert "/nowhere" in error["errorMessage"]


def test_a_function_is_started_anew_with_another_image_config(own_cloud: Cloud, deployed: Deployed) -> None:
    client = own_cloud.aws.client("lambda")
    deployed.invoke("process")
    client.update_function_configuration(
        FunctionName=deployed.name, ImageConfig={"Command": ["handler.other"]}
    )
    try:
        assert json.load(client.invoke(FunctionName=deployed.name)["Payload"]) == "other"
    finally:
        client.update_function_configuration(
            FunctionName=deployed.name, ImageConfig={"Command": ["handler.handle"]}
        )


def test_a_pushed_image_without_an_engine_says_what_is_missing(own_cloud: Cloud) -> None:
    own_cloud.aws.client("ecr").create_repository(repositoryName="pushed")
    manifest = urllib.request.Request(
        f"{own_cloud.aws.endpoint}/v2/pushed/manifests/1", data=b"{}", method="PUT"
    )
    urllib.request.urlopen(manifest).close()
    error = error_of(own_cloud, "pushed:1")
    assert error["errorType"] == "Runtime.EngineUnavailable"
    assert "received: /nowhere/docker: No such file or directory; change: " in error["errorMessage"]


WITHOUT_NAMESPACES = """
import ctypes, os, pathlib, sys
user = os.getuid()
assert ctypes.CDLL(None).unshare(0x10000000) == 0
pathlib.Path("/proc/self/setgroups").write_text("deny")
pathlib.Path("/proc/self/uid_map").write_text(f"0 {user} 1")
pathlib.Path("/proc/sys/user/max_user_namespaces").write_text("0")
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_machine_without_namespaces_says_what_to_change(tmp_path: Path) -> None:
    start = [sys.executable, "-I", "-S", in_root.__file__, str(tmp_path), "512", "/", "/bin/true"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NAMESPACES, *start], check=False, capture_output=True, text=True
    )
    beginning = f"{in_root.MARK}{in_root.NO_NAMESPACES} this machine does not let its users"
    assert (done.returncode, done.stderr[: len(beginning)]) == (1, beginning)
