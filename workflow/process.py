"""What a process of the workflow needs of its operating system."""

import ctypes
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PR_SET_PDEATHSIG = 1
STOPS = (signal.SIGINT, signal.SIGTERM)


def die_with_parent() -> None:
    """Ask for SIGKILL when the parent ends. Linux only: elsewhere an orphan finishes, which does no harm."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def stop_on_signals() -> None:
    """Raise KeyboardInterrupt on Ctrl-C and on a request to terminate, in a background job of a shell too."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for number in STOPS:
        signal.signal(number, interrupt)


@contextmanager
def stops_held() -> Iterator[None]:
    """Let signals that would stop this process wait until the end of the block.

    Python forks through hooks of its libraries (``os.register_at_fork``), and drops an exception raised in
    one of them: a Ctrl-C at that moment would be lost.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin_child() -> None:
    """Prepare a child that was forked while stops were held: it hears them, and dies with its parent."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    die_with_parent()


def one_line(message: str) -> str:
    """Join a message's lines."""
    return " ".join(message.split())
