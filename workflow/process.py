"""What a process of the workflow needs of its operating system."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask for SIGKILL when the parent ends. Linux only: elsewhere an orphan finishes, which does no harm."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def stop_on_signals() -> None:
    """Raise KeyboardInterrupt on Ctrl-C and on a request to terminate, in a background job of a shell too."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)


def one_line(message: str) -> str:
    """Join a message's lines."""
    return " ".join(message.split())
