"""A container that runs, as tests look at it."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from tests.processes import DEADLINE_SECONDS, await_condition

INVOCATIONS = "/2015-03-31/functions/function/invocations"
# Of curl: nobody listens; the emulator closes a connection that comes before it is ready.
_NOT_YET = (7, 52, 56)


@dataclass(frozen=True)
class Container:
    """A container by its number, and the client of its engine.

    Attributes:
        number: by which the engine knows it.
        client: the command line of the engine's client.
    """

    number: str
    client: Sequence[str]

    def invoke(self, event: str = "{}", *, port: int = 8080) -> str:
        """What the emulator in the container answers to a developer's curl, made in the container's network.

        Nothing else is in that network, so the port is free there and nobody else reaches it.
        """
        inside = ["nsenter", "--target", self._say("inspect", "--format", "{{.State.Pid}}"), "--net"]
        call = ["curl", "--silent", "-XPOST", f"http://localhost:{port}{INVOCATIONS}", "-d", event]
        answers: list[subprocess.CompletedProcess[str]] = []

        def is_answered() -> bool:
            assert self.is_running(), self.log()
            answers.append(subprocess.run([*inside, *call], check=False, capture_output=True, text=True))
            return answers[-1].returncode not in _NOT_YET

        await_condition(is_answered, f"an answer of the emulator in {self.number}")
        assert answers[-1].returncode == 0, answers[-1].stderr
        return answers[-1].stdout

    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._say("inspect", "--format", "{{.State.Running}}") == "true"

    def status(self) -> int:
        """How it ended, once it has."""
        return int(self._say("wait"))

    def programs(self) -> list[str]:
        """The command lines of its processes."""
        return self._say("top", "-o", "pid,args").splitlines()[1:]

    def log(self) -> str:
        """What it wrote."""
        done = subprocess.run(
            [*self.client, "logs", self.number],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.stdout

    def _say(self, verb: str, *options: str) -> str:
        # What top is given are options of ps, which follow the container.
        order = (verb, self.number, *options) if verb == "top" else (verb, *options, self.number)
        done = subprocess.run(
            [*self.client, *order], check=True, capture_output=True, text=True, timeout=DEADLINE_SECONDS
        )
        return done.stdout.strip()
