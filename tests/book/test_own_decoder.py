"""A reader's own decoder in a page: layers like torch's, lengths like the library's, refusals in words."""

import json

import pytest
import torch
from companion.widgets import latent_explorer
from pullback import PullbackMetric, curve_length, export, geodesic, linear_interpolation
from pullback.exchange.networks import network
from torch import nn
from torch.func import jacfwd, vmap
from widget_pages import IMAGE_SHAPE, explored_models, write_page

pytestmark = pytest.mark.browser
EVALUATE = """([networks, z]) => {
    const immersion = new Companion.Immersion(networks);
    return [...immersion.jacobian(z)].map((a) => Array.from(a));
}"""


def on_maps(*layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 36), nn.Tanh(), nn.Unflatten(1, (4, 3, 3)), *layers, nn.Flatten())


def norm(kind: type[nn.Module], *arguments) -> nn.Module:
    """A norm whose factors, shifts and stored statistics are not the first ones."""
    made = kind(*arguments)
    with torch.no_grad():
        for values in (*made.parameters(), *(b for b in made.buffers() if b.is_floating_point())):
            values.copy_(0.5 + torch.rand(values.shape))
    return made


LAYERS = {
    "ELU": lambda: nn.Sequential(nn.Linear(2, 5), nn.ELU(1.7), nn.Linear(5, 4)),
    "leaky ReLU": lambda: nn.Sequential(nn.Linear(2, 5), nn.LeakyReLU(0.2), nn.Linear(5, 4), nn.Sigmoid()),
    "softplus": lambda: nn.Sequential(nn.Linear(2, 5), nn.Softplus(3.0), nn.Linear(5, 4), nn.Softplus()),
    "SiLU": lambda: nn.Sequential(nn.Linear(2, 5), nn.SiLU(), nn.Linear(5, 4), nn.SiLU()),
    "GELU": lambda: nn.Sequential(nn.Linear(2, 5), nn.GELU(), nn.Linear(5, 4), nn.GELU("tanh")),
    "batch norm": lambda: nn.Sequential(nn.Linear(2, 5), norm(nn.BatchNorm1d, 5), nn.Tanh(), nn.Linear(5, 4)),
    "layer norm": lambda: nn.Sequential(nn.Linear(2, 5), norm(nn.LayerNorm, 5), nn.Tanh(), nn.Linear(5, 4)),
    "convolution": lambda: on_maps(nn.Conv2d(4, 3, (2, 3), stride=(1, 2), padding=(1, 1)), nn.ReLU()),
    "no bias": lambda: on_maps(nn.Conv2d(4, 5, 3, padding=1, bias=False), nn.Tanh(), nn.Conv2d(5, 1, 1)),
    "upsampling": lambda: on_maps(nn.Upsample(scale_factor=2), nn.Conv2d(4, 2, 3, padding=1), nn.GELU()),
    "transposed": lambda: on_maps(nn.ConvTranspose2d(4, 2, 4, stride=2, padding=1), nn.SiLU()),
    "batch norm of maps": lambda: on_maps(norm(nn.BatchNorm2d, 4), nn.LeakyReLU(0.2), nn.Conv2d(4, 2, 1)),
    "group norm": lambda: on_maps(nn.Conv2d(4, 6, 1), norm(nn.GroupNorm, 3, 6), nn.SiLU()),
    "instance norm": lambda: on_maps(norm(nn.InstanceNorm2d, 4, 1e-5, 0.1, True), nn.ELU()),
    "instance norm, stored": lambda: on_maps(norm(nn.InstanceNorm2d, 4, 1e-5, 0.1, True, True), nn.ELU()),
}


