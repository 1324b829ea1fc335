"""A panel without a checkout: what the wheel carries, laid out in a folder of the reader's, runs there."""

import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from companion.widgets.panel.shipped import lay_out


def test_what_is_there_is_never_changed(tmp_path):
    carried, folder = tmp_path / "carried", tmp_path / "mine"
    for name, text in (("book/claims.yml", "claims"), ("notebooks/01_a.ipynb", "first")):
        (carried / name).parent.mkdir(parents=True, exist_ok=True)
        (carried / name).write_text(text)
    (folder / "notebooks").mkdir(parents=True)
    (folder / "notebooks" / "01_a.ipynb").write_text("mine")
    assert lay_out(folder, carried) == folder
    assert (folder / "notebooks" / "01_a.ipynb").read_text() == "mine"
    (folder / "book" / "claims.yml").write_text("edited")
    lay_out(folder, carried)
    assert (folder / "book" / "claims.yml").read_text() == "edited"


def test_a_package_that_carries_none_says_what_to_do(tmp_path):
    with pytest.raises(ValueError, match=r"folder: got .*/mine, which has no project.*install the package"):
        lay_out(tmp_path / "mine", tmp_path / "none")
    assert not (tmp_path / "mine").exists()


@pytest.mark.slow
def test_from_the_wheel_alone_a_panel_lays_out_a_project_and_runs_it(root, tmp_path):
    source = tmp_path / "source"  # a build leaves files beside what it builds
    left_out = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "figures", ".*", "*.webp")
    for folder in ("lib/companion", "notebooks", "workflow", "book"):
        shutil.copytree(root / folder, source / folder, ignore=left_out)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(root / name, source)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "-w", str(tmp_path), str(source)], check=True, timeout=200, cwd=tmp_path)
    [wheel] = tmp_path.glob("pullback_companion-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "from pathlib import Path\nimport companion\nfrom companion.widgets import ParameterPanel\n"
        "assert 'site' in Path(companion.__file__).parts, companion.__file__\n"
        "panel = ParameterPanel('01_pullback_metric', profile='smoke', folder='mine')\n"
        "panel.fields['n_points'].text = '20'\npanel.run()\npanel.wait()\n"
        "print(panel._job._status.value)\n"
        "print(*Path('mine/results').glob('custom/*/*/result.json'))\n"
    )
    places = {"PYTHONPATH": f"{tmp_path / 'site'}{os.pathsep}{root / 'lib'}", "COMPANION_HOME": ""}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **places},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith(
        "mine/results/custom/01_pullback_metric/seed-0_n_points-20/result.json"
    )
