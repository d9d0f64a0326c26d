"""Functions whose snapshots are started on other processors, kernels and file systems, with everything initialised."""

import shutil
import tempfile
from pathlib import Path

from constructs_lib.bundling import Architecture, Artifact, Start
from tests import builds

REQUIREMENTS = (
    Path(builds.__file__).parent / "benchmarks" / "handlers" / "boto3_pydantic_numpy" / "requirements.txt"
)
# What code that runs at build time may have read, and a little of what Lambda sets.
VARIABLES = {
    "_HANDLER": "handler.handle",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "AWS_ACCESS_KEY_ID": "id",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
}
_HELLO = """
import os

def handle(event, context):
    mapped = set()
    if os.path.exists("/proc/self/maps"):
        with open("/proc/self/maps") as lines:
            mapped = {line.split(maxsplit=5)[5].strip() for line in lines if "/" in line}
    return {"event": event, "kernel": os.uname().release, "mapped": sorted(mapped)}
"""
_CALCULATING = """
import boto3, ctypes, glob, numpy, ssl

client = boto3.client("s3", region_name="eu-north-1")

def openssl():
    settings = ctypes.CDLL(glob.glob("/var/task/thaw/lib/libcrypto.so.*")[0]).OPENSSL_info
    settings.restype = ctypes.c_char_p
    return settings(1008).decode()  # OPENSSL_INFO_CPU_SETTINGS

# Opened at build time: by another path than numpy's, a later process would load it a second time.
openblas = ctypes.CDLL(glob.glob("/var/task/thaw/packages/numpy.libs/*openblas*")[0]).scipy_openblas_get_corename64_
openblas.restype = ctypes.c_char_p

def features():
    module = numpy._core._multiarray_umath
    return [name for name in module.__cpu_dispatch__ if module.__cpu_features__[name]]

def handle(event, context):
    if event == "choices":
        return {"openssl": openssl(), "openblas": openblas().decode(), "numpy": features()}
    numbers = numpy.arange(4096, dtype=float).reshape(64, 64) + event
    sums = [float((numbers @ numbers).sum()), float(numpy.sort(numbers.ravel())[-1]), int(numbers.astype(int).sum())]
    return [sums, len(ssl.RAND_bytes(16)), client.meta.region_name]
"""
_ASKING = """
import ctypes, mmap

code = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
# push rbx; mov eax, 7; xor ecx, ecx; cpuid; mov eax, ebx; pop rbx; ret
code.write(bytes.fromhex("53 b8 07000000 31c9 0fa2 89d8 5b c3"))
ask = ctypes.CFUNCTYPE(ctypes.c_uint32)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
at_build_time = ask()

def handle(event, context):
    return [at_build_time, ask()]
"""
# For the event 1, in whole numbers by hand.
CALCULATED = [[1105773789184.0, 4096.0, 8390656], 16, "eu-north-1"]


def hello() -> Artifact:
    """Returns its event, the kernel's release, and the paths of all mapped files where /proc tells them."""
    return _snapshot("hello", _HELLO)


def calculating() -> Artifact:
    """Multiplies matrices with numpy, draws from OpenSSL, and holds a boto3 client.

    To the event ``choices`` it answers what its libraries say of the processor.
    """
    return _snapshot("calculating", _CALCULATING, REQUIREMENTS)


def asking() -> Artifact:
    """Returns what CPUID says of leaf 7 in EBX: what it said at build time, and what it says now."""
    return _snapshot("asking", _ASKING)


def _snapshot(name: str, code: str, requirements: Path | None = None) -> Artifact:
    with tempfile.TemporaryDirectory() as folder:
        source = builds.function(Path(folder) / name, handler=code)
        if requirements is not None:
            shutil.copy(requirements, source)
        return builds.built(source, start=Start.SNAPSHOT, initialize_at_build_time=True)


def portable_hello(architecture: Architecture, python: Path) -> Artifact:
    """The same as ``hello``, without a snapshot."""
    with tempfile.TemporaryDirectory() as folder:
        source = builds.function(Path(folder) / "hello", handler=_HELLO)
        return builds.built(source, architecture=architecture, python=python)