def made(name: str) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        decoder = LAYERS[name]().eval().requires_grad_(False)
    return decoder.double()


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    widget = latent_explorer(explored_models()[:1], image_shape=IMAGE_SHAPE, resolution=4)
    context = browser.new_context(
        viewport={"width": 1200, "height": 900}, reduced_motion="reduce", offline=True
    )
    opened = context.new_page()
    opened.goto(write_page(tmp_path_factory.mktemp("widget"), widget).as_uri())
    opened.wait_for_selector("[data-widget][data-ready]")
    opened.locator(".lg-file summary").click()
    yield opened
    context.close()


@pytest.mark.parametrize("name", LAYERS)
def test_picture_and_jacobian_of_each_layer_are_those_of_torch(page, name, generator):
    decoder, z = made(name), torch.randn(3, 2, generator=generator, dtype=torch.float64)
    answer = page.evaluate(EVALUATE, [[network(decoder, short=False)], z.flatten().tolist()])
    x, u, v = (torch.tensor(a, dtype=torch.float64).reshape(3, -1) for a in answer)
    columns = vmap(jacfwd(lambda point: decoder(point[None])[0]))(z)
    # The last layers of some are folded: lengths are what must agree.
    gram = torch.einsum("nai,naj->nij", columns, columns)
    found = torch.stack([u, v], -1)
    assert torch.einsum("nai,naj->nij", found, found) == pytest.approx(gram, rel=1e-5, abs=1e-9)
    if x.shape == decoder(z).shape:
        assert x == pytest.approx(decoder(z), rel=1e-5, abs=1e-7)


def settled(page) -> dict:
    page.wait_for_selector("[data-widget][data-state=settled]", timeout=60_000)
    return page.evaluate("({...document.querySelector('[data-widget]').dataset})")


def take(page, path, *, drop: bool = False) -> None:
    if not drop:
        page.locator(".lg-file input").set_input_files(path)
        return
    page.evaluate(
        """([text, name]) => {
            const data = new DataTransfer();
            data.items.add(new File([text], name));
            const drop = new DragEvent("drop", {dataTransfer: data, bubbles: true});
            document.querySelector(".lg-explorer").dispatchEvent(drop);
        }""",
        [path.read_text(), path.name],
    )


def own_decoder(d: int) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(5)
        decoder = nn.Sequential(nn.Linear(d, 24), nn.SiLU(), nn.Linear(24, 16), nn.SiLU(), nn.Linear(16, 16))
    with torch.no_grad():
        for layer in decoder:
            if isinstance(layer, nn.Linear):
                layer.weight.mul_(2.5)
    return decoder.eval()


@pytest.mark.parametrize(("d", "drop"), [(2, False), (6, True)])
def test_lengths_on_a_decoder_from_a_file_are_the_librarys(page, tmp_path, generator, d, drop):
    decoder, codes = own_decoder(d), torch.randn(80, d, generator=generator)
    path = export(decoder, codes, path=tmp_path / "mine.json", name=f"mine {d}", image_shape=(1, 4, 4))
    take(page, path, drop=drop)
    page.locator(".lg-choice select").first.locator("option:checked", has_text=f"mine {d}").wait_for(
        state="attached"
    )
    shown = settled(page)
    a, b = torch.tensor(json.loads(path.read_text())["model"]["ends"], dtype=torch.float64).unbind(0)
    if d > 2:
        wide = codes.double() - codes.double().mean(0)
        directions = torch.linalg.svd(wide, full_matrices=False).Vh[:2].mT
        plane = nn.Linear(2, d).double()
        with torch.no_grad():
            plane.weight.copy_(directions)
            plane.bias.copy_(codes.double().mean(0))
        decoder = nn.Sequential(plane, *decoder.double())
    metric = PullbackMetric(decoder.double().requires_grad_(False))
    straight = curve_length(metric, linear_interpolation(a, b, 48)).item()
    found = geodesic(metric, a, b, n_segments=48)
    assert found.converged
    assert straight / found.length.item() > 1.001
    assert float(shown["straight"]) == pytest.approx(straight, rel=1e-3)
    assert float(shown["geodesic"]) == pytest.approx(found.length.item(), rel=1e-3)
    assert page.locator(".lg-strip").first.is_visible()


