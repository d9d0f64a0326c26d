"""What handlers do, by the name that is sent as the event."""

import asyncio
import os
import sys


class Refused(Exception):
    pass


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def raises():
    raise ValueError("wrong ü")


def raises_nothing():
    raise Refused


def raises_deeply(depth=3):
    if depth:
        return raises_deeply(depth - 1)
    raise KeyError("missing")


def raises_chained():
    try:
        raises()
    except ValueError as error:
        raise Refused("refused") from error


def raises_group():
    raise ExceptionGroup("several", [ValueError("a"), KeyError("b")])


def raises_noted():
    error = ValueError("noted")
    error.add_note("a note")
    raise error


def raises_lines():
    raise ValueError("first\nsecond")


def raises_unprintable():
    raise Unprintable


def raises_long():
    raise ValueError("x" * (1 << 20))


def raises_stop():
    raise StopIteration("stop")


def raises_generator_exit():
    raise GeneratorExit


def raises_memory():
    raise MemoryError


def raises_assertion():
    assert os is None, "an assertion"


def raises_system_error():
    raise OSError(2, "No such file", "/nowhere")


def raises_from_code():
    return eval("1/0")


def raises_type_named():
    raise type("A Name\r\nInjected: ü", (Exception,), {})("text")


def recurses():
    def again():
        return again()

    return again()


def exits():
    sys.exit(7)


def exits_with_text():
    sys.exit("a reason")


def exits_at_once():
    os._exit(9)


def interrupts():
    raise KeyboardInterrupt


def is_cancelled():
    raise asyncio.CancelledError


def closes_output():
    os.close(1)
    return 1


def forks():
    child = os.fork()
    if child == 0:
        os._exit(0)
    return os.waitpid(child, 0)[1]


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


def handle(event, _context):
    return globals()[event]()
