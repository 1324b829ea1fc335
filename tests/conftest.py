"""Options and fixtures shared by all tests."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]
torch.set_num_threads(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", default="cpu", help="device of the tests that take the fixture `device`")
    parser.addoption("--dtype", default="float64", help="dtype of the tests that take the fixture `dtype`")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the notebooks: at the end, one worker would be busy with them and the others idle."""
    items.sort(key=lambda item: "built_book" not in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root."""
    return ROOT


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> torch.device:
    """Device of `--device`; a device that is absent fails the test."""
    return torch.device(request.config.getoption("--device"))


@pytest.fixture(scope="session")
def dtype(request: pytest.FixtureRequest) -> torch.dtype:
    """Floating point type of `--dtype`."""
    return getattr(torch, request.config.getoption("--dtype"))


@pytest.fixture
def generator(device: torch.device) -> torch.Generator:
    """A seeded source of randomness, fresh for each test."""
    return torch.Generator(device=device).manual_seed(0)


@pytest.fixture
def extension(root: Path, monkeypatch: pytest.MonkeyPatch):
    """Import a module of book/_ext by name, and forget all of them afterwards."""
    folder = root / "book" / "_ext"
    monkeypatch.syspath_prepend(str(folder))
    yield importlib.import_module
    for path in folder.glob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.fixture(scope="session")
def built_book() -> Path:
    """Folder of the pages, built from all notebooks with the smoke profile.

    Every worker asks for it; the workflow's own lock lets one of them build, and the others find it done. It
    takes this worker's share of the cores, for the others are at work on theirs.
    """
    book = Path("_build") / "smoke" / "html"
    cores = max((os.cpu_count() or 1) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")), 1)
    command = [sys.executable, "workflow/book.py", "--profile", "smoke", "--book", str(book)]
    command += ["--cores", str(cores)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return ROOT / book
