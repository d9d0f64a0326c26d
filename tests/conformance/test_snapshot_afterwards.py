"""What a function can do without a snapshot it can do after one, with what was initialised at build time."""

import json
from pathlib import Path

import pytest
from bucket import REGION, Bucket
from initialised import HANDLERS, ends, environment, take_up
from runtime_api import Environment, RuntimeApi

from constructs_lib.bundling import Artifact
from thaw_cli.local.postgres import Postgres

TLS = """
import datetime
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
import socket
key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
now = datetime.datetime.now(datetime.timezone.utc)
certificate = (
    x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(hours=1))
    .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    .sign(key, hashes.SHA256())
).public_bytes(serialization.Encoding.PEM)
private = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
with tempfile.NamedTemporaryFile() as file:
    file.write(certificate + private)
    file.flush()
    there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    there.load_cert_chain(file.name)
listening = socket.create_server(("127.0.0.1", 0))
def answer():
    with there.wrap_socket(listening.accept()[0], server_side=True) as connection:
        connection.sendall(connection.recv(9).upper())
thread = threading.Thread(target=answer)
thread.start()
here = ssl.create_default_context(cadata=certificate.decode())
with here.wrap_socket(socket.create_connection(listening.getsockname()), server_hostname="localhost") as connection:
    connection.sendall(b"encrypted")
    result = [connection.version(), connection.recv(9).decode()]
thread.join()
"""
MEASURED = """
measuring = coverage.Coverage(data_file=None, include="/var/task/handler.py")
measuring.start()
salt()
measuring.stop()
result = measuring.get_data().lines("/var/task/handler.py")
"""
WORKS = {
    "a thread": (
        "found = []; t = threading.Thread(target=found.append, args=[1]); t.start(); t.join(); result = found",
        [1],
    ),
    "a lock taken at build time": ("held.release(); result = held.acquire(blocking=False)", True),
    "asyncio": ("result = asyncio.run(in_turn(1, 2, 3))", [1, 2, 3]),
    "asyncio's threads": ("result = asyncio.run(asyncio.to_thread(threading.active_count))", 2),
    "a child process": (
        "child = [sys.executable, '-c', 'print(6 * 7)']; result = subprocess.check_output(child, text=True)",
        "42\n",
    ),
    "multiprocessing's spawn": (
        (
            "import os\nchild = multiprocessing.get_context('spawn').Process(target=os._exit, args=[7])\n"
            "child.start(); child.join(); result = child.exitcode"
        ),
        7,
    ),
    "multiprocessing's fork": (
        (
            "there, here = multiprocessing.Pipe()\n"
            "child = multiprocessing.get_context('fork').Process(target=lambda: there.send(matrix.sum()))\n"
            "child.start(); result = here.recv(); child.join()"
        ),
        6.0,
    ),
    "a signal": ("signal.raise_signal(signal.SIGTERM); result = terminated", [15]),
    "a timer's signal": (
        (
            "signal.signal(signal.SIGALRM, lambda number, _: terminated.append(number))\n"
            "signal.setitimer(signal.ITIMER_REAL, 0.001); signal.pause(); "
            "result = terminated"
        ),
        [14],
    ),
    "the first import of a module in Python": (
        "was = 'colorsys' in sys.modules; import colorsys; result = [was, colorsys.rgb_to_hsv(1, 0, 0)[1]]",
        [False, 1.0],
    ),
    "the first import of a module in C": (
        "was = '_lsprof' in sys.modules; import _lsprof; result = [was, _lsprof.Profiler.__name__]",
        [False, "Profiler"],
    ),
    "the first import of a part of a dependency": (
        (
            "was = 'numpy.polynomial' in sys.modules; from numpy.polynomial import chebyshev\n"
            "result = chebyshev.chebval(0.5, [1, 2]).item()"
        ),
        2.0,
    ),
    "a file of a dependency": ("result = len(s3.meta.service_model.operation_names) > 100", True),
    "another client of boto3": ("result = boto3.client('sqs').meta.region_name", REGION),
    "TLS to a local server": (TLS, ["TLSv1.3", "ENCRYPTED"]),
    "numpy": ("result = (np.linalg.inv(matrix) @ matrix).round(9).tolist()", [[1.0, 0.0], [0.0, 1.0]]),
    "numpy with many numbers": ("x = np.ones((500, 500)); result = float((x @ x)[0, 0])", 500.0),
    "a model of pydantic": (
        'result = Measurement.model_validate_json(\'{"name": "a", "seconds": "1.5"}\').model_dump()',
        {"name": "a", "seconds": 1.5},
    ),
    "an error of pydantic": (
        "try: Measurement(name=1)\nexcept pydantic.ValidationError as error: result = error.error_count()",
        2,
    ),
    "a new model of pydantic": ("result = pydantic.create_model('New', x=(int, 1))().x", 1),
    "a model of pydantic as a result": (
        (
            "from thaw_runtime import json_types\njson_types.enable('pydantic')\n"
            "result = [Measurement(name='a', seconds=1.5)]"
        ),
        [{"name": "a", "seconds": 1.5}],
    ),
    "a key of cryptography": (
        (
            "from cryptography.hazmat.primitives import hashes\nkey = ec.generate_private_key(ec.SECP256R1())\n"
            "signature = key.sign(b'text', ec.ECDSA(hashes.SHA256()))\n"
            "result = key.public_key().verify(signature, b'text', ec.ECDSA(hashes.SHA256()))"
        ),
        None,
    ),
    "a time zone": (
        "import datetime\nresult = datetime.datetime(2026, 7, 1, tzinfo=zone).isoformat()",
        "2026-07-01T00:00:00+02:00",
    ),
    "another time zone": (
        "import datetime\nresult = datetime.datetime(2026, 7, 1, tzinfo=ZoneInfo('Asia/Tokyo')).isoformat()",
        "2026-07-01T00:00:00+09:00",
    ),
    "the locale set at build time": ("result = locale.setlocale(locale.LC_ALL)", "C"),
    "a locale that the system lacks": (
        "try: locale.setlocale(locale.LC_ALL, 'xx_XX')\nexcept locale.Error: result = 'an error'",
        "an error",
    ),
    "a database in memory": ("result = database.execute('select count(*) from kept').fetchone()", [1]),
    "a database in a file": (
        (
            "new = sqlite3.connect('/tmp/new'); new.execute('create table t (x)'); new.commit()\n"
            "result = sqlite3.connect('/tmp/new').execute('select count(*) from t').fetchone()"
        ),
        [0],
    ),
    "a temporary file": (
        "f = tempfile.TemporaryFile('w+'); f.write('text'); f.seek(0); result = f.read()",
        "text",
    ),
    "300 MB": ("x = bytearray(300_000_000); x[-1] = 1; result = len(x)", 300_000_000),
    "cycles of garbage": (
        "import gc; x = [[] for _ in range(50_000)]; x[0].append(x); del x; result = gc.collect() > 0",
        True,
    ),
    "deep recursion": ("deep = lambda n: n and 1 + deep(n - 1); result = deep(900)", 900),
    "recursion without end": (
        "def deep(): deep()\ntry: deep()\nexcept RecursionError: result = 'an error'",
        "an error",
    ),
    "a tracing function": (
        (
            "seen = []; sys.settrace(lambda frame, event, _: seen.append(frame.f_code.co_name)); temporary_name()\n"
            "sys.settrace(None); result = seen[0]"
        ),
        "temporary_name",
    ),
    "weak references": ("import weakref; r = weakref.ref(zone); result = r() is zone", True),
    "sys.argv, as without a snapshot": ("result = sys.argv", ["-c"]),
}


