"""Runs a command under a seccomp filter that answers perf_event_open as container runtimes do.

Usage: seccomp_filter.py ERRNO COMMAND...
"""

import ctypes
import os
import platform
import struct
import sys

# struct seccomp_data begins with the number of the call; linux/filter.h, linux/seccomp.h
LOAD_WORD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ANSWER_ERRNO, ALLOW = 0x00050000, 0x7FFF0000
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2
PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241}[platform.machine()]

program = [
    (LOAD_WORD, 0, 0, 0),
    (JUMP_IF_EQUAL, 0, 1, PERF_EVENT_OPEN),
    (RETURN, 0, 0, ANSWER_ERRNO | int(sys.argv[1])),
    (RETURN, 0, 0, ALLOW),
]
code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *line) for line in program))
filter = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(code)))
prctl = ctypes.CDLL(None, use_errno=True).prctl
if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
    sys.exit("prctl(PR_SET_NO_NEW_PRIVS) failed")
if prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.c_void_p(ctypes.addressof(filter)), 0, 0) != 0:
    sys.exit("prctl(PR_SET_SECCOMP) failed")
os.execvp(sys.argv[2], sys.argv[2:])
