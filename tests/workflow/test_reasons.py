"""What a reader is told of Snakemake's log when it fails."""

import pytest


@pytest.fixture
def reason(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "workflow"))
    from reasons import reason

    return reason


JOB = "At least one job did not complete successfully.\n"


def test_a_failed_job_speaks_for_itself(reason):
    assert reason(f"Error in rule 01_near:\n    jobid: 3\n{JOB}") == ""


def test_a_result_that_snakemake_refuses_is_explained_by_its_own_line(reason):
    log = (
        f"Finished jobid: 3\nWorkflowError in rule book in file x, line 4:\nOutput a is older than b.\n{JOB}"
    )
    assert reason(log) == "Output a is older than b."


def test_of_a_traceback_only_the_error_is_shown(reason):
    error = "OSError: [Errno 27] File too large"
    log = f'Traceback (most recent call last):\n  File "a.py", line 3, in close\n    f()\n{error}\n'
    assert reason(log) == error


def test_of_a_traceback_that_is_cut_off_the_place_of_the_log_is_shown(reason):
    said = reason('Traceback (most recent call last):\n  File "a.py", line 3, in clo')
    assert said.endswith(".snakemake/book.log")
    assert len(said.splitlines()) == 1


def test_everything_else_is_shown_whole(reason):
    assert (
        reason("\nMissingInputException in rule all:\nx.md\n") == "MissingInputException in rule all:\nx.md"
    )
