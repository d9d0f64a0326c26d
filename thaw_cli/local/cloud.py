"""The local cloud: MiniStack with the PostgreSQL beside it, and the secrets that the functions look up."""

import fcntl
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from thaw_cli.local.aws import DATABASE_SECRET, REGION, SLACK_SECRET, WEBHOOK_SECRET, LocalAws
from thaw_cli.local.keeper import Keeper
from thaw_cli.local.ministack import MiniStack
from thaw_cli.local.postgres import Postgres
from thaw_cli.local.process import Process
from thaw_cli.local.state import CloudState

FOLDER = Path(".thaw") / "cloud"


class Cloud:
    """An empty AWS and an empty database in one folder, for as long as this object's owner lives.

    ``start`` begins with a clean slate: MiniStack forgets everything when it ends, so the database does as well.
    ``detach`` lets the cloud outlive its owner; ``end`` then ends it. Clouds in different folders do not collide.

    Args:
        folder: made if missing; nobody else may use it.
        region: the region of the cloud.
        engine: whether functions made of images run in containers, all of them; without it those whose images lie in the
            build cache run as processes in the images' files, which takes no engine.
    """

    def __init__(self, folder: Path, *, region: str = REGION, engine: bool = False) -> None:
        self.folder = folder.absolute()
        self.postgres = Postgres(self.folder / "postgres")
        self._ministack = MiniStack(self.folder / "ministack", region, engine=engine)

    @property
    def aws(self) -> LocalAws:
        """Access to the cloud's AWS."""
        return self._ministack.aws

    def start(self) -> None:
        """Starts both servers and stores the secrets; returns when everything answers.

        Raises:
            ToolUnavailableError: a server could not be installed.
            ServerFailedError: a server did not come up.
        """
        end(self.folder)
        try:
            self._ministack.launch()  # it comes up while PostgreSQL creates its data
            self.postgres.start()
            self._ministack.await_ready()
            self._store_secrets()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends both servers and everything below them; their logs remain."""
        self._ministack.stop()
        self.postgres.stop()

    def detach(self) -> CloudState:
        """Lets the cloud outlive this process; from now on only ``end`` ends it."""
        keepers = [keeper for keeper in (self._ministack.keeper, self.postgres.keeper) if keeper is not None]
        state = CloudState(
            endpoint=self.aws.endpoint,
            region=self.aws.region,
            postgres_port=self.postgres.port,
            keepers=tuple(Process.of(keeper.pid) for keeper in keepers),
        )
        # Killed before the file is there: the keepers end with us. Killed after: the next command finds them in it.
        state.save(self.folder)
        _detach(keepers)
        return state

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _store_secrets(self) -> None:
        client = self.aws.client("secretsmanager")
        for name, value in {
            DATABASE_SECRET: self.postgres.connection.secret(),
            WEBHOOK_SECRET: json.dumps({"url": ""}),
            SLACK_SECRET: json.dumps({"signing_secret": secrets.token_hex(16)}),
        }.items():
            client.create_secret(Name=name, SecretString=value)


def _detach(keepers: list[Keeper]) -> None:
    for keeper in keepers:
        keeper.detach()


def end(folder: Path) -> bool:
    """Ends what runs of the detached cloud in the folder and removes its data; returns whether there was one."""
    state = CloudState.load(folder)
    for keeper in state.keepers if state else ():
        keeper.end()
    CloudState.forget(folder)
    for server in ("ministack", "postgres"):
        shutil.rmtree(folder / server, ignore_errors=True)
    return state is not None


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Makes other processes that bring the cloud in this folder up or down wait."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
