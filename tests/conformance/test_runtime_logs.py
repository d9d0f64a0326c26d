"""What reaches the log is what AWS's own runtime writes of the same handler."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from compared_logs import COMMANDS, FORMS, each, lines, logged

RECORDS = """
import logging
logging.getLogger().handlers[0].log_sink.log("the sink\\n")
logging.warning("at import")
logging.basicConfig(level="DEBUG")
log = logging.getLogger("mine")
def handle(event, context):
    logging.debug("ü %s %d", "b", 3)
    logging.info({"a": 1, "ü": [1.5, None, float("nan"), {1: b"b"}]})
    logging.warning("%(a)s", {"a": 1})
    log.error("extra", extra={"k": 1, "o": object, "n": None, "requestId": "theirs", "level": 5})
    log.critical("", extra={"ü": {"deep": (1, 2)}})
    for level in (1, 9, 11, 25, 55):
        log.log(level, "of level %d", level)
    context.log("as it is\\n")
    context.log({"x": 1})
    print("\\nprinted")
    print("to stderr", file=__import__("sys").stderr)
    try:
        1 / 0
    except Exception:
        log.exception("caught")
    context.log("\\n")
    raise ValueError("b\\u00f6se\\nand more")
"""


@pytest.mark.parametrize("framed", [False, True], ids=["standard output", "frames"])
@pytest.mark.parametrize("variables", FORMS.values(), ids=FORMS.keys())
def test_records_messages_and_errors_are_written_as_by_awss_runtime(
    variables: Mapping[str, str], tmp_path: Path, *, framed: bool
) -> None:
    theirs, ours = (
        logged(side, RECORDS, tmp_path, b"1", b"2", framed=framed, variables=variables) for side in COMMANDS
    )
    # A line that a traceback of theirs does not end is ended in RECORDS, and so empty in ours.
    assert lines(ours.out) == lines(theirs.out)
    assert (ours.err, ours.frames, ours.answers) == (theirs.err, theirs.frames, theirs.answers)


CONFIGURED = {
    "basicConfig": "logging.basicConfig(level='INFO', format='%(message)s')",
    "basicConfig by force": "logging.basicConfig(level='INFO', format='F %(message)s', force=True)",
    "a level of the root": "logging.getLogger().setLevel('INFO')",
    "another level of the root": "logging.getLogger().setLevel(logging.WARNING)",
    "a handler of the user's": "logging.getLogger().addHandler(logging.StreamHandler(sys.stdout))",
    "a formatter of the user's": (
        "logging.getLogger().handlers[0].setFormatter(logging.Formatter('%(aws_request_id)s %(message)s\\n'))"
    ),
    "a filter of the user's": "logging.getLogger().handlers[0].addFilter(lambda record: 'warning' in record.msg)",
    "no handlers": "logging.getLogger().handlers.clear()",
    "a logger that does not propagate": (
        "log.propagate = False; log.addHandler(logging.StreamHandler(sys.stdout))"
    ),
    "dictConfig": """
logging.config.dictConfig({
    "version": 1,
    "formatters": {"short": {"format": "%(levelname)s %(message)s"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "short"}},
    "root": {"level": "INFO", "handlers": ["out"]},
})""",
    "dictConfig of one logger": (
        "logging.config.dictConfig({'version': 1, 'loggers': {'mine': {'level': 'INFO'}}})"
    ),
    "warnings": "logging.captureWarnings(True); import warnings; warnings.warn('old', DeprecationWarning, 1)",
    "local time": "logging.Formatter.converter = __import__('time').localtime",
}


@pytest.fixture(scope="module", params=["text", "JSON"])
def configured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """Of theirs and ours, what each configuration has written to standard output."""
    records = "\nlog.info('an info'); log.warning('a warning')"
    codes = [configuration + records for configuration in CONFIGURED.values()]
    return [each(side, codes, tmp_path_factory.mktemp("task"), FORMS[request.param]) for side in COMMANDS]


@pytest.mark.parametrize("number", range(len(CONFIGURED)), ids=CONFIGURED.keys())
def test_what_users_configure_has_the_effect_that_it_has_under_awss_runtime(
    configured: list[list[str]], number: int
) -> None:
    theirs, ours = configured
    assert ours[number] == theirs[number]


@pytest.mark.parametrize("form", ["text", "JSON"])
@pytest.mark.parametrize("framed", [False, True], ids=["standard output", "frames"])
def test_an_init_phase_that_fails_is_logged_as_by_awss_runtime_without_its_warning(
    form: str, tmp_path: Path, *, framed: bool
) -> None:
    """Its warning says that an update of the managed runtime may be the cause; nobody updates a bundled one."""
    theirs, ours = (logged(side, "", tmp_path, framed=framed, variables=FORMS[form]) for side in COMMANDS)
    assert ours.out.splitlines() == [line for line in theirs.out.splitlines() if "LAMBDA_WARNING" not in line]
    assert ours.frames == [frame for frame in theirs.frames if "LAMBDA_WARNING" not in frame[1]]


@pytest.mark.parametrize("side", COMMANDS)
def test_the_descriptor_is_not_in_the_handlers_environment(side: str, tmp_path: Path) -> None:
    code = "import os\nseen = '_LAMBDA_TELEMETRY_LOG_FD' in os.environ\ndef handle(event, context): return seen\n"
    assert logged(side, code, tmp_path, b"1", framed=True).answers == ["false"]


@pytest.mark.parametrize("side", COMMANDS)
def test_logging_that_is_imported_in_an_invocation_is_set_up(side: str, tmp_path: Path) -> None:
    code = "def handle(event, context):\n    import logging.handlers\n    logging.warning('late')\n"
    log = logged(side, code, tmp_path, b"1")
    assert log.out == "[WARNING]\t0000-00-00T00:00:00.000Z\trequest-1\tlate\n"


# A pipe of packets keeps apart what was written apart.
WRITES = """
kept = os.dup(1)
reading, writing = os.pipe2(os.O_DIRECT | os.O_NONBLOCK)
os.dup2(writing, 1)
print("a", "b")
print("no line end", end="")
log.warning("a warning")
context.log("as it is")
written = []
try:
    while True:
        written.append(os.read(reading, 4096).decode().partition("Z\\t")[::2])
except BlockingIOError:
    os.write(kept, repr([text or start for start, text in written]).encode())
"""


def test_what_is_printed_reaches_the_log_in_the_pieces_in_which_awss_runtime_writes_it(
    tmp_path: Path,
) -> None:
    theirs, ours = (each(side, [WRITES], tmp_path, {}) for side in COMMANDS)
    assert ours == theirs
