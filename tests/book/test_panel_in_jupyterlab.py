"""In JupyterLab, the panel runs a notebook at the press of its button."""

import contextlib
import json
import os
import subprocess
import sys
import time

import pytest
from companion import ledger
from panel_project import panel_project, write
from small_book import CHAPTER, some_claim

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CELL = f'from companion.widgets import ParameterPanel\n\nParameterPanel("{CHAPTER}")'
OWN = ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
SECONDS = 120


@pytest.fixture
def lab(browser, tmp_path):
    """A page of JupyterLab in a small project, with a notebook that makes the panel."""
    folder, own = panel_project(tmp_path / "project"), tmp_path / "jupyter"
    code = {"id": "c0", "cell_type": "code", "metadata": {}, "source": CELL, "outputs": []}
    write(folder / "panel.ipynb", [code | {"execution_count": None}])
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0"]
    command += ["--ip=127.0.0.1", "--IdentityProvider.token=open", f"--ServerApp.root_dir={folder}"]
    places = dict.fromkeys(OWN, str(own)) | {"COMPANION_HOME": str(folder)}
    with subprocess.Popen(
        [*command, "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"],
        cwd=folder,
        env={**os.environ, **places, "JUPYTER_PREFER_ENV_PATH": "1", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            page = browser.new_page()
            page.set_default_timeout(1000 * SECONDS)
            page.goto(f"{address(server, own)}lab/tree/panel.ipynb?token=open")
            yield page, folder
            page.close()
        finally:
            server.terminate()


def address(server: subprocess.Popen, runtime) -> str:
    """Address of a server, once it says so in its runtime folder."""
    for _ in range(10 * SECONDS):
        with contextlib.suppress(StopIteration, json.JSONDecodeError):
            return json.loads(next(runtime.glob("jpserver-*.json")).read_text())["url"]
        assert server.poll() is None, "JupyterLab ended"
        time.sleep(0.1)
    raise AssertionError("JupyterLab did not start")


def test_the_panel_runs_a_notebook_from_jupyterlab(lab):
    page, folder = lab
    panel, cell = page.locator(".widget-text").first, page.locator(".jp-CodeCell .cm-content").first
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    while not panel.count():  # a cell that is run before its kernel is connected is forgotten
        cell.click()
        page.keyboard.press("Shift+Enter")
        with contextlib.suppress(Exception):
            panel.wait_for(timeout=15_000)
    pairs = page.get_by_label("n_pairs")
    pairs.fill("many")
    alert = page.get_by_role("alert").filter(has_text="n_pairs")
    assert alert.text_content() == "n_pairs: got 'many', expected int"
    page.locator("button.widget-button:disabled", has_text="Run").wait_for()
    pairs.fill("50")
    alert.wait_for(state="detached")
    page.locator(".jp-OutputArea code", has_text="-p n_pairs 50").wait_for()
    page.locator("button.widget-button", has_text="Run").click()
    table = page.locator(".jp-OutputArea table")
    table.wait_for()
    claim = some_claim(folder)
    row = next(row for row in ledger.scoreboard(folder) if row["id"] == claim.id)
    cells = [text.strip() for text in table.locator("tbody td").all_text_contents()]
    assert [cells[0], cells[1], cells[3]] == [claim.statement, f"{claim.reported:.4g}", "12.5"]
    assert cells[2].startswith(f"{row['measured']:.4g} [")
