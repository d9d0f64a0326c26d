"""What a configuration is read from: a task root, a working folder, an AWS on loopback, an environment."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from small_aws import SmallAws
from thaw_runtime import config


class World:
    """A task root, a working folder, an AWS and an environment."""

    def __init__(self, folder: Path, aws: SmallAws, patch: pytest.MonkeyPatch) -> None:
        self.aws, self._patch = aws, patch
        self.task_root, self.working_folder = folder / "task", folder / "work"
        for each in (self.task_root, self.working_folder):
            each.mkdir()
        patch.chdir(self.working_folder)
        for name in [name for name in os.environ if name.startswith(("AWS_", "THAW_CONFIG"))]:
            patch.delenv(name)
        self.set(
            LAMBDA_TASK_ROOT=str(self.task_root),
            AWS_ENDPOINT_URL=aws.url,
            AWS_ACCESS_KEY_ID="AKID",
            AWS_SECRET_ACCESS_KEY="key",
            AWS_REGION="eu-north-1",
            AWS_DEFAULT_REGION="eu-north-1",
            NO_PROXY="127.0.0.1",
        )
        self._environment = config._Environment()

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self._patch.setenv(name, value)

    def packaged(self, content: Any, name: str = "config.json") -> None:
        (self.task_root / name).write_text(content if isinstance(content, str) else json.dumps(content))

    def local(self, content: Any, name: str = "config.local.json") -> None:
        (self.working_folder / name).write_text(json.dumps(content))

    def override(self, content: Any) -> None:
        self.aws.objects["/bucket/prod/config.json"] = json.dumps(content).encode()

    def later(self, seconds: float) -> None:
        now = config.time.monotonic()
        self._patch.setattr(config.time, "monotonic", lambda: now + seconds)

    def load(self, schema: type[Any] | None = None) -> Any:
        return self._environment.load(schema)
