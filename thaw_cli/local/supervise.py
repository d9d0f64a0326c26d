"""The keeper's process: runs one command and leaves nothing of it behind.

    python -I -S supervise.py LIFETIME_FD STOP_SIGNAL LENGTH AFTERWARDS... COMMAND...

It ends when the command ends, with the command's status; when it receives SIGTERM; or when the other end of the
pipe LIFETIME_FD closes, which the kernel does however the owner ends. It then sends STOP_SIGNAL to the command, waits
for it up to ``GRACE_SECONDS``, and kills whatever is left. The ``LENGTH`` arguments after that are a command that then
removes what no signal reaches, a container for example; it has as long. One byte in the pipe makes it forget the pipe: from then
on only SIGTERM ends it.

Started as a file, in isolated mode, so that it imports nothing but the standard library and starts at once.
Linux only: it relies on child subreapers and parent-death signals, see prctl(2).
"""

import contextlib
import ctypes
import os
import select
import signal
import sys
import time
from pathlib import Path

GRACE_SECONDS = 10.0
COMMAND_NOT_STARTED = 127
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_libc = ctypes.CDLL(None, use_errno=True)


def main(arguments: list[str]) -> int:
    """Keeps the command; returns the exit status of this process, 128 + N where signal N ended the command."""
    lifetime, stop_signal, length = (int(each) for each in arguments[:3])
    afterwards, command = arguments[3 : 3 + length], arguments[3 + length :]
    os.set_inheritable(lifetime, False)  # noqa: FBT003 - takes no keyword
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    wakeup = _wake_on(signal.SIGCHLD, signal.SIGTERM)
    # A terminal sends Ctrl-C to the command as well; what to do about it is the command's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = _spawn(command)
    status = _wait(child, lifetime, wakeup)
    if status is None:
        status = _stop(child, stop_signal, wakeup)
    _kill_descendants()
    if afterwards:
        _await(_spawn(afterwards), wakeup)
        _kill_descendants()
    return status


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


def _wake_on(*signals: signal.Signals) -> int:
    """The reading end of a pipe that receives the number of each signal, so that poll() can await them all."""
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(writing)
    for number in signals:
        signal.signal(number, lambda *_: None)
    return reading


def _spawn(command: list[str]) -> int:
    keeper = os.getpid()
    # Until the child has let go of our handlers, a signal to it must wait: they would swallow it.
    ours = {signal.SIGINT, signal.SIGTERM, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, ours)
    child = os.fork()
    if child == 0:
        _become(command, keeper, ours)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ours)
    return child


def _become(command: list[str], keeper: int, ours: set[signal.Signals]) -> None:
    """Turns this process into the command; never returns."""
    try:
        for number in (*ours, signal.SIGPIPE, signal.SIGXFSZ):  # the last two are ignored by every CPython
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ours)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == keeper:  # else it died before the line above could tie us to it
            os.execvp(command[0], command)  # noqa: S606 - an argument list, as everywhere here
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
    finally:
        os._exit(COMMAND_NOT_STARTED)


def _wait(child: int, lifetime: int, wakeup: int) -> int | None:
    """The command's status once it has ended by itself, ``None`` when the keeper is asked to stop."""
    poll = select.poll()
    poll.register(wakeup, select.POLLIN)
    poll.register(lifetime, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == wakeup:
                received = os.read(wakeup, 512)  # before reaping: a later SIGCHLD then finds the pipe empty
                if (status := _reap(child)) is not None:
                    return status
                if signal.SIGTERM in received:
                    return None
            elif os.read(lifetime, 1):
                poll.unregister(lifetime)
            else:
                return None


def _reap(child: int) -> int | None:
    """Reaps every descendant that has ended; returns the status of ``child`` if it was among them."""
    found = None
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                found = code if code >= 0 else 128 - code
    return found


def _stop(child: int, stop_signal: int, wakeup: int) -> int:
    os.kill(child, stop_signal)
    return _await(child, wakeup)


def _await(child: int, wakeup: int) -> int:
    """The status of a child; as if it had been killed where it does not end in time."""
    deadline = time.monotonic() + GRACE_SECONDS
    while (status := _reap(child)) is None and (left := deadline - time.monotonic()) > 0:
        if select.select([wakeup], [], [], left)[0]:
            os.read(wakeup, 512)
    return 128 + signal.SIGKILL if status is None else status


def _kill_descendants() -> None:
    """Kills generation by generation until this process has no child left.

    Only direct children are signalled: nobody else can reap them, so their numbers cannot have been given to another
    process. Their own children come to us, the subreaper, when they die.
    """
    with contextlib.suppress(ChildProcessError):
        while True:
            for pid in _children():
                os.kill(pid, signal.SIGKILL)
            os.waitpid(-1, 0)


def _children() -> list[int]:
    this, found = os.getpid(), []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):  # it ended while we looked
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                if int(parent) == this:
                    found.append(int(entry.name))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
