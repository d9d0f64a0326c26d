"""The local cloud with real servers, real functions and the real CDK CLI."""

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.processes import await_condition, await_none_working_in, working_in
from thaw_cli.errors import WrongAccountError
from thaw_cli.local.aws import ACCOUNT, LocalAws
from thaw_cli.local.cloud import Cloud

ROOT = Path(__file__).parents[2]
THAW = [sys.executable, "-m", "thaw_cli"]
OWNER = """
import sys
from pathlib import Path
from thaw_cli.local.cloud import Cloud
with Cloud(Path(sys.argv[1])):
    print("up", flush=True)
    sys.stdin.read()
"""
# A function of the plainest kind: a program that speaks the Runtime API and answers with what it sees.
BOOTSTRAP = f"""#!{sys.executable}
import json, os, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
health = urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_ministack/health").status
while True:
    event = urllib.request.urlopen(api + "next")
    answer = json.dumps({{"environment": dict(os.environ), "health": health, "pid": os.getpid()}})
    path = api + event.headers["Lambda-Runtime-Aws-Request-Id"] + "/response"
    urllib.request.urlopen(urllib.request.Request(path, answer.encode(), method="POST"))
"""


def command_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


def thaw(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*THAW, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env=command_environment(),
    )


def start_owner(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=command_environment(),
    )


@pytest.fixture
def function(cloud: Cloud) -> Iterator[Callable[[], dict[str, Any]]]:
    """A deployed function; calling it invokes it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        content.writestr(entry, BOOTSTRAP)
    client = cloud.aws.client("lambda")
    client.create_function(
        FunctionName="looks-around",
        Runtime="provided.al2023",
        Role=f"arn:aws:iam::{ACCOUNT}:role/any",
        Handler="any",
        Code={"ZipFile": archive.getvalue()},
        Timeout=30,
    )
    yield lambda: dict(json.load(client.invoke(FunctionName="looks-around")["Payload"]))
    client.delete_function(FunctionName="looks-around")


def test_the_database_secret_leads_to_the_database(cloud: Cloud) -> None:
    text = cloud.aws.client("secretsmanager").get_secret_value(SecretId="thaw/database")["SecretString"]
    secret = json.loads(text)

    with psycopg.connect(
        host=secret["host"],
        port=secret["port"],
        user=secret["username"],
        password=secret["password"],
        dbname=secret["dbname"],
    ) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_webhook_can_be_set(cloud: Cloud) -> None:
    cloud.aws.set_webhook("http://127.0.0.1:9/hook")

    secret = cloud.aws.client("secretsmanager").get_secret_value(SecretId="thaw/webhook")
    assert json.loads(secret["SecretString"]) == {"url": "http://127.0.0.1:9/hook"}


def test_the_account_is_the_local_one(cloud: Cloud) -> None:
    cloud.aws.require_local_account()


def test_another_account_is_refused(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    # The account that MiniStack answers with is the access key, so another key is another account.
    monkeypatch.setattr("thaw_cli.local.aws.ACCESS_KEY", "111111111111")

    with pytest.raises(WrongAccountError, match="received: 111111111111"):
        LocalAws(cloud.aws.endpoint).require_local_account()


def test_a_function_calls_back_to_the_cloud_and_sees_nothing_of_this_process(
    function: Callable[[], dict[str, Any]], cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = function()

    assert answer["health"] == 200
    assert answer["environment"]["AWS_ENDPOINT_URL"] == cloud.aws.endpoint
    assert answer["environment"]["AWS_REGION"] == "eu-north-1"
    assert not {"HOME", "PYTHONPATH", "VIRTUAL_ENV", "AWS_PROFILE"} & answer["environment"].keys()


def test_a_function_stays_warm_between_invocations(function: Callable[[], dict[str, Any]]) -> None:
    assert function()["pid"] == function()["pid"]


def test_what_the_servers_write_lies_in_the_clouds_folder(cloud: Cloud) -> None:
    names = {path.name for path in (cloud.folder / "ministack" / "tmp").iterdir()}

    assert any(name.startswith("ministack-") and name.endswith(".pid") for name in names)


def test_two_clouds_side_by_side_do_not_see_each_other(cloud: Cloud, tmp_path: Path) -> None:
    with Cloud(tmp_path) as other:
        other.aws.client("sqs").create_queue(QueueName="only-there")

        assert not cloud.aws.client("sqs").list_queues(QueueNamePrefix="only-there").get("QueueUrls")
        assert other.postgres.port != cloud.postgres.port


def test_killing_the_owner_of_a_running_cloud_leaves_no_process(tmp_path: Path) -> None:
    with start_owner(tmp_path) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "up\n"

        owner.kill()

        await_none_working_in(tmp_path)


@pytest.mark.parametrize("processes", [1, 3, 5])
def test_killing_the_owner_while_the_cloud_starts_leaves_no_process(tmp_path: Path, processes: int) -> None:
    with start_owner(tmp_path) as owner:
        await_condition(lambda: len(working_in(tmp_path)) >= processes, f"{processes} processes of the cloud")

        owner.kill()

        await_none_working_in(tmp_path)


def test_the_next_run_starts_cleanly_where_the_last_was_killed(tmp_path: Path) -> None:
    with start_owner(tmp_path) as owner:
        await_condition(lambda: len(working_in(tmp_path)) >= 3, "it is on its way")
        owner.kill()
    await_none_working_in(tmp_path)

    with Cloud(tmp_path) as again:
        again.aws.require_local_account()


def test_the_cloud_of_the_command_line_lives_from_up_to_down(tmp_path: Path) -> None:
    first = thaw(tmp_path, "cloud", "up", "--json")
    second = thaw(tmp_path, "cloud", "up", "--json")
    status = thaw(tmp_path, "cloud", "status", "--json")
    down = thaw(tmp_path, "cloud", "down")

    assert [result.returncode for result in (first, second, status, down)] == [0, 0, 0, 0]
    assert json.loads(first.stdout)["up"] is True
    assert first.stdout == second.stdout == status.stdout
    assert working_in(tmp_path) == []


def test_a_cloud_that_lost_a_server_is_down_and_comes_up_again(tmp_path: Path) -> None:
    thaw(tmp_path, "cloud", "up")
    state = json.loads((tmp_path / ".thaw" / "cloud" / "cloud.json").read_text())
    os.kill(state["keepers"][0]["pid"], signal.SIGKILL)

    assert json.loads(thaw(tmp_path, "cloud", "status", "--json").stdout) == {"up": False}
    assert json.loads(thaw(tmp_path, "cloud", "up", "--json").stdout)["endpoint"] != state["endpoint"]
    assert thaw(tmp_path, "cloud", "down").returncode == 0
    await_none_working_in(tmp_path)


def test_a_state_file_of_garbage_does_not_keep_the_cloud_from_coming_up(tmp_path: Path) -> None:
    (tmp_path / "cloud.json").write_bytes(b'{"version": 1, "keepers": [{"pid": ')

    with Cloud(tmp_path) as cloud:
        cloud.aws.require_local_account()


def test_an_up_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    with subprocess.Popen([*THAW, "cloud", "up"], cwd=tmp_path, env=command_environment()) as up:
        await_condition(lambda: len(working_in(tmp_path / ".thaw")) >= 3, "the servers are on their way")
        up.kill()

    await_none_working_in(tmp_path / ".thaw")
