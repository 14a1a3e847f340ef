"""What a child process does before it runs an environment's code, so that the code can be ended and cannot be heard."""

import ctypes
import os
import resource
import signal
import sys
from typing import BinaryIO

MEMORY_BYTES = 4 << 30
PR_SET_PDEATHSIG = 1


def claim_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Moves the pipes off descriptors 0 and 1: an environment's prints go to stderr, and it has no input to eat."""
    jobs, results = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return jobs, results


def confine() -> None:
    """Dies with the parent, even in the middle of a job, and cannot take the machine's memory."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        limit = MEMORY_BYTES if most == resource.RLIM_INFINITY else min(MEMORY_BYTES, most)
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
