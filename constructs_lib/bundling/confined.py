"""Executes a command so that its memory can be left and taken up: ``python -I -S confined.py COMMAND...``.

Started as a file, in isolated mode, and replaced by the command. Linux only.

- No address is random and mappings grow upwards from a third of the address space (personality(2)), far from where the
  kernel puts the stack, the heap and the vdso of a new process. Where personality is refused, as Docker's default seccomp
  profile does, an unlimited stack has the same effect on the layout of mappings (mmap_base in the kernel's mm/util.c).
- The heap cannot grow (a seccomp filter answers brk with 0), so malloc takes all its memory from mappings too: everything
  lies in one range, and no heap of the new process can be in its way.
- libc does not register for restartable sequences, whose registration belongs to one process, and resolves every symbol
  at once, so that no first call of a function writes to memory later.
"""

import ctypes
import os
import platform
import resource
import struct
import sys

ADDR_NO_RANDOMIZE, ADDR_COMPAT_LAYOUT = 0x0040000, 0x0200000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
BRK = {"x86_64": 12, "aarch64": 214}
# Classic BPF: load the system call's number, compare, answer. See seccomp(2).
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
RETURN_ERRNO_0, RETURN_ALLOW = 0x00050000, 0x7FFF0000
# What the baseline x86-64-v3 does not have, so that libc chooses nothing beyond it.
TUNABLES = "glibc.pthread.rseq=0:glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX512CD,-AVX512DQ,-RTM"


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def main(command: list[str]) -> None:
    """Replaces this process by the command."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.personality(ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT) == -1:
        resource.setrlimit(resource.RLIMIT_STACK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    _answer_brk_with_0(libc)
    os.environ.update({"GLIBC_TUNABLES": TUNABLES, "LD_BIND_NOW": "1"})
    os.execv(command[0], command)  # noqa: S606 - an argument list


def _answer_brk_with_0(libc: ctypes.CDLL) -> None:
    instructions = b"".join(
        struct.pack("<HBBI", code, if_true, if_false, value)
        for code, if_true, if_false, value in (
            (LOAD, 0, 0, 0),
            (JUMP_IF_EQUAL, 0, 1, BRK[platform.machine()]),
            (RETURN, 0, 0, RETURN_ERRNO_0),
            (RETURN, 0, 0, RETURN_ALLOW),
        )
    )
    program = _Filter(len(instructions) // 8, instructions)
    for option, value, pointer in (
        (PR_SET_NO_NEW_PRIVS, 1, None),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program)),
    ):
        if libc.prctl(option, value, pointer, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


if __name__ == "__main__":
    main(sys.argv[1:])
