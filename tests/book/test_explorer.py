"""The latent explorer in a browser, from file://, with the network off: its numbers are the library's."""

import json
import math

import pytest
import torch
from companion.widgets import conditioning_explorer, distance_unit_explorer, rank_explorer
from companion.widgets.distance_units import FACTORS
from companion.widgets.grids import LIMITS
from pullback import curve_energy, curve_length, geodesic, holonomy, linear_interpolation
from pullback.measures.jacobian.jacobian_map import jacobian_map
from pullback.measures.lengths.distance_matrices import euclidean_distances
from pullback.measures.lengths.residual_correlation import pairs_of, residual_correlation
from pullback.measures.rank_thresholds import spectra
from widget_pages import explored_models, explorer, write_page

pytestmark = pytest.mark.browser

KEYS = ("straight", "geodesic", "ratio", "energy", "holonomy")
MODELS = {model.name: model for model in explored_models()}


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    return write_page(tmp_path_factory.mktemp("widget"), explorer())


@pytest.fixture
def opened(browser, page_file):
    contexts = []

    def start(width: int = 1200, **options):
        settings = {"viewport": {"width": width, "height": 900}, "offline": True, **options}
        contexts.append(browser.new_context(**settings))
        page = contexts[-1].new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("request", lambda request: note_outside(page, request.url))
        page.goto(page_file.as_uri())
        page.wait_for_selector("[data-widget][data-ready]")
        return page

    yield start
    faults = [fault for context in contexts for fault in context.pages[0].faults]
    for context in contexts:
        context.close()
    assert not faults


def note_outside(page, address: str) -> None:
    if not address.startswith(("file:", "data:", "blob:")):
        page.faults.append(address)


def test_the_module_of_the_pages_is_one_that_anywidget_loads(browser, small_book):
    module = small_book / "_build" / "html" / "_static" / "widgets" / "explorers.mjs"
    widget = explorer()
    page = browser.new_context(offline=True).new_page()
    page.set_content("<main><div id=here></div></main>")
    page.evaluate(
        """async ([text, values]) => {
          const address = URL.createObjectURL(new Blob([text], {type: "text/javascript"}));
          const { default: widget } = await import(address);
          const model = {get: (name) => values[name], set() {}, save_changes() {}, on() {}, off() {}};
          await widget.render({model, el: document.getElementById("here")});
        }""",
        [module.read_text(encoding="utf-8"), {"kind": widget.kind, "data": dict(widget.data), "library": {}}],
    )
    page.wait_for_selector("#here canvas")
    assert page.locator("#here svg, #here canvas").count() >= 2
    page.context.close()


def state(page) -> dict:
    return page.evaluate("({...document.querySelector('[data-widget]').dataset})")


def settled(page) -> dict:
    page.wait_for_selector("[data-widget][data-state=settled]")
    return state(page)


