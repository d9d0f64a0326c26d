"""What tools are told about the AWS on this machine."""

import pytest

from thaw_cli.local.aws import ACCOUNT, LocalAws

AWS = LocalAws("http://127.0.0.1:4566")


def test_variables_that_lead_elsewhere_are_not_inherited() -> None:
    astray = {
        "AWS_PROFILE": "prod",
        "AWS_SESSION_TOKEN": "token",
        "AWS_ENDPOINT_URL_S3": "https://s3.amazonaws.com",
        "CDK_DEFAULT_ACCOUNT": "123456789012",
        "VIRTUAL_ENV": "/elsewhere",
        "PYTHONPATH": "/elsewhere",
    }

    assert not astray.keys() & AWS.environment(astray).keys()


def test_other_variables_are_inherited() -> None:
    assert AWS.environment({"HOME": "/home/ada"})["HOME"] == "/home/ada"


def test_the_credentials_are_those_of_the_local_account_even_if_real_ones_are_set() -> None:
    environment = AWS.environment({"AWS_ACCESS_KEY_ID": "AKIAREAL", "AWS_ENDPOINT_URL": "https://elsewhere"})

    assert (environment["AWS_ACCESS_KEY_ID"], environment["AWS_ENDPOINT_URL"]) == (ACCOUNT, AWS.endpoint)


def test_a_client_does_not_care_for_a_profile_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.amazonaws.com")

    client = AWS.client("s3")

    assert client.meta.endpoint_url == AWS.endpoint
    assert client._request_signer._credentials.access_key == ACCOUNT
