"""Where our log differs from that of AWS's own runtime: it would fail an invocation, run records together or lose something."""

import json
from pathlib import Path

import pytest
from compared_logs import FORMS, each, logged

TEXT_RECORD = "[WARNING]\t0000-00-00T00:00:00.000Z\trequest-1\t"


def document(message: str, level: str = "WARNING", **more: str) -> str:
    """A record as JSON."""
    fields = {"timestamp": "0000-00-00T00:00:00Z", "level": level, "message": message, "logger": "mine"}
    ids = {"requestId": "request-1", "tenantId": "tenant-1"}
    return json.dumps({**fields, **ids, **more}) + "\n"


# Code, its log's form, and what ours ends with; theirs ends with something else, or the invocation fails.
DEFECTS = {
    "a record after a traceback begins a line": (
        """
try:
    raise ValueError("v")
except ValueError:
    log.exception("caught")
log.warning("next")
""",
        "text",
        f"ValueError: v\n{TEXT_RECORD}next\n",
    ),
    "a record in a format of the user's ends its line": (
        """
logging.getLogger().handlers[0].setFormatter(logging.Formatter("> %(message)s"))
log.warning("one")
log.warning("two")
""",
        "text",
        "> one\n> two\n",
    ),
    "a record that cannot be formatted does not fail the invocation": (
        "log.warning('%d', 'no number'); log.warning('next')",
        "text",
        f"{TEXT_RECORD}next\n",
    ),
    "a record that cannot be told of anywhere does not fail the invocation": (
        "sys.stderr.close(); log.warning('%d', 'no number'); log.warning('next')",
        "text",
        f"{TEXT_RECORD}next\n",
    ),
    "a dictionary that has no form in JSON does not fail the invocation": (
        "log.warning({(1, 2): 3}); log.warning('next')",
        "JSON",
        document("next"),
    ),
    "a dictionary that contains itself does not fail the invocation": (
        "itself = {}; itself['a'] = itself; log.warning(itself); log.warning('next')",
        "JSON",
        document("next"),
    ),
    "a traceback of nothing does not fail the invocation": (
        "log.exception('nothing was raised'); log.warning('next')",
        "JSON",
        document("next"),
    ),
    "characters that have no UTF-8 do not fail the invocation": (
        "log.warning('a\\ud800')",
        "JSON",
        document("a\ud800"),
    ),
    "a closed standard output does not fail the invocation": (
        """
out = os.dup(1)
sys.stdout.close()
log.warning("lost")
context.log("lost")
os.write(out, b"goes on\\n")
""",
        "text",
        "goes on\n",
    ),
    "a broken pipe does not fail the invocation": (
        """
out = os.dup(1)
reading, writing = os.pipe()
os.close(reading)
os.dup2(writing, 1)
log.warning("lost")
context.log("lost")
os.write(out, b"goes on\\n")
""",
        "text",
        "goes on\n",
    ),
    "a full pipe that nobody waits for does not fail the invocation": (
        """
out = os.dup(1)
reading, writing = os.pipe()
os.set_blocking(writing, False)
os.dup2(writing, 1)
for _ in range(100):
    log.warning("x" * 4096)
os.write(out, b"goes on\\n")
""",
        "text",
        "goes on\n",
    ),
    "a record's level stays what it is": (
        """
seen = logging.Handler()
seen.emit = lambda record: print(record.levelno)
logging.getLogger().addHandler(seen)
log.log(35, "custom")
""",
        "JSON",
        document("custom") + "35\n",
    ),
    "what formatters leave in a record is no field": (
        """
first = logging.StreamHandler(open(os.devnull, "w"))
first.setFormatter(logging.Formatter("%(asctime)s"))
logging.getLogger().handlers.insert(0, first)
log.warning("clean")
""",
        "JSON",
        document("clean"),
    ),
    "a field that is given is not lost to one that the record does not have": (
        "log.warning('given', extra={'errorType': 'mine', 'location': 'here'})",
        "JSON",
        document("given", errorType="mine", location="here"),
    ),
}


@pytest.fixture(scope="module", params=["theirs", "ours"])
def written(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[str, str]]:
    """Whose they are, and what each piece of code has written to standard output."""
    written: dict[str, str] = {}
    for form in ("text", "JSON"):
        codes = {name: code for name, (code, its, _) in DEFECTS.items() if its == form}
        outputs = each(request.param, [*codes.values()], tmp_path_factory.mktemp("task"), FORMS[form])
        written.update(zip(codes, outputs, strict=True))
    return request.param, written


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_of_awss_runtime_is_not_ours(written: tuple[str, dict[str, str]], name: str) -> None:
    whose, outputs = written
    assert outputs[name].endswith(DEFECTS[name][2]) == (whose == "ours"), outputs[name]


def test_a_lower_case_trace_is_a_level(tmp_path: Path) -> None:
    """Lambda's own values are in upper case; who sets the variable otherwise means the same."""
    code = "import logging\ndef handle(event, context): return logging.getLogger().level\n"
    (level,) = logged("ours", code, tmp_path, b"1", variables={"AWS_LAMBDA_LOG_LEVEL": "trace"}).answers
    assert level == "10"


def test_a_descriptor_that_was_closed_has_standard_output_in_its_place(tmp_path: Path) -> None:
    code = (
        "import os\nos.close(9)\ndef handle(event, context):\n    context.log('text')\n    raise ValueError\n"
    )
    log = logged("ours", code, tmp_path, b"1", b"2", framed=True)
    assert (log.out.count("text"), log.out.count("[ERROR]"), len(log.answers)) == (2, 2, 2)
