"""What is compared: events, and the processes that get them.

A ``Scenario`` is one process on each side. Its ``Case`` objects say, each for one row of the catalogue of behaviours, which
events the process gets and what is to be said of what it does with them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

# What of a process is compared only where a case asks for it: it differs everywhere, and one row says why, or it is costly.
ON_REQUEST = frozenset({"user-agent", "error type", "init content type", "warning", "connections"})


@dataclass(frozen=True)
class Event:
    """What one call of ``next`` is answered with.

    Attributes:
        body: the event.
        headers: in addition to those of every invocation; None takes one of those away.
        status: of the answer.
        delivery: "whole"; "split" into a packet for each byte; "slow", in pieces with pauses; "chunked"; "cut" in the midst of
            the body; "hang up" after the answer.
        answers: the statuses that posts about it are answered with; 0 hangs up instead. Default: 202.
    """

    body: bytes = b"{}"
    headers: Mapping[str, str | None] = field(default_factory=dict)
    status: int = 200
    delivery: str = "whole"
    answers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Case:
    """One behaviour.

    Attributes:
        row: of the catalogue.
        claim: what happens, as a sentence.
        events: what the process gets for it, one after the other; without any, the case is about the start of the process.
        why: where ours differs on purpose, what is wrong with the other behaviour, or what ours is for; what is right is in
            ``right.json``. Default: both do the same, in every field.
        fields: the only ones that are compared; default: all but those ``ON_REQUEST``.
    """

    row: str
    claim: str
    events: tuple[Event, ...] = ()
    why: str = ""
    fields: frozenset[str] | None = None

    def fields_of(self, told: Mapping[str, str]) -> dict[str, str]:
        """Of what a process did, what this case compares."""
        if self.fields is not None:
            return {name: value for name, value in told.items() if name in self.fields}
        return {name: value for name, value in told.items() if name.partition(" #")[0] not in ON_REQUEST}


@dataclass(frozen=True)
class Scenario:
    """One process on each side.

    Attributes:
        name: of the scenario, unique among all.
        handler: as it is configured; None where it is not.
        cases: in the order in which their events are sent.
        variables: of the environment, in addition to what every environment has; None takes one of those away.
        files: of the function, by name, in addition to the shared handlers.
        telemetry: whether the process gets a descriptor for its log.
        socket: whether workers get a socket for what they print.
        workers: how many invocations are sent at a time.
        statuses: what posts before the first invocation, and restores, are answered with.
        terminated: whether the process gets SIGTERM once it has nothing to do.
    """

    name: str
    handler: str | None
    cases: tuple[Case, ...]
    variables: Mapping[str, str | None] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    telemetry: bool = False
    socket: bool = False
    workers: int = 1
    statuses: tuple[int, ...] = ()
    terminated: bool = False

    @property
    def events(self) -> list[Event]:
        """All that the process gets."""
        return [event for case in self.cases for event in case.events]


def key(scenario: Scenario, case: Case) -> str:
    """The name of a case among all."""
    return f"{scenario.name}: {case.row} {case.claim}"
