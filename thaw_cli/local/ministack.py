"""MiniStack, the AWS of the local cloud, on loopback only."""

import http.client
import json
import os
import secrets
import shutil
import sys
from pathlib import Path

from constructs_lib.bundling import container_engine
from constructs_lib.bundling.cache import cache_folder
from thaw_cli import tools
from thaw_cli.local import additions
from thaw_cli.local.additions.settings import Settings, of_the_client
from thaw_cli.local.aws import LocalAws
from thaw_cli.local.files import write_atomically
from thaw_cli.local.keeper import Keeper
from thaw_cli.local.ports import LOOPBACK, free_port
from thaw_cli.local.readiness import await_ready

# Isolated from our own packages, so that MiniStack finds exactly what its lock says, and no boto3: it needs that only
# to run functions of the managed Python runtimes, such as CDK's custom resources, of which the stacks have none.
_PROGRAM = Path(__file__).with_name("ministack_server.py")
_CONTAINERS = Path(additions.__file__).with_name("in_engine.py")
_HEALTH = "/_ministack/health"


class MiniStack:
    """A MiniStack whose temporary files and log lie in one folder; it ends with the process that started it.

    Functions with an OS-only runtime, and those made of images of the build cache, run as ordinary processes below it; other
    images run in containers of the engine. All are kept warm between invocations.

    Args:
        folder: made if missing; nobody else may use it.
        region: for requests that name none.
        engine: whether the engine runs every image, those of the build cache too.
    """

    def __init__(self, folder: Path, region: str, *, engine: bool = False) -> None:
        self._folder = folder.absolute()
        self._engine = engine
        self._log = self._folder / "ministack.log"
        self._port = free_port()
        self._edition = secrets.token_hex(
            8
        )  # its health report repeats it: so it is known from another server
        self._keeper: Keeper | None = None
        self.aws = LocalAws(f"http://{LOOPBACK}:{self._port}", region)

    @property
    def keeper(self) -> Keeper | None:
        """The keeper of the running server; None before ``launch`` and after ``stop``."""
        return self._keeper

    def launch(self) -> None:
        """Starts the server and returns at once.

        Raises:
            ToolUnavailableError: MiniStack could not be installed.
        """
        tool = tools.install("ministack")
        self._temporary.mkdir(parents=True, exist_ok=True)
        settings = self._settings()
        write_atomically(Path(settings.file), settings.text())
        python = [sys.executable, "-I", "-S"]
        self._keeper = Keeper(
            [*python, str(_PROGRAM), str(tool), settings.file],
            log=self._log,
            environment=self._environment(),
            folder=self._folder,
            afterwards=[*python, str(_CONTAINERS), "remove", settings.file],
        )

    def await_ready(self) -> None:
        """Returns when the launched server answers.

        Raises:
            ServerFailedError: it ended, or did not answer in time.
        """
        if self._keeper is not None:
            await_ready("MiniStack", self._keeper, self._healthy, log=self._log)

    def stop(self) -> None:
        """Ends the server and its functions at once; it keeps no data that would need an orderly end."""
        if self._keeper is not None:
            self._keeper.stop()
            self._keeper = None

    @property
    def _temporary(self) -> Path:
        return self._folder / "tmp"

    def _settings(self) -> Settings:
        program = container_engine.program()
        return Settings(
            registry=f"{LOOPBACK}:{self._port}",
            images=str(cache_folder() / "images"),
            engine_only=self._engine,
            engine=shutil.which(program) or program,
            engine_variables=of_the_client(os.environ),
            label=self._edition,
            used=str(self._folder / "containers"),
            file=str(self._folder / "settings.json"),
        )

    def _environment(self) -> dict[str, str]:
        """The whole environment of the server, which its functions inherit."""
        return self.aws.variables() | {
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self._port),
            "MINISTACK_EDITION": self._edition,
            "MINISTACK_HOST": LOOPBACK,
            "MINISTACK_REGION": self.aws.region,
            "TMPDIR": str(self._temporary),
            # Seconds before the first retry of a failed asynchronous invocation, then twice that. AWS waits one
            # minute and two; this is long enough to outlast the restart of a database.
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "2",
            "LAMBDA_ASYNC_RETRY_MAX_SECONDS": "4",
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
        }

    def _healthy(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=5)
        try:
            connection.request("GET", _HEALTH)
            return bool(json.load(connection.getresponse())["edition"] == self._edition)
        except (OSError, ValueError, http.client.HTTPException):
            return False
        finally:
            connection.close()
