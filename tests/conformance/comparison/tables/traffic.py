"""The Runtime API, with its faults."""

from tests.conformance.comparison.model import Case, Event, Scenario

_ECHO = Event(b'{"a": "\xc3\xbc"}')
_LARGE = b'"' + b"x" * 100_000 + b'"'


_ONE_LINE = "one line says why the process ends; theirs is a traceback of the runtime's own code"
_REFUSED = "the response was refused, not the environment: the caller gets an error with a type, and the next event is served"


def _one(
    row: str,
    claim: str,
    event: Event,
    *more: Event,
    handler: str = "values.echo",
    why: str = "",
    **variables: str,
) -> Scenario:
    return Scenario(claim, handler, (Case(row, claim, (event, *more), why),), variables)


def _delivered(claim: str, delivery: str, body: bytes = _ECHO.body) -> Case:
    return Case("H1", claim, (Event(body, delivery=delivery),))


SCENARIOS = (
    Scenario(
        "events over one connection",
        "values.echo",
        (
            Case("H1", "many events take one connection", (_ECHO,) * 20, fields=frozenset({"connections"})),
            Case(
                "H2",
                "who asks says so",
                (_ECHO,),
                fields=frozenset({"user-agent"}),
                why="it names what asks, as AWS asks of runtimes",
            ),
            Case("H7", "a response is declared as JSON", (_ECHO,)),
            _delivered("an answer in packets of one byte", "split"),
            _delivered("a large answer, slowly", "slow", _LARGE),
            _delivered("an answer in chunks", "chunked"),
            Case("H5", "without a deadline", (Event(headers={"Lambda-Runtime-Deadline-Ms": None}),)),
            Case(
                "H3",
                "names of headers in capitals",
                (
                    Event(
                        headers={
                            "Lambda-Runtime-Aws-Request-Id": None,
                            "LAMBDA-RUNTIME-AWS-REQUEST-ID": "request-27",
                        }
                    ),
                ),
            ),
        ),
    ),
    Scenario(
        "bytes",
        "values.repeat",
        (Case("H7", "an event in bytes", (Event(b"\x00", {"Content-Type": "image/png"}),)),),
    ),
    _one(
        "H1",
        "a connection that is closed after an event",
        Event(delivery="hang up"),
        _ECHO,
        handler="values.slowly",
    ),
    _one(
        "H1",
        "a connection that is closed in the midst of an event",
        Event(_LARGE, delivery="cut"),
        _ECHO,
        why=_ONE_LINE,
    ),
    _one(
        "H4",
        "without a request's id",
        Event(headers={"Lambda-Runtime-Aws-Request-Id": None}),
        _ECHO,
        why=_ONE_LINE,
    ),
    _one(
        "H4",
        "an empty request's id",
        Event(headers={"Lambda-Runtime-Aws-Request-Id": ""}),
        _ECHO,
        why="what has no id cannot be answered; theirs posts to a path without one",
    ),
    _one(
        "H6",
        "without a content type",
        Event(b"[1]", {"Content-Type": None}),
        _ECHO,
        why="an event is JSON unless something else is said; theirs dies of a segmentation fault",
    ),
    _one(
        "H5",
        "a deadline that is no number",
        Event(b'"remaining"', {"Lambda-Runtime-Deadline-Ms": "soon"}),
        _ECHO,
        handler="contexts.handle",
        why="one event is lost, not the environment; theirs dies of a failed assertion",
    ),
    _one(
        "H5",
        "the remaining time without a deadline",
        Event(b'"remaining"', {"Lambda-Runtime-Deadline-Ms": None}),
        handler="contexts.handle",
    ),
    _one("H12", "an answer to next of 500", Event(b"no", status=500), _ECHO, why=_ONE_LINE),
    _one("H12", "an answer to next of 403", Event(b"no", status=403), _ECHO, why=_ONE_LINE),
    _one(
        "H15",
        "an answer to next of 500, on the runtimes from Python 3.12 on",
        Event(b"no", status=500),
        _ECHO,
        AWS_EXECUTION_ENV="AWS_Lambda_python3.12",
        why=_ONE_LINE,
    ),
    _one(
        "H15",
        "events, on the runtimes from Python 3.12 on",
        _ECHO,
        _ECHO,
        AWS_EXECUTION_ENV="AWS_Lambda_python3.12",
    ),
    _one("H13", "a response that is refused for its size", Event(answers=(413,)), _ECHO, why=_REFUSED),
    _one("H13", "a response that is refused with 400", Event(answers=(400,)), _ECHO, why=_REFUSED),
    _one("H12", "a response that is refused with 403", Event(answers=(403,)), _ECHO, why=_ONE_LINE),
    _one("H12", "a response that is refused with 500", Event(answers=(500,)), _ECHO, why=_ONE_LINE),
    _one(
        "H12",
        "a response that is not answered",
        Event(answers=(0,)),
        _ECHO,
        why="a connection that was idle may have gone; the response is sent once more on a new one, under its id",
    ),
    _one(
        "H12",
        "a report of an error that is refused with 403",
        Event(b"", answers=(403,)),
        _ECHO,
        why=_ONE_LINE,
    ),
    _one(
        "H12",
        "a report of an error that is refused with 500",
        Event(b"", answers=(500,)),
        _ECHO,
        why=_ONE_LINE,
    ),
)
