"""What Lambda says through the environment is read, and its absence told."""

import pytest
from thaw_runtime.settings import Settings, SettingsError


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("127.0.0.1:9001", ("127.0.0.1", 9001)),
        ("localhost:1", ("localhost", 1)),
        ("[::1]:65535", ("::1", 65535)),
        ("::1:80", ("::1", 80)),
    ],
)
def test_the_address_of_the_runtime_api_is_host_and_port(value: str, address: tuple[str, int]) -> None:
    settings = Settings({"AWS_LAMBDA_RUNTIME_API": value})
    assert (settings.api_host, settings.api_port) == address


@pytest.mark.parametrize(
    "value",
    [
        "127.0.0.1",
        ":9001",
        "host:",
        "host:0",
        "host:65536",
        "host:-1",
        "host:+1",
        "host:9_0",
        "host:٩",
        "hö:1",
        "[]:1",
    ],
)
def test_an_address_that_is_none_is_refused_in_one_line(value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings({"AWS_LAMBDA_RUNTIME_API": value})
    assert repr(value) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("environment", [{}, {"AWS_LAMBDA_RUNTIME_API": ""}])
def test_a_missing_address_is_told_with_who_sets_it(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="AWS_LAMBDA_RUNTIME_API is not set; Lambda sets it"):
        Settings(environment)


def test_the_task_root_comes_first_in_the_import_path() -> None:
    settings = Settings({"AWS_LAMBDA_RUNTIME_API": "a:1", "LAMBDA_TASK_ROOT": "/var/task"})
    assert settings.import_path[0] == "/var/task"


def test_what_lambda_did_not_set_is_none() -> None:
    settings = Settings({"AWS_LAMBDA_RUNTIME_API": "a:1"})
    assert (settings.function_name, settings.memory_limit_in_mb, settings.log_group_name) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    "name", [None, "", "AWS_Lambda_Image", "AWS_Lambda_python3.11", "AWS_Lambda_python3.x"]
)
def test_results_are_in_ascii_as_awss_runtime_writes_them(name: str | None) -> None:
    environment = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"}
    assert Settings(environment | ({} if name is None else {"AWS_EXECUTION_ENV": name})).ascii_only


@pytest.mark.parametrize("minor", [12, 13, 14, 15])
def test_results_are_in_utf_8_where_awss_runtime_writes_them_so(minor: int) -> None:
    environment = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"}
    assert not Settings(environment | {"AWS_EXECUTION_ENV": f"AWS_Lambda_python3.{minor}"}).ascii_only
