"""What handlers find around them, and what they print, by the name that is sent as the event."""

import contextlib
import ctypes
import gc
import io
import locale
import logging
import os
import subprocess
import sys
import threading
import time


def prints():
    print("a line")
    print("ü", file=sys.stderr)
    sys.stdout.write("no end of a line")


def prints_parts():
    sys.stdout.writelines(["a\n", "b\n"])
    print("c", "d")
    sys.stderr.write("e")


def has_trace():
    return os.environ.get("_X_AMZN_TRACE_ID")


def has_variables():
    return [os.environ.get(name) for name in ("WRAPPED", "AWS_LAMBDA_RUNTIME_API")][:1]


def has_telemetry_variable():
    return "_LAMBDA_TELEMETRY_LOG_FD" in os.environ


def imports_from_task_root():
    import values

    return os.path.samefile(os.path.dirname(values.__file__), os.getcwd())


def has_output():
    return [sys.stdout.encoding.lower(), sys.stdout.writable(), sys.stdout.fileno(), sys.stderr.fileno()]


def third_party():
    return sorted(
        {name.partition(".")[0] for name in sys.modules}
        & {"simplejson", "snapshot_restore_py", "awslambdaric"}
    )


def has_process():
    return [os.getpid() != 0, os.getcwd()]


def redirected():
    buffer = io.StringIO()
    with contextlib.redirect_stdout(buffer):
        print("printed")
        logging.getLogger().warning("logged")
    return buffer.getvalue().replace(os.sep, "")[:9], "logged" in buffer.getvalue()


def writes_bytes():
    sys.stdout.buffer.write(b"raw \xff\n")
    sys.stdout.flush()


def written_count():
    return sys.stdout.write("five\n")


def traces():
    return [sys.gettrace() is None, sys.getprofile() is None, threading.active_count()]


def gives_up_stdin():
    return sys.stdin.read() if sys.stdin else None


def has_arguments():
    return len(sys.argv) > 0


def has_main():
    return "__main__" in sys.modules


def has_signal_handlers():
    import signal

    return [
        signal.getsignal(signal.SIGINT) is signal.default_int_handler,
        signal.getsignal(signal.SIGPIPE) is signal.SIG_IGN,
    ]


def has_limits():
    return [sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits(), gc.isenabled()]


def has_flags():
    return [sys.flags.optimize, sys.flags.dev_mode, sys.flags.hash_randomization, sys.dont_write_bytecode]


def has_encodings():
    names = [sys.getfilesystemencoding(), locale.getpreferredencoding(False), open(os.devnull).encoding]
    return [name.lower() for name in names]


def has_locale():
    names = [locale.setlocale(locale.LC_ALL), locale.getlocale(), locale.nl_langinfo(locale.CODESET)]
    return [*names, sys.flags.utf8_mode, ctypes.CDLL(None).wcwidth(0x4E2D), locale.strcoll("a", "B") > 0]


def tells_children_of_locale():
    told = "print([each for each in open('/proc/self/environ').read().split(chr(0)) if each[:2] in ('LC', 'LA')])"
    return subprocess.run(
        [sys.executable, "-I", "-c", told], capture_output=True, text=True, check=True
    ).stdout


def has_time_zone():
    return list(time.tzname)
