"""One command runs one notebook, whole or not at all, and names what is wrong in one line."""

import json

import pytest
from tiny_project import call, make_project, start, write_notebook

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


def test_a_run_leaves_notebook_result_receipt_and_log(project):
    done = call(project, "run.py", "02_far", "--seed", "1")
    assert done.returncode == 0, done.stderr
    folder = project / "results" / "quick" / "02_far" / "seed-1"
    assert {p.name for p in folder.iterdir()} == {
        "02_far.ipynb",
        "done",
        "receipt.json",
        "result.json",
        "run.log",
    }
    assert [p.name for p in folder.parent.iterdir()] == ["seed-1"]
    receipt = json.loads((folder / "receipt.json").read_text())
    assert receipt["parameters"] == {"profile": "quick", "seed": 1, "x": 4, "pause": 0.0}
    assert receipt["seconds"] > 0
    assert receipt["peak_memory_mb"] > 10


def test_progress_says_which_notebook_how_far_and_how_long(project):
    done = call(project, "run.py", "01_near")
    assert "01_near quick seed-0 | cell 3 of 4 | 0:0" in done.stdout


def test_an_executed_notebook_has_no_stderr_and_no_path_of_this_machine(project):
    call(project, "run.py", "01_near")
    text = (project / "results/quick/01_near/seed-0/01_near.ipynb").read_text()
    assert '"halfway\\n"' not in text
    assert str(project) not in text
    assert "halfway" in (project / "results/quick/01_near/seed-0/run.log").read_text()


def test_a_finished_run_is_not_repeated_unless_forced(project):
    call(project, "run.py", "01_near")
    receipt = project / "results/quick/01_near/seed-0/receipt.json"
    written = receipt.stat().st_mtime_ns
    assert "finished already" in call(project, "run.py", "01_near").stdout
    assert receipt.stat().st_mtime_ns == written
    assert call(project, "run.py", "01_near", "--force").returncode == 0
    assert receipt.stat().st_mtime_ns > written


def test_changed_parameters_go_to_a_folder_of_their_own(project):
    done = call(project, "run.py", "01_near", "-p", "x", "7", "-p", "names", "[a, b]")
    assert done.returncode == 0, done.stderr
    folder = project / "results/custom/01_near/seed-0_names-a-b_x-7"
    assert json.loads((folder / "receipt.json").read_text())["changed"] == ["names", "x"]


def test_equal_runs_give_equal_results(project):
    call(project, "run.py", "01_near")
    first = json.loads((project / "results/quick/01_near/seed-0/result.json").read_text())
    call(project, "run.py", "01_near", "--force")
    assert json.loads((project / "results/quick/01_near/seed-0/result.json").read_text()) == first


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["01_nea"], "notebook: got '01_nea', which notebooks/ does not have; did you mean '01_near'?"),
        (["zzz"], "notebook: got 'zzz', which notebooks/ does not have; expected one of 01_near, 02_far"),
        (["01_near", "--profile", "quik"], "did you mean 'quick'?"),
        (["01_near", "-p", "pauze", "1"], "did you mean 'pause'?"),
        (["01_near", "-p", "x", "3.5"], "x: got '3.5', expected int"),
        (["01_near", "-p", "x", "true"], "x: got 'true', expected int"),
        (["01_near", "-p", "pause", "long"], "pause: got 'long', expected float"),
        (["01_near", "-p", "names", "[1]"], "names: got '[1]', expected list[str]"),
        (["01_near", "-p", "profile", "slow"], "expected --profile slow"),
        (["01_near", "--seed", "one"], "invalid int value: 'one'"),
        (["01_near", "--colour", "red"], "unrecognized arguments: --colour red"),
    ],
)
def test_a_wrong_name_or_type_is_one_line_and_exit_code_2(project, arguments, message):
    done = call(project, "run.py", *arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr
    assert not (project / "results").exists() or not list((project / "results").glob("*/*/*"))


def test_a_wrong_type_in_the_profile_is_named(project):
    path = project / "workflow" / "profiles.yml"
    path.write_text(path.read_text().replace("{x: 3, pause: 0.0", '{x: "3", pause: 0.0'))
    for script, arguments in (("run.py", ["01_near"]), ("book.py", [])):
        done = call(project, script, *arguments)
        assert done.returncode == 2
        assert done.stderr.startswith("x: got '3' of type str, expected int")


@pytest.mark.parametrize("text", ["1e-05", "1.0e-5", "0.00001"])
def test_a_float_is_read_in_every_notation(project, text):
    done = call(project, "run.py", "01_near", "-p", "pause", text)
    assert done.returncode == 0, done.stderr
    (receipt,) = (project / "results/custom/01_near").glob("*/receipt.json")
    assert json.loads(receipt.read_text())["parameters"]["pause"] == 1e-05


def test_a_failing_notebook_is_one_line_with_cell_and_error_and_keeps_the_old_result(project):
    call(project, "run.py", "01_near")
    old = (project / "results/quick/01_near/seed-0/result.json").read_text()
    write_notebook(
        project, "01_near", 3, "nearness", last='raise ValueError("latent_dim: got -2,\\nexpected 1")'
    )
    done = call(project, "run.py", "01_near")
    assert done.returncode == 1
    assert done.stderr == (
        "01_near quick seed-0: failed in cell 4: ValueError: latent_dim: got -2, expected 1; "
        "see results/quick/01_near/seed-0.failed.log\n"
    )
    assert (project / "results/quick/01_near/seed-0/result.json").read_text() == old
    log = (project / "results/quick/01_near/seed-0.failed.log").read_text()
    assert "latent_dim: got -2" in log
    assert not list((project / "results/quick/01_near").glob(".*"))


def test_a_kernel_that_dies_is_reported(project):
    write_notebook(project, "01_near", 3, "nearness", last="os.kill(os.getpid(), 9)")
    done = call(project, "run.py", "01_near")
    assert done.returncode == 1
    assert "the kernel died" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_two_runners_of_one_unit_do_it_once(project):
    first = start(project, "run.py", "01_near", "--profile", "slow")
    second = start(project, "run.py", "01_near", "--profile", "slow")
    outputs = [process.communicate(timeout=60)[0] for process in (first, second)]
    assert first.returncode == second.returncode == 0
    assert sum("cell 4 of 4" in output for output in outputs) == 1
    assert sum("finished already" in output for output in outputs) == 1


@pytest.mark.parametrize("cores", ["0", "-2"])
def test_no_core_at_all_is_refused_and_not_waited_for(project, cores):
    done = call(project, "book.py", "--cores", cores, timeout=60)
    assert (done.returncode, done.stderr) == (2, f"cores: got {cores}, expected 1 or more\n")


def test_a_kernel_of_another_python_that_a_cluster_names_is_not_taken(project, monkeypatch):
    kernel = project / "elsewhere" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    argv = ["/nowhere/python3", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "Other", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(project / "elsewhere"))
    done = call(project, "run.py", "01_near", "--profile", "quick")
    assert done.returncode == 0, done.stderr
