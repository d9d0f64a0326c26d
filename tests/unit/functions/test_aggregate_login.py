"""How aggregate and admit log in: what they say, and whom they believe."""

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import psycopg
import pytest
from task_root import TaskRoot
from tls_front import CERTIFICATES, HOST, TlsFront

from thaw_cli.local.cloud import Cloud

module = TaskRoot("aggregate").login
FIELDS = {"host": HOST, "port": 5432, "username": "u", "password": "p", "dbname": "d"}
SERVER = {"DATABASE_HOST": HOST, "DATABASE_PORT": "15432", "DATABASE_NAME": "app"}
IAM = {"DATABASE_AUTHENTICATION": "iam", "DATABASE_USER": "aggregate", **SERVER}


def client(service: str) -> Any:
    """A client that signs, and that nothing needs to answer."""
    return boto3.client(
        service, region_name="eu-north-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret"
    )


class Secrets:
    """Secrets Manager with one secret."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 - the API's name
        return {"SecretString": self._text, "Name": SecretId}


@pytest.fixture
def front(cloud: Cloud) -> Iterator[TlsFront]:
    with TlsFront(cloud.postgres.port) as front:
        yield front


@pytest.fixture
def over_tls(cloud: Cloud, front: TlsFront) -> dict[str, Any]:
    """The database by the name that its certificate has, at the address where it is."""
    fields = json.loads(cloud.postgres.connection.secret()) | {"host": HOST, "port": front.port}
    return module.parameters(fields) | {"hostaddr": "127.0.0.1"}


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLROOTCERT", str(CERTIFICATES / "authority.pem"))


@pytest.mark.usefixtures("trusted")
def test_a_server_with_a_certificate_of_a_trusted_authority_is_believed(over_tls: dict[str, Any]) -> None:
    with psycopg.connect(**over_tls) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_a_server_of_an_authority_that_is_not_amazons_is_not_believed(over_tls: dict[str, Any]) -> None:
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        psycopg.connect(**over_tls)


@pytest.mark.usefixtures("trusted")
def test_a_server_of_another_name_is_not_believed(over_tls: dict[str, Any]) -> None:
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        psycopg.connect(**over_tls | {"host": "other.example.com"})


@pytest.mark.parametrize(("host", "mode"), [("127.0.0.1", "prefer"), (HOST, "verify-full")])
def test_servers_on_other_machines_have_to_prove_who_they_are(host: str, mode: str) -> None:
    assert module.parameters(FIELDS | {"host": host})["sslmode"] == mode


def authorities() -> list[Any]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(module.AUTHORITIES)
    return context.get_ca_certs()


def test_the_authorities_are_those_of_amazon_and_good_for_years() -> None:
    years = {authority["notAfter"].split()[3] for authority in authorities()}
    assert years == {"2037", "2038", "2040", "2061", "2062", "2121", "2122"}


@pytest.mark.parametrize("region", ["eu-north-1", "us-east-1", "ap-southeast-4", "me-central-1"])
@pytest.mark.parametrize("algorithm", ["RSA2048 G1", "RSA4096 G1", "ECC384 G1"])
def test_each_region_has_an_authority_for_each_algorithm(region: str, algorithm: str) -> None:
    names = {value for each in authorities() for [(kind, value)] in each["subject"] if kind == "commonName"}
    assert f"Amazon RDS {region} Root CA {algorithm}" in names


def test_admit_believes_the_same_servers() -> None:
    functions = Path(module.AUTHORITIES).parents[1]
    for name in ("login.py", "rds-certificate-authorities.pem"):
        assert (functions / "admit" / name).resolve() == (functions / "aggregate" / name).resolve()


def test_with_iam_the_password_is_a_token_for_this_user_on_this_server() -> None:
    parameters = module.login(IAM, client)()
    token = urlsplit(f"https://{parameters['password']}")
    assert (parameters["host"], parameters["port"], parameters["dbname"], parameters["user"]) == (
        HOST,
        15432,
        "app",
        "aggregate",
    )
    assert token.netloc == f"{HOST}:15432"
    said = parse_qs(token.query)
    assert (said["Action"], said["DBUser"]) == (["connect"], ["aggregate"])
    assert said["X-Amz-Credential"][0].endswith("/eu-north-1/rds-db/aws4_request")


def test_with_iam_no_secret_is_read() -> None:
    asked: list[str] = []
    module.login(IAM, lambda service: asked.append(service) or client(service))()
    assert asked == ["rds"]


def test_a_secret_is_read_for_every_connection() -> None:
    passwords = iter(["old", "new"])

    class Rotated(Secrets):
        def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 - the API's name
            return {"SecretString": json.dumps(FIELDS | {"password": next(passwords)}), "Name": SecretId}

    connect = module.login({"DATABASE_SECRET": "s"}, lambda _: Rotated(""))
    assert [connect()["password"], connect()["password"]] == ["old", "new"]


def test_what_a_secret_of_rds_lacks_is_taken_from_the_environment() -> None:
    secrets = Secrets('{"username": "postgres", "password": "p"}')
    parameters = module.login({"DATABASE_SECRET": "s", **SERVER}, lambda _: secrets)()
    assert (parameters["host"], parameters["port"], parameters["dbname"]) == (HOST, 15432, "app")
    assert (parameters["user"], parameters["password"]) == ("postgres", "p")


@pytest.mark.parametrize(
    "secret", ["", "[]", "null", '{"host": "h", "port": "x"}', '{"host": "h", "password": "hunter2"}', "[1]"]
)
def test_a_secret_of_another_form_is_named_without_its_values(secret: str) -> None:
    with pytest.raises(module.LoginError) as caught:
        module.login({"DATABASE_SECRET": "s"}, lambda _: Secrets(secret))()
    assert "hunter2" not in str(caught.value)


def test_another_way_to_log_in_is_refused_when_the_function_starts() -> None:
    with pytest.raises(module.LoginError, match="neither iam nor secret"):
        module.login({"DATABASE_AUTHENTICATION": "kerberos"}, client)
