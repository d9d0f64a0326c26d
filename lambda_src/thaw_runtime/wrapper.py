"""The program that a function's configuration puts in front of the runtime.

Lambda's managed runtimes execute what ``AWS_LAMBDA_EXEC_WRAPPER`` names with the runtime's command line as its arguments: the
interpreter, its options, and a program as the last one, so that a wrapper can insert options before that. OS-only runtimes are
told of the variable and have to do the same. Imported where the variable is there.
Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
"""

import os
import sys

from thaw_runtime.settings import SettingsError

VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"
# Set from a snapshot's process to the next process of the same snapshot: the wrapper had its turn.
HAD_ITS_TURN = "THAW_WRAPPED"
# As the launcher has them.
OPTIONS = ("-I", "-S", "-u", "-X", "utf8")


def hand_over(*, from_snapshot: bool = False) -> None:
    """Executes the wrapper in this process; returns where there is none, or where it had its turn.

    Raises:
        SettingsError: it cannot be executed.
    """
    wrapper = os.environ.get(VARIABLE)
    if os.environ.pop(HAD_ITS_TURN, None) is not None or not wrapper:
        return
    if from_snapshot:
        os.environ[HAD_ITS_TURN] = "1"
    try:
        os.execv(wrapper, [wrapper, *_command()])  # noqa: S606 - it is what the configuration asks for
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(
            f"{VARIABLE} is {wrapper!r}, which cannot be executed: {reason}; it must be the path of an executable file of "
            "the function or of a layer, and the program in its first line must be there too"
        ) from error


def go_on() -> None:
    """Starts what the wrapper stood in front of: the runtime, or the snapshot where the wrapper left the command line alone."""
    if HAD_ITS_TURN in os.environ and sys.orig_argv == _command():
        bootstrap = os.path.dirname(sys.prefix) + "/bootstrap"
        os.execv(bootstrap, [bootstrap])  # noqa: S606 - the snapshot of this artifact
    os.environ.pop(HAD_ITS_TURN, None)
    from thaw_runtime.main import main

    main(wrapped=True)


def _command() -> list[str]:
    program = f"{__file__.rpartition('/')[0]}/__main__{__file__[__file__.rindex('.') :]}"
    return [sys.prefix + "/bin/python3", *OPTIONS, program]
