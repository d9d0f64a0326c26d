"""Access to the AWS on this machine."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

from thaw_cli.errors import WrongAccountError
from thaw_cli.local.loopback import require_loopback

ACCOUNT = "000000000000"
ACCESS_KEY = ACCOUNT  # MiniStack takes a key of twelve digits as the account
REGION = "eu-north-1"
DATABASE_SECRET = "thaw/database"  # noqa: S105 - the secret's name, as environment local has it in cdk.json
WEBHOOK_SECRET = "thaw/webhook"  # noqa: S105 - likewise
SLACK_SECRET = "thaw/slack"  # noqa: S105 - likewise
_LOOPBACK_HOSTS = "127.0.0.1,localhost,::1"
# How the names of the variables begin that would lead a tool to another account, endpoint or Python.
_LEADS_ASTRAY = ("AWS_", "CDK_", "PYTHON", "VIRTUAL_ENV")
_ENGINE = "CDK_DOCKER"  # names the program that builds and pushes images


@dataclass(frozen=True)
class LocalAws:
    """An endpoint on loopback and the region to use there.

    Raises:
        NotLoopbackError: the endpoint is not on this machine; no object with such an endpoint exists.
    """

    endpoint: str
    region: str = REGION
    _clients: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    # A session makes one client at a time.
    _making: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        require_loopback(self.endpoint)

    def variables(self) -> dict[str, str]:
        """What makes a tool use this endpoint, with credentials that are worth nothing elsewhere."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": _LOOPBACK_HOSTS,
            "no_proxy": _LOOPBACK_HOSTS,
        }

    def environment(self, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
        """The inherited environment without what leads elsewhere, and with ``variables``."""
        kept = {
            name: value
            for name, value in inherited.items()
            if name == _ENGINE or not name.startswith(_LEADS_ASTRAY)
        }
        return kept | self.variables()

    def client(self, service: str) -> Any:
        """A boto3 client; profiles, configuration files and proxies of this machine have no influence on it.

        The same one every time: making one takes longer than most calls. Several threads may use it.
        """
        with self._making:
            if service not in self._clients:
                self._clients[service] = self._new_client(service)
            return self._clients[service]

    def _new_client(self, service: str) -> Any:
        from botocore.config import Config  # type: ignore[import-untyped]  # noqa: PLC0415 - see _session

        return self._session.client(
            service,
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key="local",  # noqa: S106 - worth nothing elsewhere
            config=Config(proxies={}, retries={"mode": "standard"}),
        )

    @cached_property
    def _session(self) -> Any:
        # boto3 takes longer to import than the rest of the command line, most of which does without it.
        import boto3  # type: ignore[import-untyped]  # noqa: PLC0415
        import botocore.session  # type: ignore[import-untyped]  # noqa: PLC0415

        return boto3.Session(
            botocore_session=botocore.session.Session(
                session_vars={
                    "profile": (None, None, None, None),
                    "config_file": (None, None, os.devnull, None),
                    "credentials_file": (None, None, os.devnull, None),
                }
            )
        )

    def require_local_account(self) -> None:
        """Asks the endpoint whose credentials these are.

        Raises:
            WrongAccountError: the answer is not the local account.
        """
        account = self.client("sts").get_caller_identity()["Account"]
        if account != ACCOUNT:
            raise WrongAccountError(
                f"environment local belongs to another account than {self.endpoint} answers for",
                received=account,
                allowed=ACCOUNT,
                change="unset AWS_ENDPOINT_URL to use the cloud that `thaw cloud up` starts",
            )

    def set_webhook(self, url: str) -> None:
        """Stores where the alerts are posted to, in the form that the function ``notify`` reads."""
        secret = json.dumps({"url": url})
        self.client("secretsmanager").put_secret_value(SecretId=WEBHOOK_SECRET, SecretString=secret)
