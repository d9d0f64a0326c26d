"""A deployed example: its resources by the names they have in the page, and the logs of its functions."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from tests.processes import await_condition
from thaw_cli.local.aws import LocalAws


@dataclass(frozen=True)
class DeployedExample:
    """The stack of an example on the local cloud.

    Attributes:
        aws: the cloud.
        stack: the stack's name.
        outputs: its outputs.
    """

    aws: LocalAws
    stack: str
    outputs: dict[str, str]

    @cached_property
    def _resources(self) -> list[dict[str, Any]]:
        formation = self.aws.client("cloudformation")
        found: list[dict[str, Any]] = formation.describe_stack_resources(StackName=self.stack)[
            "StackResources"
        ]
        return found

    def physical(self, kind: str, name: str = "") -> str:
        """The physical id of the resource of a type whose logical id begins with ``name``; the first by name."""
        found = sorted(
            (each["LogicalResourceId"], each["PhysicalResourceId"])
            for each in self._resources
            if each["ResourceType"] == kind and each["LogicalResourceId"].startswith(name)
        )
        assert found, f"{self.stack} has no {kind} {name}"
        return str(found[0][1])

    def function(self, name: str) -> str:
        """The name of a function, by its construct's id."""
        return self.physical("AWS::Lambda::Function", name)

    def invoke(self, name: str, event: object, *, qualifier: str = "$LATEST") -> Any:
        """What the function answers."""
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.function(name), Payload=json.dumps(event), Qualifier=qualifier
        )
        payload = json.load(answer["Payload"])
        assert "FunctionError" not in answer, payload
        return payload

    def await_logged(self, name: str, text: str) -> None:
        """Returns when the log of the function has the text."""
        configuration = self.aws.client("lambda").get_function_configuration(FunctionName=self.function(name))
        group, logs = configuration["LoggingConfig"]["LogGroup"], self.aws.client("logs")

        def is_there() -> bool:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
            return any(text in event["message"] for page in pages for event in page["events"])

        await_condition(is_there, f"{text!r} in the log of {self.stack}/{name}")

    def get(self, url: str) -> Any:
        """What a URL of the cloud answers; its host leads nowhere, so the endpoint is asked in its name."""
        address = urlsplit(url)
        place = f"{self.aws.endpoint}{address.path}?{address.query}"
        request = urllib.request.Request(place, headers={"Host": address.netloc})
        try:
            with urllib.request.urlopen(request) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{url}: {error.code} {error.read().decode()}") from error
