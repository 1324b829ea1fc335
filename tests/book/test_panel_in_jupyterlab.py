"""In JupyterLab, the panel runs a notebook: by mouse and keyboard, watched, stopped, taken up, compared."""

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
PANEL = ".widget-tab"


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    """A page of JupyterLab in a small project, with a notebook that makes the panel."""
    folder, own = (
        panel_project(tmp_path_factory.mktemp("lab") / "project"),
        tmp_path_factory.mktemp("jupyter"),
    )
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
            show(page)
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


def show(page) -> None:
    """Run the notebook's first cell until its panel is there."""
    panel, cell = page.locator(PANEL).first, page.locator(".jp-CodeCell .cm-content").first
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    while not panel.count():  # a cell that is run before its kernel is connected is forgotten
        cell.click()
        page.keyboard.press("Shift+Enter")
        with contextlib.suppress(Exception):
            panel.wait_for(timeout=15_000)


def tab(page, title: str) -> None:
    page.locator(f"{PANEL} .lm-TabBar-tab", has_text=title).first.click()


def button(page, title: str):
    return page.locator(f"{PANEL} button.widget-button", has_text=title).first


def status(page):
    return page.locator(f"{PANEL} [role=status]").filter(visible=True).first


def command(page) -> str:
    return page.locator(f"{PANEL} .companion-copy code").text_content()


def wait_for(condition) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_wrong_value_in_each_kind_of_field_is_said_and_nothing_can_be_run(lab):
    page, _ = lab
    wrong = {"n_pairs": ("many", "n_pairs: got 'many', expected int"), "layers": None, "options": None}
    wrong["options"] = ("{a", "options: got '{a', expected dict[str, int]")
    for name, (text, message) in ((name, pair) for name, pair in wrong.items() if pair):
        field = page.get_by_label(name, exact=True)
        before = field.input_value()
        field.fill(text)
        alert = page.get_by_role("alert").filter(has_text=name)
        assert alert.text_content() == message
        page.locator("button.widget-button:disabled", has_text="Run").first.wait_for()
        field.fill(before)
        alert.wait_for(state="detached")
    tags = page.get_by_label("layers", exact=True)
    tags.fill("900")
    tags.press("Enter")
    alert = page.get_by_role("alert").filter(has_text="layers")
    assert alert.text_content() == "layers: got 900, expected 1 to 512; the nearest is 512"
    tags.press("Backspace")
    alert.wait_for(state="detached")


def test_fields_are_set_by_keyboard_and_by_mouse(lab):
    page, _ = lab
    slider = page.get_by_label("n_pairs, by a slider")
    slider.press("ArrowRight")
    wait_for(lambda: "-p n_pairs" in command(page))
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    wait_for(lambda: "-p n_pairs 200" in command(page))
    page.get_by_label("n_pairs", exact=True).fill("12")
    wait_for(lambda: "-p n_pairs" not in command(page))
    tags = page.get_by_label("layers", exact=True)
    tags.press_sequentially("7")
    tags.press("Enter")
    wait_for(lambda: "-p layers '[4, 8, 7]'" in command(page))
    page.get_by_role("button", name="remove 7 from layers").click()
    wait_for(lambda: "-p layers" not in command(page))
    page.get_by_label("kind", exact=True).select_option("plain")
    wait_for(lambda: "-p kind plain" in command(page))
    page.get_by_label("kind", exact=True).select_option("curved")
    page.get_by_label("loud", exact=True).check()
    wait_for(lambda: "-p loud true" in command(page))
    page.get_by_label("loud", exact=True).uncheck()


def test_a_run_is_watched_and_its_claims_stand_beside_the_recorded_ones(lab):
    page, folder = lab
    page.get_by_label("n_pairs", exact=True).fill("50")
    wait_for(lambda: "-p n_pairs 50" in command(page))
    button(page, "Run").click()
    table = page.locator(f"{PANEL} table").first
    table.wait_for()
    claim = some_claim(folder)
    row = next(row for row in ledger.scoreboard(folder) if row["id"] == claim.id)
    cells = [text.strip() for text in table.locator("tbody td").all_text_contents()]
    assert [cells[0], cells[1], cells[3]] == [claim.statement, f"{claim.reported:.4g}", "12.5"]
    assert cells[2].startswith(f"{row['measured']:.4g} [")
    assert table.locator("svg[role=img]").count() == 1


def test_a_run_is_stopped_and_nothing_of_it_is_kept(lab):
    page, folder = lab
    page.get_by_label("pause", exact=True).fill("60")
    wait_for(lambda: "-p pause 60.0" in command(page) or "-p pause 60" in command(page))
    button(page, "Run").click()
    status(page).filter(has_text="How long does it sleep?").wait_for()
    button(page, "Stop").click()
    status(page).filter(has_text="interrupted").wait_for()
    assert not list((folder / "results").glob("custom/*/*pause*/result.json"))
    page.get_by_label("pause", exact=True).fill("0")


def test_a_run_outlives_a_restart_of_the_kernel_and_is_taken_up(lab):
    page, folder = lab
    page.get_by_label("n_pairs", exact=True).fill("60")
    page.get_by_label("pause", exact=True).fill("12")
    wait_for(lambda: "-p n_pairs 60" in command(page) and "pause 12" in command(page))
    button(page, "Run").click()
    status(page).filter(has_text="How long does it sleep?").wait_for()
    page.get_by_role("menuitem", name="Kernel").click()
    page.get_by_text("Restart Kernel and Clear Outputs of All Cells").click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    page.locator(PANEL).first.wait_for(state="detached")
    show(page)
    page.locator(f"{PANEL} table").first.wait_for()
    assert len(list((folder / "results").glob("custom/*/*60*/result.json"))) == 1


def test_two_earlier_runs_are_compared(lab):
    page, _ = lab
    tab(page, "Earlier runs")
    wait_for(lambda: page.get_by_label("first", exact=True).locator("option").count() >= 2)
    button(page, "Compare").click()
    page.get_by_role("heading", name="Parameters that differ").wait_for()
    page.get_by_role("heading", name="Claims that moved").wait_for()


def test_a_sweep_grows_row_by_row(lab):
    page, folder = lab
    tab(page, "Sweep")
    page.get_by_label("parameter", exact=True).select_option("n_pairs")
    page.get_by_label("its values").first.fill("[20, 40]")
    page.get_by_label("claims").select_option(some_claim(folder).id)
    button(page, "Run the sweep").click()
    rows = page.locator(f"{PANEL} table").filter(visible=True).locator("tbody tr")
    wait_for(lambda: [r.split()[-1] for r in rows.all_text_contents()] == ["5", "10"])
    assert page.locator(f"{PANEL} img[alt*='against n_pairs']").count() == 1


def test_axe_finds_no_serious_fault_in_the_panel(lab, axe):
    page, _ = lab
    script, why_not = axe
    if script is None:
        pytest.skip(why_not)
    page.evaluate(script)
    for title in ("Run", "Earlier runs", "Sweep"):
        tab(page, title)
        found = page.evaluate(f"axe.run('{PANEL}', {{resultTypes: ['violations']}})")
        serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
        assert not {v["id"]: [node["html"] for node in v["nodes"]][:3] for v in serious}, title