def test_a_decoder_from_a_file_is_drawn_again_within_50_milliseconds(page, tmp_path, generator):
    take(page, export(own_decoder(2), torch.randn(80, 2, generator=generator), path=tmp_path / "a.json"))
    page.locator(".lg-choice select").first.locator("option:checked", has_text="your decoder").wait_for(
        state="attached"
    )
    handle, times = page.locator(".lg-handle").first, []
    for _ in range(9):
        handle.press("ArrowRight")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        times.append(float(page.locator("[data-widget]").get_attribute("data-milliseconds")))
    assert min(times) < 50


def broken(content: dict, change) -> str:
    change(content)
    return json.dumps(content)


def first(content: dict) -> dict:
    """The first layer of the file's network."""
    return content["model"]["networks"][0][0]


HOSTILE = {
    "no JSON": (lambda c: None, "got no JSON"),
    "another format": (lambda c: c.update(format="x"), "got no file of pullback.export"),
    "another version": (lambda c: c.update(version=7), "got version 7 of the format, expected 1"),
    "an unknown layer": (lambda c: first(c).update(kind="__proto__"), 'layer 1: got kind "__proto__"'),
    "an unknown activation": (
        lambda c: first(c).update(activation="constructor"),
        'layer 1: got activation "constructor"',
    ),
    "too few weights": (lambda c: first(c)["weight"].update(data="AAAA"), "layer 1, weight: got 3 bytes"),
    "no base64": (lambda c: first(c)["weight"].update(data="<b>"), "layer 1, weight: got no packed numbers"),
    "a huge layer": (lambda c: first(c).update(rows=10**9), "layer 1: got 1000000000 rows"),
    "layers that do not fit": (
        lambda c: c["model"]["networks"][0].pop(1),
        "layer 2: got 16 columns, expected 24",
    ),
    "three networks": (lambda c: c["model"]["networks"].extend([[], []]), "got 3 networks, expected 1"),
    "no plane": (lambda c: c["model"].update(box=[1, 0, 0, 1]), "box: got [1,0,0,1]"),
    "another picture": (lambda c: c.update(shape=[1, 9, 9]), "shape: got [1,9,9] for 16 numbers"),
    "no field": (lambda c: c["model"].update(fields=[]), "fields: got none"),
    "null": (lambda c: c.update(model=None), "network: got no layers"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_wrong_is_refused_in_words_and_changes_nothing(page, tmp_path, generator, name):
    change, message = HOSTILE[name]
    path = export(own_decoder(2), torch.randn(80, 2, generator=generator), path=tmp_path / "a.json")
    content = json.loads(path.read_text())
    path.write_text("{" if name == "no JSON" else broken(content, change))
    before = page.locator(".lg-choice select").first.locator("option").count()
    take(page, path)
    alert = page.locator(".lg-file [role=alert]")
    alert.filter(has_text=message).wait_for(timeout=10_000)
    assert alert.text_content().startswith("a.json: ")
    assert page.locator(".lg-choice select").first.locator("option").count() == before


def test_a_name_with_markup_in_it_stays_a_name(page, tmp_path, generator):
    name = "<img src=x onerror=alert(1)>"
    take(
        page,
        export(own_decoder(2), torch.randn(80, 2, generator=generator), path=tmp_path / "a.json", name=name),
    )
    page.locator(".lg-choice select").first.locator("option:checked", has_text=name).wait_for(
        state="attached"
    )
    assert page.locator("img").count() == 0


def test_a_file_that_is_too_large_is_not_read(page, tmp_path):
    path = tmp_path / "large.json"
    with path.open("wb") as stream:
        stream.truncate(41_000_000)
    take(page, path)
    page.locator(".lg-file [role=alert]").filter(
        has_text="large.json: got 41 MB, expected at most 40 MB"
    ).wait_for()
