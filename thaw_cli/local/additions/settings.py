"""What the additions have to know of the local cloud that they serve."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

_OF_THE_CLIENT = ("HOME", "PATH", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")
_OF_THE_CLIENT_TOO = ("DOCKER_", "CONTAINER_", "PODMAN_", "FINCH_")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Written by who starts the server, into a file that only its user reads.

    Attributes:
        registry: the address that engines push to and pull from, ``127.0.0.1:PORT``.
        images: the folder of the build cache with an image per name.
        engine_only: whether every image is run by the engine, those of the cache included.
        engine: the program that runs containers.
        engine_variables: the environment of that program.
        label: of the containers of this cloud.
        used: a file that is there as soon as a container was started.
        file: where ``load`` finds this.
    """

    registry: str
    images: str
    engine_only: bool
    engine: str
    label: str
    used: str
    file: str
    engine_variables: dict[str, str] = field(repr=False)

    def text(self) -> str:
        """What ``file`` is to hold."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, file: Path) -> Self:
        """The settings that a file holds."""
        return cls(**json.loads(file.read_text()))


def of_the_client(variables: Mapping[str, str]) -> dict[str, str]:
    """Of an environment what the program of an engine looks at to find the engine."""
    return {
        name: value
        for name, value in variables.items()
        if name in _OF_THE_CLIENT or name.startswith(_OF_THE_CLIENT_TOO)
    }