def ends(page, box) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the handles are, to the digits of their style."""
    left, right, bottom, top = box
    places = page.locator(".lg-handle").evaluate_all(
        "(all) => all.map((e) => [parseFloat(e.style.left) / 100, parseFloat(e.style.top) / 100])"
    )
    points = [[left + x * (right - left), top - y * (top - bottom)] for x, y in places]
    return torch.tensor(points, dtype=torch.float64).unbind(0)


def centre(page, index: int = 0) -> tuple[float, float]:
    box = page.locator(".lg-handle").nth(index).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def picture(page) -> str:
    return page.evaluate("[...document.querySelectorAll('canvas')].map((c) => c.toDataURL()).join()")


@pytest.mark.parametrize("name", list(MODELS))
def test_the_numbers_of_the_page_are_those_of_the_library(opened, name):
    """Length and energy of both curves, and the holonomy, to one per cent (`eq-discrete-energy`)."""
    page, index = opened(reduced_motion="reduce"), list(MODELS).index(name)
    page.locator("select").first.select_option(str(index))
    page.locator("input[type=checkbox]").check()
    shown = {key: float(value) for key, value in settled(page).items() if key in KEYS}
    a, b = ends(page, explorer().data["models"][index]["box"])
    metric = MODELS[name].metric
    line, found = linear_interpolation(a, b, 48), geodesic(metric, a, b, n_segments=48)
    assert found.converged
    expected = {
        "straight": curve_length(metric, line),
        "geodesic": found.length,
        "ratio": curve_length(metric, line) / found.length,
        "energy": found.energy,
    }
    assert shown["ratio"] > 1.02, "the pair is no test: its straight line is a geodesic"
    for key, value in expected.items():
        assert shown[key] == pytest.approx(value.item(), rel=0.01), key
    angle = torch.linspace(0, 2 * math.pi, 257, dtype=torch.float64)
    middle, (x, y) = (a + b) / 2, (a - b) / 2
    loop = middle + torch.stack(
        [angle.cos() * x - angle.sin() * y, angle.sin() * x + angle.cos() * y], dim=-1
    )
    loop[-1] = loop[0]
    assert shown["holonomy"] == pytest.approx(holonomy(metric, loop).item(), rel=0.01, abs=0.002)


def test_the_energy_of_the_straight_line_is_shown(opened):
    page = opened()
    settled(page)
    model = MODELS["affine"]
    a, b = ends(page, explorer().data["models"][0]["box"])
    text = page.locator(".lg-numbers > div", has_text="straight line, energy").locator("dd").text_content()
    energy = curve_energy(model.metric, linear_interpolation(a, b, 48)).item()
    assert float(text) == pytest.approx(energy, rel=0.01)


@pytest.mark.parametrize("kind", ["mouse", "touch", "keyboard"])
def test_a_handle_follows_and_picture_and_numbers_change_at_once(opened, kind):
    page = opened(375, has_touch=True) if kind == "touch" else opened()
    before, drawn, (x, y) = settled(page), picture(page), centre(page)
    times = []
    session = page.context.new_cdp_session(page)
    for i in range(6):
        if kind == "keyboard":
            page.locator(".lg-handle").first.press("ArrowRight")
        elif kind == "mouse":
            if i == 0:
                page.mouse.move(x, y)
                page.mouse.down()
            page.mouse.move(x + 6 * i, y + 3 * i)
        else:
            point = {"x": x + 6 * i, "y": y + 3 * i}
            event = "touchStart" if i == 0 else "touchMove"
            session.send("Input.dispatchTouchEvent", {"type": event, "touchPoints": [point]})
        page.wait_for_timeout(40)
        times.append(float(state(page)["milliseconds"]))
    if kind == "touch":
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    moved = centre(page)
    assert moved[0] > x + 8
    after = state(page)
    assert after["straight"] != before["straight"]
    assert after["geodesic"] != before["geodesic"]
    assert picture(page) != drawn
    assert sorted(times)[len(times) // 2] < 50


def test_a_handle_stays_on_the_plane_and_says_where_it_is(opened):
    page = opened()
    handle = page.locator(".lg-handle").first
    for _ in range(12):
        handle.press("Shift+ArrowLeft")
    assert handle.evaluate("(e) => e.style.left") == "0%"
    left = explorer().data["models"][0]["box"][0]
    assert handle.get_attribute("aria-valuenow") == f"{left:.2f}"
    assert handle.get_attribute("aria-valuetext").startswith("z1 −")
    handle.press("Home")
    assert handle.evaluate("(e) => e.style.left") != "0%"


def test_what_is_seen_is_also_said(opened):
    page = opened()
    shown = settled(page)
    words = f"ratio {float(shown['ratio']):.3g}."  # spoken once the numbers have been still for a moment
    page.wait_for_function(f"document.querySelector('[role=status]').textContent.includes('{words}')")
    assert "long" in page.locator(".lg-map").get_attribute("aria-label")


def test_every_colour_of_every_model_is_drawn(opened):
    page = opened()
    for index, model in enumerate(explorer().data["models"]):
        page.locator("select").first.select_option(str(index))
        seen = set()
        for field in range(len(model["fields"])):
            page.locator("select").nth(1).select_option(str(field))
            page.wait_for_timeout(30)
            seen.add(page.evaluate("document.querySelector('.lg-map').toDataURL()"))
        assert len(seen) == len(model["fields"]) >= 2


def test_without_motion_the_arrow_stands_at_the_end_of_its_way(opened):
    page = opened(reduced_motion="reduce")
    page.locator("input[type=checkbox]").check()
    settled(page)
    page.wait_for_timeout(50)
    first = picture(page)
    page.wait_for_timeout(300)
    assert picture(page) == first


def test_the_conditioning_explorer_marks_the_share_of_the_plane_above_the_limit(browser, tmp_path):
    maps = {model.name: jacobian_map(model.metric, (-1, 1, -1, 1), n=9) for model in MODELS.values()}
    page = browser.new_page()
    page.goto(write_page(tmp_path, conditioning_explorer(maps)).as_uri())
    page.wait_for_selector("[data-ready]")
    for position in (0, 4, len(LIMITS) - 1):
        page.locator("input[type=range]").fill(str(position))
        texts = page.locator("figure .lg-note").all_text_contents()
        shares = [float(text.split(" on ")[1].split(" %")[0]) for text in texts]
        limit = math.log(LIMITS[position])
        expected = [100 * (found.log_kappa > limit).double().mean().item() for found in maps.values()]
        assert shares == pytest.approx(expected, rel=5e-3)
    page.close()


def test_the_distance_unit_explorer_scores_the_codes_in_every_unit(browser, tmp_path, generator):
    codes = torch.randn(12, 3, generator=generator, dtype=torch.float64) * torch.tensor([3.0, 1.0, 0.5])
    along = euclidean_distances(torch.tanh(codes))
    widget = distance_unit_explorer({"a space": (codes, along, torch.arange(12) % 3)})
    page = browser.new_page()
    page.goto(write_page(tmp_path, widget).as_uri())
    page.wait_for_selector("[data-ready]")
    widest = torch.linalg.svd(codes - codes.mean(0)).Vh[0]
    seen = set()
    for position, factor in enumerate(FACTORS):
        page.locator("input[type=range]").fill(str(position))
        stretched = codes + (factor - 1) * (codes @ widest)[:, None] * widest
        expected = residual_correlation(pairs_of(along), pairs_of(euclidean_distances(stretched))).item()
        scores = json.loads(page.locator("[data-widget]").get_attribute("data-scores"))
        assert scores["a space"] == pytest.approx(expected, rel=1e-2)
        widget.state = {"factor": factor}
        assert widget.library["a space"] == pytest.approx(expected, rel=1e-6)
        seen.add(page.evaluate("document.querySelector('.lg-dots').toDataURL()"))
    assert len(seen) == len(FACTORS)
    page.close()


def test_the_rank_explorer_shows_ranks_and_strata_at_threshold_and_noise(browser, tmp_path, generator):
    tensors = torch.randn(20, 3, 4, 5, generator=generator, dtype=torch.float64)
    tensors[:10, :, :, 2:] *= 1e-3
    samples = {"a code": [spectra(tensors), spectra(tensors + 0.5 * torch.randn_like(tensors))]}
    tau = [1e-8, 1e-3, 0.05]
    page = browser.new_page()
    page.goto(write_page(tmp_path, rank_explorer(samples, [0.0, 0.5], tau)).as_uri())
    page.wait_for_selector("[data-ready]")
    seen = set()
    for level in (0, 1):
        for i, threshold in enumerate(tau):
            page.locator("input[type=range]").nth(0).fill(str(i))
            page.locator("input[type=range]").nth(1).fill(str(level))
            found = samples["a code"][level]
            words = page.locator("canvas.lg-bars").evaluate_all("(all) => all.map((e) => e.ariaLabel)")
            for text, (low, high) in zip(words, found.ranges(threshold), strict=True):
                assert text.endswith(f"rank {low}" if low == high else f"ranks {low} to {high}")
            strata = page.locator("figure .lg-note").text_content()
            n = found.n_strata(threshold)
            assert strata.startswith("one" if n == 1 else f"{n} strata")
            seen.add(n)
    assert len(seen) > 1
    page.close()
