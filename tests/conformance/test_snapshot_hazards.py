"""Nothing that a snapshot keeps makes a wrong result: it is renewed, or the portable start takes over and says why."""

from pathlib import Path
from random import Random

import pytest
from initialised import PORTABLE, from_code, initialised, take_up

from constructs_lib.bundling import Artifact, Start
from tests import builds

MODULE = """
import logging, multiprocessing, os, platform, random, ssl, sys, threading, time, uuid
from os import environ, getloadavg
equal, absent, taken = os.environ["KNOWN"], os.getenv("ABSENT"), environ.get("TAKEN", "default")
os.environ["WRITTEN"] = "at build time"
os.environ.pop("DROPPED", None)
written_then_read = os.environ["WRITTEN"]
process, host = os.getpid(), platform.uname()
began = time.time()
random.seed(42)
drawn = random.random()
seeded, twice = random.Random("kept"), random.Random(3)
by_the_clock, drawn_seed = random.Random(int(time.time())), random.Random(os.urandom(16))
twice.seed()
trusting = ssl.create_default_context()
try:
    getloadavg()
except OSError as error:
    refused = str(error)
os.umask(0o077)
os.chdir("/var/task/thaw")
print("printed at build time", end="")
kept = {"answer": [42]}
order = []
import snapshot_restore_py
@snapshot_restore_py.register_before_snapshot
def first_registered(): order.append("before 1")
@snapshot_restore_py.register_before_snapshot
def last_registered(): order.append("before 2")
snapshot_restore_py.register_after_restore(order.append, "after 1")
snapshot_restore_py.register_after_restore(lambda: order.append(os.environ["AWS_REGION"]))
logging.getLogger().addHandler(logging.NullHandler())
"""
KNOWN = {"KNOWN": "value", "DROPPED": "value", "TAKEN": "other"}


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return from_code(tmp_path_factory.mktemp("hazards") / "function", MODULE, environment=KNOWN)


def test_what_is_renewed_is_the_new_process_s(artifact: Artifact) -> None:
    code = (
        "import threading\n"
        "record = logging.makeLogRecord({})\n"
        "result = [process > 1 << 22, process != os.getpid() == threading.get_native_id(),"
        " 0 <= record.relativeCreated < 60_000, began < time.time(), platform.uname() is host]"
    )
    assert take_up(artifact, code, **KNOWN, AWS_REGION="r").result == [True, True, True, True, False]


def test_the_environment_is_the_new_process_s_in_the_same_object(artifact: Artifact) -> None:
    code = (
        "result = [equal, absent, taken, environ is os.environ, environ.get('NEW'),"
        " os.environb[b'NEW'].decode(), 'DROPPED' in environ, environ['WRITTEN'], written_then_read]"
    )
    taken = take_up(artifact, code, **KNOWN, AWS_REGION="r", NEW="new", WRITTEN="before")
    assert (taken.result, taken.err) == (
        ["value", None, "other", True, "new", "new", False, "at build time", "at build time"],
        "",
    )


def test_a_child_gets_the_environment_of_the_new_process(artifact: Artifact) -> None:
    code = (
        "import subprocess\nchild = 'import os, json; print(json.dumps(dict(os.environ)))'\n"
        "printed = subprocess.check_output([sys.executable, '-c', child])\n"
        "import json; found = json.loads(printed); result = [found.get(n) for n in ('NEW', 'WRITTEN', 'DROPPED', 'OMP_NUM_THREADS')]"
    )
    taken = take_up(artifact, code, **KNOWN, AWS_REGION="r", NEW="new")
    assert taken.result == ["new", "at build time", None, None]


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({**KNOWN, "KNOWN": "secret"}, "KNOWN"),
        ({**KNOWN, "ABSENT": "secret"}, "ABSENT"),
        ({name: value for name, value in KNOWN.items() if name != "TAKEN"}, "TAKEN"),
    ],
    ids=["another value", "absent at build time", "absent now"],
)
def test_a_variable_read_at_build_time_and_different_now_leads_to_the_portable_start(
    artifact: Artifact, variables: dict[str, str], name: str
) -> None:
    taken = take_up(
        artifact, "result = [equal, absent, taken, process == os.getpid()]", **variables, AWS_REGION="r"
    )
    assert taken.err == (
        f"bootstrap: the environment variable {name} is not what it was when the snapshot was made; "
        "starting without the snapshot\n"
    )
    assert taken.result == [
        variables.get("KNOWN"),
        variables.get("ABSENT"),
        variables.get("TAKEN", "default"),
        True,
    ]


