"""The whole workflow on a tiny project: what changes is run again, what does not is left alone."""

import os
import shutil
import time

import pytest
import yaml
from tiny_project import call, finishing_times, make_project, values, write_notebook

pytestmark = pytest.mark.slow
RUNS = {"01_near/seed-0", "02_far/seed-0", "02_far/seed-1"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    project = make_project(tmp_path_factory.mktemp("finished"))
    done = call(project, "book.py", "--cores", "2", timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture
def project(finished, tmp_path):
    """A finished project to change."""
    shutil.copytree(finished, tmp_path / "project", symlinks=True)
    return tmp_path / "project"


def rerun(project) -> set[str]:
    """Run the notebooks and name the runs that were done again."""
    before = finishing_times(project, "quick")
    done = call(project, "book.py", "--cores", "2", "--notebooks-only", timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    after = finishing_times(project, "quick")
    return {run for run in after if after[run] != before.get(run)}


def append(path, text):
    path.write_text(path.read_text() + text)


def test_the_first_call_runs_all_and_builds_the_pages_from_executed_notebooks(finished):
    assert set(values(finished, "quick")) == RUNS
    page = (finished / "_build" / "html" / "notebooks" / "01_near.html").read_text()
    assert str(values(finished, "quick")["01_near/seed-0"]) in page
    assert (finished / "_build" / "html" / "index.html").is_file()


def test_a_second_call_does_nothing(finished):
    page = finished / "_build" / "html" / "notebooks" / "01_near.html"
    before, built = finishing_times(finished, "quick"), page.stat().st_mtime_ns
    done = call(finished, "book.py", timeout=60)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith("The book is up to date")
    assert (finishing_times(finished, "quick"), page.stat().st_mtime_ns) == (before, built)


def test_new_dates_alone_run_nothing(project):
    for path in [*project.rglob("*.py"), *project.glob("notebooks/*"), *project.glob("workflow/*")]:
        path.touch()
    assert rerun(project) == set()


def test_dates_of_the_future_run_nothing_and_are_no_obstacle_to_what_is_missing(project):
    in_ten_years = time.time() + 10 * 365 * 86400
    for path in [*project.rglob("done"), *project.rglob("*.ipynb"), *(project / "lib").rglob("*.py")]:
        os.utime(path, (in_ten_years, in_ten_years))
    shutil.rmtree(project / "results" / "quick" / "01_near" / "seed-0")
    append(project / "book" / "intro.md", "\nNew words.\n")
    before = finishing_times(project, "quick")
    done = call(project, "book.py", "--cores", "2", timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "bear dates of the future" in done.stdout
    assert "New words." in (project / "_build" / "html" / "book" / "intro.html").read_text()
    assert finishing_times(project, "quick").items() >= before.items()


def test_results_without_snakemakes_records_run_nothing(project):
    shutil.rmtree(project / ".snakemake")
    for path in project.glob("notebooks/*"):
        path.touch()
    assert rerun(project) == set()


@pytest.mark.parametrize(
    ("module", "runs"),
    [
        ("near", {"01_near/seed-0"}),
        ("far", {"02_far/seed-0", "02_far/seed-1"}),
        ("shared", RUNS),
        ("alone", set()),
    ],
)
def test_an_edit_in_the_library_reruns_exactly_the_notebooks_that_depend_on_it(project, module, runs):
    append(project / "lib" / "companion" / f"{module}.py", "# edited\n")
    assert rerun(project) == runs


def test_an_edited_library_gives_new_values_and_not_stale_ones(project):
    before = values(project, "quick")["02_far/seed-0"]
    path = project / "lib" / "companion" / "far.py"
    path.write_text(path.read_text().replace("unit() * x", "unit() * x + 1"))
    rerun(project)
    assert values(project, "quick")["02_far/seed-0"] == pytest.approx(before + 1, rel=1e-12)


def test_an_edited_notebook_reruns_alone(project):
    write_notebook(project, "01_near", 3, "nearness", last="edited = True")
    assert rerun(project) == {"01_near/seed-0"}


def test_a_changed_parameter_reruns_that_notebook_alone(project):
    path = project / "workflow" / "profiles.yml"
    path.write_text(path.read_text().replace("02_far: {x: 4, pause: 0.0,", "02_far: {x: 5, pause: 0.0,"))
    assert rerun(project) == {"02_far/seed-0", "02_far/seed-1"}


def test_a_further_seed_runs_alone(project):
    path = project / "workflow" / "profiles.yml"
    path.write_text(path.read_text().replace("seeds: [0, 1]", "seeds: [0, 1, 2]", 1))
    assert rerun(project) == {"02_far/seed-2"}


def test_deleted_results_are_made_again(project):
    shutil.rmtree(project / "results" / "quick" / "02_far" / "seed-1")
    assert rerun(project) == {"02_far/seed-1"}
    shutil.rmtree(project / "results" / "quick" / "01_near")
    assert call(project, "book.py", timeout=60).returncode == 0
    assert set(values(project, "quick")) == RUNS


def test_an_edit_in_the_prose_rebuilds_the_pages_and_runs_no_notebook(project):
    before = finishing_times(project, "quick")
    append(project / "book" / "intro.md", "\nA sentence more.\n")
    assert call(project, "book.py", timeout=60).returncode == 0
    assert finishing_times(project, "quick") == before
    assert "A sentence more." in (project / "_build" / "html" / "book" / "intro.html").read_text()


def test_a_warning_fails_the_build_and_leaves_the_old_pages(project):
    page = project / "_build" / "html" / "book" / "intro.html"
    before = page.read_text()
    append(project / "book" / "intro.md", "\nSee [](#nowhere).\n")
    done = call(project, "book.py", timeout=60)
    assert done.returncode == 1
    assert "nowhere" in done.stdout
    assert page.read_text() == before


def test_a_failing_notebook_fails_the_call_and_keeps_the_others(project):
    write_notebook(project, "01_near", 3, "nearness", last='raise ValueError("z: got NaN")')
    path = project / "workflow" / "profiles.yml"
    path.write_text(path.read_text().replace("seeds: [0, 1]", "seeds: [0, 1, 2]", 1))
    done = call(project, "book.py", "--cores", "1", timeout=60)
    assert done.returncode == 1
    assert "01_near quick seed-0: failed in cell 4: ValueError: z: got NaN" in done.stdout
    assert len(done.stderr.splitlines()) == 1
    assert set(values(project, "quick")) == {*RUNS, "02_far/seed-2"}


@pytest.mark.parametrize(
    ("arguments", "edit", "message"),
    [
        (["--profile", "quikc"], None, "profile: got 'quikc'"),
        ([], ("02_far:", "02_fra:"), "did you mean '02_far'?"),
        ([], ("{x: 4,", "{xx: 4,"), "did you mean 'x'?"),
        ([], ("{x: 4,", "{x: four,"), "x: got 'four' of type str, expected int"),
    ],
)
def test_a_wrong_name_is_one_line_and_starts_nothing(project, arguments, edit, message):
    if edit:
        path = project / "workflow" / "profiles.yml"
        path.write_text(path.read_text().replace(*edit))
    done = call(project, "book.py", *arguments, timeout=60)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr
    assert done.stdout == ""


def test_a_dry_run_names_what_would_run_and_why(project):
    append(project / "lib" / "companion" / "near.py", "# edited\n")
    done = call(project, "book.py", "--dry-run", timeout=60)
    text = done.stdout + done.stderr
    assert "01_near_seed_0" in text
    assert "02_far_seed_0" not in text
    assert "Updated input files: lib/companion/near.py" in text


def test_every_real_profile_covers_the_same_notebooks(root):
    profiles = yaml.safe_load((root / "workflow" / "profiles.yml").read_text())
    assert set(profiles) == {"smoke", "quick", "paper"}
    assert len({tuple(sorted(spec)) for spec in profiles.values()}) == 1
    assert all(len(spec["seeds"]) >= 5 for spec in profiles["paper"].values())
