"""Rendered heads: the factors do what they say, and the renderer agrees with a sphere."""

import numpy as np
import pytest
import torch
from companion import datasets
from companion.datasets.synthetic import heads
from companion.datasets.synthetic.head_model import Head, make_head


def ball(radius=1.0, albedo=0.8, n=200_000):
    """Evenly spread points of a sphere (a Fibonacci lattice)."""
    i = np.arange(n) + 0.5
    z, turn = 1 - 2 * i / n, i * np.pi * (1 + 5**0.5)
    across = np.sqrt(1 - z**2)
    normals = np.stack([across * np.cos(turn), across * np.sin(turn), z], axis=-1)
    return Head(radius * normals, normals, np.full(n, albedo))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def few(monkeypatch, home):
    """Five heads, so that the last one is for testing, and a cache of their own."""
    monkeypatch.setenv("COMPANION_HOME", str(home))
    monkeypatch.setattr(heads, "N_IDENTITIES", 5)


def pixel_centres():
    middle = (np.arange(heads.SIZE) + 0.5) / heads.SIZE - 0.5
    return middle[None] / heads.SCALE, -middle[:, None] / heads.SCALE


@pytest.mark.parametrize("light", [-0.9, 0.0, 0.6])
def test_a_ball_is_shaded_by_lamberts_law(light):
    [image] = heads.render_head(ball(), 0.3, np.array([light]))
    x, y = pixel_centres()
    well_inside = x**2 + y**2 < 0.75
    z = np.sqrt(np.where(well_inside, 1 - x**2 - y**2, 0))
    direction = np.array([np.sin(light), heads.LIGHT_HEIGHT, np.cos(light)])
    cosine = (x * direction[0] + y * direction[1] + z * direction[2]) / np.linalg.norm(direction)
    exact = 0.8 * (heads.AMBIENT + (1 - heads.AMBIENT) * np.clip(cosine, 0, 1))
    assert np.abs(image - exact)[well_inside].max() < 0.02
    assert (image[x**2 + y**2 > 1.2] == heads.BACKGROUND).all()


def test_the_nearest_of_two_surfaces_is_seen_and_turns_away():
    back, front = ball(), ball(0.3)
    front = Head(front.points + np.array([0, 0, 1.2]), front.normals, np.full(len(front.albedo), 0.1))
    both = Head(*(np.concatenate(parts) for parts in zip(*(vars(b).values() for b in (front, back)))))
    facing, away = (heads.render_head(both, yaw, np.zeros(1))[0] for yaw in (0.0, np.pi))
    alone = heads.render_head(back, np.pi, np.zeros(1))[0]
    assert facing[32, 32] < 0.12
    np.testing.assert_array_equal(away, alone)


def test_a_head_that_turns_right_shows_its_nose_on_the_right():
    head = make_head(3)
    nose = head.points[np.argmax(head.points[:, 2])]
    assert abs(nose[0]) < 0.1
    for yaw, side in ((np.pi / 2, 1), (-np.pi / 2, -1)):
        image = heads.render_head(head, yaw, np.array([yaw]))[0]
        row = int((0.5 - heads.SCALE * nose[1]) * heads.SIZE)
        tip = int((0.5 + side * heads.SCALE * nose[2]) * heads.SIZE)
        covered = np.flatnonzero(image[row] != heads.BACKGROUND)
        assert abs((covered.max() if side > 0 else covered.min()) - tip) <= 1


def test_no_hole_is_left_in_any_head():
    for identity in (0, 7, 23):
        head = make_head(identity)
        for yaw in np.deg2rad([-90, -30, 45]):
            covered = heads.render_head(head, yaw, np.zeros(1))[0] != heads.BACKGROUND
            inner = covered[1:-1, :-2] & covered[1:-1, 2:] & covered[:-2, 1:-1] & covered[2:, 1:-1]
            assert (covered[1:-1, 1:-1] | ~inner).all()
            assert not covered[0].any()
            assert not covered[:, 0].any()


def test_every_identity_has_every_yaw_and_light(few):
    data = datasets.load("heads", "all")
    assert data.images.shape == (5 * 13 * 5, 1, 64, 64)
    factors = torch.stack([data.factors[name].double() for name in ("identity", "yaw", "light")], 1)
    assert len(factors.unique(dim=0)) == len(data)
    assert data.factors["yaw"].unique().rad2deg().round().tolist() == list(range(-90, 91, 15))
    assert 0 <= data.images.min() < data.images.max() <= 1
    assert data.sha256 == datasets.data_checksum("heads")


def test_a_test_head_was_never_seen_from_any_side(few):
    assert datasets.load("heads", "train").labels.unique().tolist() == [0, 1, 2, 3]
    assert datasets.load("heads", "test").labels.unique().tolist() == [4]


def test_no_two_identities_look_alike(few):
    data = datasets.load("heads", "all")
    frontal = (data.factors["yaw"] == 0) & (data.factors["light"] == 0)
    distances = torch.cdist(data.images[frontal].flatten(1), data.images[frontal].flatten(1))
    assert distances[~torch.eye(5, dtype=torch.bool)].min() > 1


def test_light_from_the_right_brightens_the_right(few):
    data = datasets.load("heads", "all")
    frontal = data.factors["yaw"] == 0
    for sign in (-1, 1):
        lit = data.images[frontal & (data.factors["light"] * sign > 1)]
        right, left = lit[..., 34:46].mean(), lit[..., 18:30].mean()
        assert sign * (right - left) > 0.05


def test_heads_are_rendered_once_and_anew_when_the_code_changes(few, monkeypatch):
    first = datasets.load("heads", "all").images
    with monkeypatch.context() as patch:
        patch.setattr(heads, "make_head", None)
        assert torch.equal(datasets.load("heads", "all").images, first)
        patch.setattr(heads, "_code_digest", lambda: "other")
        with pytest.raises(TypeError):
            datasets.load("heads", "all")