@pytest.mark.parametrize(("code", "expected"), WORKS.values(), ids=WORKS.keys())
def test_this_works_afterwards(
    afterwards: Artifact, known: dict[str, str], code: str, expected: object
) -> None:
    assert take_up(afterwards, code, **known).result == expected


def test_coverage_is_measured(afterwards: Artifact, known: dict[str, str]) -> None:
    lines = take_up(afterwards, MEASURED, **known).result
    source = (HANDLERS / "afterwards" / "handler.py").read_text().splitlines()
    assert [source[line - 1].split()[0] for line in sorted(lines)] == ["connection", "return"]


def test_a_debugger_without_a_terminal_is_an_error_of_the_invocation(
    afterwards: Artifact, known: dict[str, str]
) -> None:
    assert take_up(afterwards, "breakpoint()", **known).error["errorType"] == "BdbQuit"


def test_a_name_of_this_machine_is_resolved_and_an_unknown_one_is_not(
    afterwards: Artifact, known: dict[str, str]
) -> None:
    """Started where it lies, because the root of the other tests has no /etc."""
    code = (
        "import socket\nresult = [socket.getaddrinfo('localhost', 80, socket.AF_INET)[0][4][0]]\n"
        "try: socket.getaddrinfo('unknown.invalid', 80)\nexcept socket.gaierror: result.append('unknown')"
    )
    with RuntimeApi() as api:
        variables = {**known, "AWS_LAMBDA_RUNTIME_API": api.address, "_HANDLER": "handler.handle"}
        variables |= {"AWS_ACCESS_KEY_ID": "AKIDREAL", "AWS_SECRET_ACCESS_KEY": "of this process"}
        with Environment([afterwards.root / "bootstrap"], variables, afterwards.root) as started:
            answered = json.loads(api.invoke(json.dumps(code).encode()).body)
    assert (answered, started.output()) == (["127.0.0.1", "unknown"], ("", ""))


