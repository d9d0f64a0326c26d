"""Facts of the platform: limits, operating systems, dates. Data and pure look-ups, nothing else.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html for the limits,
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html for the dates (as of November 2026),
https://docs.aws.amazon.com/linux/al2023/ug/al2023-container-image-types.html for the libraries: provided.al2023 is made of the
minimal image, provided.al2 of Amazon Linux 2's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

MEBIBYTE = 1 << 20

# Of an upload by hand (console, UpdateFunctionCode). The CDK uploads to a bucket, where the unzipped size alone counts.
DIRECT_UPLOAD_BYTES = 50 * MEBIBYTE
UNZIPPED_BYTES = 250 * MEBIBYTE
ENVIRONMENT_BYTES = 4096

LAYERS = 5
MEMORY_MB = range(128, 10_241)
TIMEOUT_SECONDS = range(1, 901)
EPHEMERAL_STORAGE_MB = range(512, 10_241)

# What Lambda sets itself and nobody else may: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
RESERVED_VARIABLES = frozenset({
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN",
})  # fmt: skip
VARIABLE_NAME = r"[a-zA-Z]\w+"  # of ASCII characters

# Shared libraries of every OS-only runtime: glibc's own, the C and C++ compilers', zlib.
BASE_LIBRARIES = frozenset({
    "ld-linux-aarch64.so.1", "ld-linux-x86-64.so.2", "libBrokenLocale.so.1", "libanl.so.1", "libc.so.6", "libdl.so.2",
    "libgcc_s.so.1", "libm.so.6", "libmvec.so.1", "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libstdc++.so.6",
    "libthread_db.so.1", "libutil.so.1", "libz.so.1",
})  # fmt: skip
# What a script can name in its first line.
SHELLS = ("/bin/sh", "/bin/bash", "/usr/bin/sh", "/usr/bin/bash")


class OperatingSystem(StrEnum):
    """The OS-only runtimes, by the names Lambda's API gives them."""

    PROVIDED_AL2 = "provided.al2"
    PROVIDED_AL2023 = "provided.al2023"


@dataclass(frozen=True, kw_only=True)
class OperatingSystemFacts:
    """What matters of an OS-only runtime.

    Attributes:
        system: its name for people.
        symbols: the newest versions in its C and C++ libraries, for executables that do not bring their own.
        libraries: what today's image has beyond ``BASE_LIBRARIES``. AWS promises none of them.
        deprecated: end of patches and support.
        create_blocked, update_blocked: first day on which functions can no longer be created, or changed.
    """

    system: str
    symbols: Mapping[str, tuple[int, ...]]
    libraries: frozenset[str]
    deprecated: date
    create_blocked: date
    update_blocked: date


_AL2_LIBRARIES = frozenset({
    "libbz2.so.1", "libcrypt.so.1", "libcrypto.so.10", "libcurl.so.4", "libexpat.so.1", "libffi.so.6", "libgmp.so.10",
    "libgssapi_krb5.so.2", "libkrb5.so.3", "liblzma.so.5", "libncurses.so.6", "libnghttp2.so.14", "libnsl.so.1",
    "libpcre.so.1", "libreadline.so.6", "libsqlite3.so.0", "libssl.so.10", "libtinfo.so.6", "libuuid.so.1",
    "libxml2.so.2",
})  # fmt: skip
_AL2023_LIBRARIES = frozenset({
    "libbz2.so.1", "libcrypto.so.3", "libcurl.so.4", "libffi.so.8", "libgmp.so.10", "libgssapi_krb5.so.2",
    "libidn2.so.0", "libkrb5.so.3", "liblz4.so.1", "liblzma.so.5", "libncurses.so.6", "libnghttp2.so.14",
    "libpcre2-8.so.0", "libreadline.so.8", "libsqlite3.so.0", "libssl.so.3", "libtinfo.so.6", "libuuid.so.1",
    "libxml2.so.2", "libyaml-0.so.2", "libzstd.so.1",
})  # fmt: skip

OPERATING_SYSTEMS = {
    OperatingSystem.PROVIDED_AL2: OperatingSystemFacts(
        system="Amazon Linux 2",
        symbols={"GLIBC": (2, 26), "GLIBCXX": (3, 4, 24)},
        libraries=_AL2_LIBRARIES,
        deprecated=date(2026, 7, 31),
        create_blocked=date(2027, 2, 1),
        update_blocked=date(2027, 3, 3),
    ),
    OperatingSystem.PROVIDED_AL2023: OperatingSystemFacts(
        system="Amazon Linux 2023",
        symbols={"GLIBC": (2, 34), "GLIBCXX": (3, 4, 33)},
        libraries=_AL2023_LIBRARIES,
        deprecated=date(2029, 6, 30),
        create_blocked=date(2029, 7, 31),
        update_blocked=date(2029, 8, 31),
    ),
}


def megabytes(count: int) -> str:
    """A size for people, in the MB of Lambda's limits (1,048,576 bytes)."""
    return f"{count / MEBIBYTE:.1f} MB"
