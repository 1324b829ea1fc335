"""Interrupts are heard: a test run in the background of a shell ignores them, and so would what it starts."""

import signal

import pytest


@pytest.fixture(autouse=True)
def interrupts_heard():
    """Let processes that a test starts have the signal as a kernel's have it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
