"""What handlers do, by the name that is sent as the event."""

import asyncio
import json
import os
import sys
import threading
import warnings

from surroundings import *  # noqa: F403 - an event names one of them


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


def changes_folder():
    before = os.getcwd()
    os.chdir("/")
    try:
        return os.getcwd()
    finally:
        os.chdir(before)


def raises_in_another_folder():
    os.chdir("/")
    raise ValueError("elsewhere")


def returns_to_folder():
    os.chdir(os.environ["LAMBDA_TASK_ROOT"])


class Outer:
    class Inner(Exception):
        pass


def raises_nested_class():
    raise Outer.Inner("inner")


def raises_many_arguments():
    raise ValueError("a", 1, None)


def raises_number():
    raise KeyError(5)


def raises_surrogate():
    raise ValueError("a\ud800b")


def writes_surrogates():
    print("a\ud800b")


def raises_null():
    raise ValueError("a\0b\x1b[0m\x85\u2028")


def raises_spaces():
    raise ValueError("  leading")


def raises_carriage():
    raise ValueError("first\r\n  second")


def raises_in_thread():
    thread = threading.Thread(target=raises)
    thread.start()
    thread.join()
    return thread.is_alive()


def raises_in_comprehension():
    return [1 / number for number in (1, 0)]


def raises_on_lines():
    return dict(
        a=1,
        b=int("x"),
    )


def raises_again():
    try:
        raises()
    except ValueError:
        raise


def raises_from_library():
    return json.loads("{")


def raises_json_error():
    raise json.JSONDecodeError("no", "doc", 0)


def raises_unicode_error():
    return "ü".encode("ascii")


def raises_timeout():
    raise TimeoutError


def raises_own_type():
    raise type("", (Exception,), {})("no name")


def warns():
    warnings.warn("be careful", stacklevel=1)


def handle(event, _context):
    return globals()[event]()
