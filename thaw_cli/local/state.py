"""What a detached cloud leaves on disk for the commands that come after: ``cloud.json``."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from thaw_cli.errors import CloudNotRunningError
from thaw_cli.local.aws import LocalAws
from thaw_cli.local.files import write_atomically
from thaw_cli.local.process import Process

_FILE = "cloud.json"
_VERSION = 1


@dataclass(frozen=True)
class CloudState:
    """The address of a detached cloud and the keepers of its servers."""

    endpoint: str
    region: str
    postgres_port: int
    keepers: tuple[Process, ...]

    @property
    def aws(self) -> LocalAws:
        """Access to the cloud's AWS."""
        return LocalAws(self.endpoint, self.region)

    @property
    def alive(self) -> bool:
        """Whether all of its servers run."""
        return all(keeper.alive for keeper in self.keepers)

    def save(self, folder: Path) -> None:
        """Writes the state into the cloud's folder, in one step."""
        write_atomically(folder / _FILE, json.dumps({"version": _VERSION, **asdict(self)}, indent=2) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """The state in the cloud's folder; ``None`` where there is none, or none that can be understood.

        The file appears in one step, so what cannot be understood was not written by this version. No process may be
        touched on the word of such a file.
        """
        try:
            return cls._parse(json.loads((folder / _FILE).read_text()))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    @classmethod
    def find(cls, folder: Path) -> Self:
        """The running cloud whose folder this is.

        Raises:
            CloudNotRunningError: it does not run.
        """
        state = cls.load(folder)
        if state is None or not state.alive:
            raise CloudNotRunningError(
                "the local cloud is not running", received=folder, change="start it with `thaw cloud up`"
            )
        return state

    @staticmethod
    def forget(folder: Path) -> None:
        """Removes the state from the cloud's folder."""
        (folder / _FILE).unlink(missing_ok=True)

    @classmethod
    def _parse(cls, document: Any) -> Self:
        if not isinstance(document, dict) or document.pop("version") != _VERSION:
            raise ValueError(document)
        keepers = tuple(Process(**keeper) for keeper in document.pop("keepers"))
        state = cls(**document, keepers=keepers)
        numbers = [state.postgres_port, *(n for keeper in keepers for n in (keeper.pid, keeper.started))]
        sound = all(type(number) is int and number > 0 for number in numbers)
        if not (keepers and sound and isinstance(state.endpoint, str) and isinstance(state.region, str)):
            raise ValueError(document)
        return state
