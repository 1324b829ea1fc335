"""The explorer of a plane of a disentangling model's codes, in a browser: its convolutions are torch's."""

import copy

import pytest
import torch
from companion.models.networks.instance_conv import instance_decoder
from companion.widgets import latent_explorer
from pullback import curve_length, geodesic, holonomy, linear_interpolation
from pullback.exchange.networks import network
from torch import nn
from torch.func import jacfwd, vmap
from widget_pages import DIGIT_SHAPE, explored_models, plane_of_digits, write_page

pytestmark = pytest.mark.browser

EVALUATE = """([networks, z]) => {
    const immersion = new Companion.Immersion(networks);
    return [immersion.decode(z), ...immersion.jacobian(z), immersion.image(z)].map((a) => Array.from(a));
}"""


@pytest.fixture(scope="module")
def model():
    return plane_of_digits()


@pytest.fixture(scope="module")
def page(browser, model, tmp_path_factory):
    widget = latent_explorer([model], image_shape=DIGIT_SHAPE, resolution=4)
    context = browser.new_context(viewport={"width": 1200, "height": 900}, reduced_motion="reduce")
    opened = context.new_page()
    opened.goto(write_page(tmp_path_factory.mktemp("widget"), widget).as_uri())
    opened.wait_for_selector("[data-widget][data-ready]")
    yield opened
    context.close()


def settled(page) -> dict:
    page.wait_for_selector("[data-widget][data-state=settled]", timeout=60_000)
    return page.evaluate("({...document.querySelector('[data-widget]').dataset})")


def ends(page, model) -> tuple[torch.Tensor, torch.Tensor]:
    """The two codes that the page begins with."""
    given = page.evaluate("JSON.parse(document.querySelector('[type=\"application/json\"]').textContent)")
    return torch.tensor(given["models"][0]["ends"], dtype=torch.float64).unbind(0)


def rounded(decoder: nn.Module) -> nn.Module:
    """Give a decoder the weights that the page has, so that only the arithmetic can differ."""
    decoder = copy.deepcopy(decoder).double().requires_grad_(False)
    for layer in decoder.modules():
        if isinstance(layer, (nn.Linear, nn.ConvTranspose2d)):
            layer.weight.copy_(layer.weight.half())
            layer.bias.copy_(layer.bias.float())
    return decoder


@pytest.mark.parametrize("which", ["uneven kernels", "a digit's decoder"])
def test_picture_and_both_columns_of_the_jacobian_are_those_of_torch(page, which, generator):
    digits = instance_decoder(nn.Linear(2, 512), DIGIT_SHAPE, activation_name="elu")
    decoder = rounded(explored_models()[-1].decoder if which == "uneven kernels" else digits)
    z = torch.randn(3, 2, generator=generator, dtype=torch.float64)
    answer = page.evaluate(EVALUATE, [[network(decoder)], z.flatten().tolist()])
    picture, x, u, v, image = (torch.tensor(a, dtype=torch.float64).reshape(3, -1) for a in answer)
    expected, columns = decoder(z), vmap(jacfwd(decoder))(z)
    for found in (picture, x, image):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert torch.stack([u, v], dim=-1) == pytest.approx(columns, rel=1e-9, abs=1e-11)


def test_lengths_and_holonomy_in_a_plane_of_digits_are_those_of_the_library(page, model):
    """To one per cent, although the page cuts its curves into fewer pieces where a point costs much."""
    page.locator("input[type=checkbox]").check()
    shown = settled(page)
    a, b = ends(page, model)
    line, found = linear_interpolation(a, b, 48), geodesic(model.metric, a, b, n_segments=48)
    assert found.converged
    straight = curve_length(model.metric, line).item()
    saved = straight / found.length.item() - 1
    assert saved > 0.01, "the pair is no test: its straight line is a geodesic"
    assert float(shown["straight"]) == pytest.approx(straight, rel=0.01)
    assert float(shown["geodesic"]) == pytest.approx(found.length.item(), rel=0.01)
    assert float(shown["ratio"]) - 1 == pytest.approx(saved, rel=0.05)
    angle = torch.linspace(0, 2 * torch.pi, 257, dtype=torch.float64)[:, None]
    middle, radius = (a + b) / 2, (a - b) / 2
    across = torch.stack([-radius[1], radius[0]])
    loop = middle + angle.cos() * radius + angle.sin() * across
    loop[-1] = loop[0]
    turned = holonomy(model.metric, loop).item()
    assert float(shown["holonomy"]) == pytest.approx(turned, rel=0.01, abs=0.002)


def test_a_plane_of_digits_answers_a_move_within_a_tenth_of_a_second(page):
    """The quickest of some answers: others may have shared the processor with another program."""
    page.locator("input[type=checkbox]").uncheck()
    handle, times = page.locator(".lg-handle").first, []
    for _ in range(9):
        handle.press("ArrowRight")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        times.append(float(page.locator("[data-widget]").get_attribute("data-milliseconds")))
    assert min(times) < 100


def test_a_move_stops_what_was_settling(page):
    """Between a move and the next start nothing is computed: it would keep the hand waiting."""
    script = """async () => {
        const place = document.querySelector('[data-widget]').cloneNode();
        document.body.append(place);
        const data = JSON.parse(document.querySelector('[type="application/json"]').textContent);
        const explorer = Companion.KINDS['latent-explorer'](place, data), { immersion } = explorer.model;
        let calls = 0;
        const computed = immersion.jacobian;
        immersion.jacobian = (z) => (calls++, computed.call(immersion, z));
        const after = (change) => {
            change();
            calls = 0;
            return new Promise((done) => setTimeout(() => done(calls), 60));
        };
        const settling = await after(() => explorer.relax());
        const moved = await after(() => explorer.move());
        place.remove();
        return [settling, moved];
    }"""
    settling, moved = page.evaluate(script)
    assert settling > 0, "nothing was settling that a move could stop"
    assert moved == 0