def test_boto3_signs_with_the_credentials_of_the_new_process(
    afterwards: Artifact, known: dict[str, str], bucket: Bucket
) -> None:
    code = "result = s3.list_objects_v2(Bucket='b')['Contents'][0]['Key']"
    assert take_up(afterwards, code, **known, AWS_SESSION_TOKEN="token").result == "kept"
    assert "Credential=AKIDREAL/" in bucket.signatures[-1]
    assert f"/{REGION}/s3/aws4_request" in bucket.signatures[-1]
    assert "x-amz-security-token" in bucket.signatures[-1]


def test_psycopg_talks_to_postgresql(afterwards: Artifact, known: dict[str, str], tmp_path: Path) -> None:
    code = "with psycopg.connect(DSN) as c: result = c.execute('select %s::int + 1', [41]).fetchone()"
    with Postgres(tmp_path / "postgres") as server:
        assert take_up(afterwards, f"DSN = {server.dsn!r}\n{code}", **known).result == [42]


def test_a_traceback_shows_lines_of_the_source(afterwards: Artifact, known: dict[str, str]) -> None:
    error = take_up(afterwards, "fail()", **known).error
    assert error["errorType"] == "LookupError"
    assert 'File "/var/task/handler.py"' in error["stackTrace"][-1]
    assert "# the line that a traceback shows" in error["stackTrace"][-1]


def test_several_invocations_share_what_the_module_keeps(afterwards: Artifact, known: dict[str, str]) -> None:
    with RuntimeApi() as api, environment(afterwards, api, **known):
        results = [api.invoke(json.dumps("terminated.append(1); result = terminated").encode()) for _ in "ab"]
    assert [json.loads(each.body) for each in results] == [[1], [1, 1]]


@pytest.mark.parametrize(
    ("code", "status"), [("sys.exit(5)", 5), ("sys.exit()", 0), ("import os; os._exit(6)", 6)]
)
def test_the_exit_status_is_what_the_handler_wants(
    afterwards: Artifact, known: dict[str, str], code: str, status: int
) -> None:
    assert ends(afterwards, code, **known)[0] == status


def test_what_is_registered_for_the_exit_runs(afterwards: Artifact, known: dict[str, str]) -> None:
    code = "import atexit; atexit.register(print, 'at exit'); sys.exit('said')"
    assert ends(afterwards, code, **known) == (1, "at exit\n", "said\n")


def test_a_crash_prints_where_it_happened(afterwards: Artifact, known: dict[str, str]) -> None:
    """``faulthandler`` was enabled at build time."""
    status, _, said = ends(afterwards, "faulthandler._sigsegv()", **known)
    assert status == -11
    assert "Fatal Python error: Segmentation fault\n\nCurrent thread" in said
    assert 'File "/var/task/handler.py"' in said


def test_libraries_loaded_afterwards_know_the_time(afterwards: Artifact, known: dict[str, str]) -> None:
    """ld.so resolves these two functions of libc through the vdso that it found when it was started."""
    code = (
        "import ctypes, os, time; libc = ctypes.CDLL('libc.so.6'); found = ctypes.create_string_buffer(16)\n"
        "libc.gettimeofday(found, None); seconds = int.from_bytes(found.raw[:8], 'little')\n"
        "os._exit(sum(abs(each - time.time()) < 60 for each in (libc.time(None), seconds)))"
    )
    assert ends(afterwards, code, **known)[0] == 2