def test_hooks_run_last_first_before_and_first_first_after(artifact: Artifact) -> None:
    taken = take_up(artifact, "result = order", **KNOWN, AWS_REGION="r")
    assert taken.result == ["before 2", "before 1", "after 1", "r"]


def test_the_report_names_the_hooks(artifact: Artifact) -> None:
    assert artifact.snapshot is not None
    assert artifact.snapshot["hooks"]["before"] == ["handler.last_registered", "handler.first_registered"]
    assert artifact.snapshot["hooks"]["after"][1] == "handler.<lambda>"


def test_a_hook_that_fails_after_the_restore_is_the_failure_of_the_init_phase(artifact: Artifact) -> None:
    """Here because AWS_REGION is missing."""
    error = take_up(artifact, "result = order", **KNOWN).error
    assert (error["errorType"], error["errorMessage"]) == (
        "Runtime.AfterRestoreError",
        "KeyError: 'AWS_REGION'",
    )


def test_a_seed_written_in_the_code_keeps_its_sequence(artifact: Artifact) -> None:
    code = "result = [drawn, random.random(), seeded.random()]"
    expected = Random(42)  # noqa: S311 - the claim is that it repeats
    assert take_up(artifact, code, **KNOWN, AWS_REGION="r").result == [
        expected.random(),
        expected.random(),
        Random("kept").random(),  # noqa: S311 - the same
    ]


def test_a_seed_that_was_drawn_does_not(artifact: Artifact) -> None:
    code = "result = [twice.random(), by_the_clock.random(), drawn_seed.random()]"
    one, other = (take_up(artifact, code, **KNOWN, AWS_REGION="r").result for _ in "ab")
    assert not set(one) & set(other)


def test_a_changed_working_folder_and_file_mask_are_changed_again(artifact: Artifact) -> None:
    code = "result = [os.getcwd(), os.umask(0)]"
    assert take_up(artifact, code, **KNOWN, AWS_REGION="r").result == ["/var/task/thaw", 0o077]


def test_what_was_printed_at_build_time_is_not_printed_again(artifact: Artifact) -> None:
    assert take_up(artifact, "print('now')", **KNOWN, AWS_REGION="r").out == "now\n"


def test_the_function_that_leaves_the_memory_cannot_be_called_by_others(artifact: Artifact) -> None:
    code = "result = [refused, getloadavg()[0] >= 0, os.getloadavg()[0] >= 0]"
    assert take_up(artifact, code, **KNOWN, AWS_REGION="r").result == [
        "the load average is not known while a snapshot is made",
        True,
        True,
    ]


def test_a_context_that_trusts_the_system_gets_its_authorities_at_start(
    artifact: Artifact, tmp_path: Path
) -> None:
    """The build has none of them; where they lie, OpenSSL takes from the environment as it is at start."""
    authorities = Path(__file__).with_name("handlers") / "authority.pem"
    scratch = artifact.root.with_name(f"{artifact.root.name}-scratch")
    scratch.mkdir(exist_ok=True)
    (scratch / "authority.pem").write_text(authorities.read_text())
    code = "result = trusting.cert_store_stats()['x509_ca']"
    taken = take_up(artifact, code, **KNOWN, AWS_REGION="r", SSL_CERT_FILE="/tmp/authority.pem")
    assert (taken.result, taken.err) == (1, "")


def test_nothing_of_the_build_is_left_in_what_modules_use(artifact: Artifact) -> None:
    code = (
        "import builtins, _thread, random\n"
        "result = [each.__module__ for each in (builtins.__import__, _thread.start_new_thread, random.seed,"
        " os.environ.__class__, threading._start_new_thread)]\n"
        "result += [name for name in sys.modules if name.startswith('snapshot_build')]"
    )
    assert take_up(artifact, code, **KNOWN, AWS_REGION="r").result == [
        "builtins",
        "_thread",
        "random",
        "os",
        "_thread",
    ]


