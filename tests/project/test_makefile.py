"""The set-up that every command begins with: which Python, in which order, once."""

import os
import re
import shutil
import subprocess

import pytest

RECORDING_PYTHON = """#!/bin/sh
# A Python that records what it is asked to do.
case "$*" in
  -c*) exit {old} ;;
  "-m venv"*) for last; do :; done; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
esac
echo "$*" >> "{log}"
[ -z "$(grep -s "$3" "{broken}")" ]
"""


@pytest.fixture
def project(root, tmp_path):
    shutil.copy(root / "Makefile", tmp_path)
    (tmp_path / "lib" / "pullback").mkdir(parents=True)
    for name in ("pyproject.toml", "lib/pullback/pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
    (tmp_path / "bin").mkdir()
    return tmp_path


def install_python(project, *names, old=0):
    script = RECORDING_PYTHON.format(old=old, log=project / "log", broken=project / "broken")
    for name in names:
        path = project / "bin" / name
        path.write_text(script)
        path.chmod(0o755)


def make(project, *arguments):
    make_program = shutil.which("make")
    tools = ("sh", "rm", "touch", "getconf", "mkdir", "cp", "grep", "sed", "awk", "env")
    for tool in tools:
        link = project / "bin" / tool
        if not link.exists():
            link.symlink_to(shutil.which(tool))
    environment = {"PATH": str(project / "bin"), "HOME": os.environ.get("HOME", "")}
    return subprocess.run(
        [make_program, *arguments], cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def asked(project):
    return (project / "log").read_text().splitlines() if (project / "log").exists() else []


def test_the_makefile_is_short_and_help_names_every_command(root):
    text = (root / "Makefile").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)[1].split()
    help_text = subprocess.run(["make"], cwd=root, capture_output=True, text=True, check=True).stdout
    assert [command for command in phony if not re.search(rf"^  {command} ", help_text, re.MULTILINE)] == []


def test_torch_is_installed_first_and_all_with_the_pins(project):
    install_python(project, "python3")
    done = make(project, "setup")
    assert done.returncode == 0, done.stderr
    venv, torch, rest = asked(project)
    assert venv == "-m venv --clear .venv"
    assert torch.endswith("-c constraints.txt torch")
    assert rest.endswith("-c constraints.txt -e lib/pullback -e .[book,test]")


def test_a_second_set_up_does_nothing_until_the_requirements_change(project):
    install_python(project, "python3")
    make(project, "setup")
    count = len(asked(project))
    make(project, "setup")
    assert len(asked(project)) == count
    os.utime(project / "constraints.txt", (2**32, 2**32))
    make(project, "setup")
    assert [line.split()[1] for line in asked(project)[count:]] == ["pip", "pip"]


def test_an_interrupted_set_up_starts_afresh(project):
    install_python(project, "python3")
    (project / "broken").write_text("install")
    assert make(project, "setup").returncode != 0
    (project / "broken").unlink()
    assert make(project, "setup").returncode == 0
    assert asked(project).count("-m venv --clear .venv") == 2


def test_an_old_python_is_passed_over(project):
    install_python(project, "python3", old=1)
    install_python(project, "python3.12")
    done = make(project, "setup")
    assert done.returncode == 0, done.stderr
    assert "making .venv with python3.12" in done.stdout


def test_no_new_enough_python_is_one_line_with_the_remedy(project):
    install_python(project, "python3", old=1)
    done = make(project, "book")
    assert done.returncode != 0
    message, *rest = done.stderr.splitlines()
    assert message.startswith(
        "python: found none of version 3.11 or newer; install one, or name it: make PYTHON="
    )
    assert all(line.startswith("make: ***") for line in rest)
    assert not (project / ".venv").exists()