SEEN = """
import gc, locale, os, signal, sys, threading, warnings
result = {
    "sys.path": sys.path, "sys.argv": sys.argv, "sys.executable": sys.executable, "sys.prefix": sys.prefix,
    "sys.flags": repr(sys.flags), "main": sys.modules["__main__"].__name__, "warnings": repr(warnings.filters),
    "finders": [len(sys.meta_path), len(sys.path_hooks)], "encoding": [sys.stdout.encoding, sys.stdout.line_buffering],
    "recursion": sys.getrecursionlimit(), "switch": sys.getswitchinterval(), "collector": [gc.isenabled(), *gc.get_threshold()],
    "threads": [each.name for each in threading.enumerate()], "environment": sorted(os.environ),
    "mask": [int(each) for each in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
    "descriptors": len(os.listdir("/proc/self/fd")), "umask": os.umask(0o022), "folder": os.getcwd(),
    "signals": [repr(signal.getsignal(each)) for each in range(1, 32)],
    "limits": open("/proc/self/limits").read(),
    "hooks": [sys.excepthook is sys.__excepthook__, sys.gettrace(), sys.getprofile(), sys.displayhook is sys.__displayhook__],
    "locale": locale.getlocale(),
}
"""


def test_a_process_looks_to_the_handler_as_after_a_portable_start(tmp_path: Path) -> None:
    """Whatever this finds different would be a difference for users as well."""
    artifact = from_code(tmp_path / "function", "import os; read = os.getenv('ABSENT')")
    snapshot, portable = take_up(artifact, SEEN), take_up(artifact, SEEN, ABSENT="1")
    assert (PORTABLE in snapshot.err, PORTABLE in portable.err) == (False, True)
    expected = portable.result
    expected["environment"].remove("ABSENT")
    assert snapshot.result == expected


def test_a_package_that_a_variable_is_set_for_is_left_out_and_still_works(tmp_path: Path) -> None:
    """At the default level: preloaded, it would not see what the handler sets before it imports it."""
    code = "import os, sys\nos.environ['PYTHONTZPATH'] = '/var/task/zones'\nimport json.tool, zoneinfo\n"
    artifact = from_code(tmp_path / "function", code, initialize_at_build_time=False)
    assert artifact.snapshot is not None
    assert (
        artifact.snapshot["not_preloaded"]["zoneinfo"]
        == "reads PYTHONTZPATH, whose value is not known at build time"
    )
    taken = take_up(artifact, "result = list(zoneinfo.TZPATH)")
    assert (taken.result, taken.err) == (["/var/task/zones"], "")
    assert "json.tool" in artifact.snapshot["modules"]
    assert "handler" not in artifact.snapshot["modules"]


def test_at_the_default_level_the_module_may_do_anything_when_it_is_imported_at_start(tmp_path: Path) -> None:
    code = (
        "import os, threading\nregion = os.environ['AWS_REGION']\nfile = open('/var/task/handler.py')\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    artifact = from_code(tmp_path / "function", code, initialize_at_build_time=False)
    taken = take_up(artifact, "result = [region, file.readline(), threading.active_count()]", AWS_REGION="r")
    assert (taken.result, taken.err) == (
        ["r", "import os, threading\n", 2],
        "",
    )


def test_a_handler_in_a_package_imports_its_neighbours(tmp_path: Path) -> None:
    folder = builds.function(tmp_path / "function") / "package"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "neighbour.py").write_text("answer = 42\n")
    (folder / "module.py").write_text(
        "from . import neighbour\ndef handle(event, context): return neighbour.answer\n"
    )
    artifact = initialised(folder.parent, handler="package/module.handle")
    assert take_up(artifact, "", _HANDLER="package/module.handle").result == 42


def test_a_module_that_ends_its_process_keeps_nothing_from_being_built_at_the_default_level(
    tmp_path: Path,
) -> None:
    ends = builds.function(tmp_path / "ends", handler="import os\nos._exit(7)\n")
    report = builds.built(ends, start=Start.SNAPSHOT).snapshot
    assert report is not None
    assert "did not come to its end" in report["trial_failure"]
