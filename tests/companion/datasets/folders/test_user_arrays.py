"""Real sets that are read as arrays: packed from files as they are passed on, checked, split."""

import io
import lzma

import numpy as np
import pack_arrays
import pytest
import scipy.io
import torch
from companion import datasets
from companion.datasets import checksums
from companion.datasets.folders import user_arrays
from PIL import Image

PACKED = ("celeba-6000", "svhn-1083", "sprites", "cars3d-2el", "coil-20")


def mosaics(tiles, rows, columns):
    """Glue tiles (groups, rows * columns, h, w, 3) into one lossless WebP a group."""
    contents = []
    for group in tiles:
        height, width = group.shape[1:3]
        whole = np.concatenate(
            [np.concatenate(list(group[r * columns : (r + 1) * columns]), axis=1) for r in range(rows)]
        )
        assert whole.shape == (rows * height, columns * width, 3)
        content = io.BytesIO()
        Image.fromarray(whole).save(content, "WEBP", lossless=True)
        contents.append(content.getvalue())
    return {
        "webp": np.frombuffer(b"".join(contents), np.uint8),
        "offset": np.cumsum([0, *map(len, contents)]),
        "grid": np.array([rows, columns, *tiles.shape[2:4]]),
    }


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Files like those that the pictures are passed on in, with invented pictures, and the pictures."""
    folder, draw = tmp_path_factory.mktemp("sources"), np.random.default_rng(0)
    faces = draw.integers(0, 256, (3, 4, 64, 64, 3), dtype=np.uint8)
    np.savez(
        folder / "celeba_200ids_x30_64.npz",
        **mosaics(faces, 2, 2),
        image_id=np.arange(12) + 7,
        identity=np.repeat([82, 500, 90], 4),
        attr=np.arange(24).reshape(12, 2) % 3 == 0,
        attr_names=np.array(["Bald", "Black_Hair"]),
        partition=np.repeat(np.array([0, 1, 2], np.int8), 4),
    )
    digits = draw.integers(0, 256, (12, 32, 32, 3), dtype=np.uint8)
    photographs = np.repeat([1, 2, 3, 4, 5, 6], 2)
    np.savez(folder / "svhn_train_first1083_32.npz", X=digits, y=np.arange(12) % 10, image=photographs)
    palette = draw.integers(0, 256, (300, 3), dtype=np.uint8)
    index = draw.integers(0, 300, (3, 4, 60, 60))
    np.savez(
        folder / "reed_sprites_672x178_60.npz",
        xz=np.frombuffer(lzma.compress(np.stack([index & 255, index >> 8]).astype(np.uint8)), np.uint8),
        shape=[2, 3, 4, 60, 60],
        palette=palette,
        labels=np.array([[0, 1], [1, 1], [0, 2], [1, 2]], np.uint8),
        label_names=np.array(["gender", "body"]),
        clip=np.array([0, 0, 1]),
        frame=np.array([0, 1, 0]),
        clip_animation=np.array(["walk", "hurt"]),
        clip_view=np.array(["left", "front"]),
        train_idx1=np.array([4, 1]),
        val_idx1=np.array([2]),
        test_idx1=np.array([3]),
    )
    cars = draw.integers(0, 256, (6, 48, 64, 64, 3), dtype=np.uint8)
    np.savez(
        folder / "reed_cars3d_183x2x24_64.npz",
        **mosaics(cars, 2, 24),
        car=np.arange(6),
        elevation=[0, 18],
        azimuth=np.arange(24) * 15,
    )
    objects = draw.integers(0, 256, (1440, 32, 32), dtype=np.uint8)
    columns_first = objects.swapaxes(1, 2).reshape(1440, 1024) / 255
    scipy.io.savemat(folder / "COIL20.mat", {"X": columns_first}, do_compression=True)
    expected = {
        "celeba-6000": faces.reshape(12, 64, 64, 3),
        "svhn-1083": digits,
        "sprites": palette[index].swapaxes(0, 1).reshape(12, 60, 60, 3),
        "cars3d-2el": cars.reshape(-1, 64, 64, 3),
        "coil-20": objects[..., None],
    }
    return folder, expected


@pytest.fixture(scope="module")
def packed(sources, tmp_path_factory):
    out = tmp_path_factory.mktemp("packed")
    sums = {name: pack_arrays.pack(name, sources[0] / pack_arrays.SOURCES[name][0], out) for name in PACKED}
    return out, sums


@pytest.fixture
def own(packed, monkeypatch, tmp_path):
    """A folder of the reader's that holds the packed arrays, whose checksums are the known ones."""
    out, sums = packed
    for name, known in sums.items():
        monkeypatch.setitem(checksums.RAW_SHA256, name, known)
        (tmp_path / f"{name}.npz").write_bytes((out / f"{name}.npz").read_bytes())
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", PACKED)
def test_packed_pictures_come_back_to_the_byte(own, sources, name):
    data = datasets.load(name, "all")
    expected = torch.from_numpy(sources[1][name]).permute(0, 3, 1, 2)
    assert torch.equal((data.images * 255).round().byte(), expected)
    assert data.images.dtype == torch.float32
    assert data.labels.dtype == torch.int64
    assert {values.dtype for values in data.factors.values()} <= {torch.int64, torch.float32}


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("celeba-6000", "identity"),
        ("svhn-1083", "photograph"),
        ("cars3d-2el", "identity"),
        ("coil-20", "identity"),
    ],
)
def test_no_person_photograph_or_object_is_in_both_splits(own, name, group):
    train, test = datasets.load(name, "train"), datasets.load(name, "test")
    assert len(train) > 0 < len(test)
    assert not set(train.factors[group].tolist()) & set(test.factors[group].tolist())


def test_the_packed_faces_keep_the_official_partition_and_their_attributes(own):
    test = datasets.load("celeba-6000", "test")
    assert test.factors["picture"].tolist() == [15, 16, 17, 18]
    assert test.factors["identity"].tolist() == [90] * 4
    assert test.labels.tolist() == [1] * 4
    assert test.factors["Bald"].tolist() == [int(2 * i % 3 == 0) for i in range(8, 12)]
    assert len(datasets.load("celeba-6000", "train")) == 4


def test_every_fifth_photograph_of_house_numbers_is_for_testing(own):
    assert datasets.load("svhn-1083", "test").factors["photograph"].tolist() == [5, 5]
    assert datasets.load("svhn-1083", "test").labels.tolist() == [8, 9]


def test_sprites_are_split_by_the_published_characters(own):
    train, test = datasets.load("sprites", "train"), datasets.load("sprites", "test")
    assert train.labels.tolist() == [0] * 3 + [3] * 3
    assert test.labels.tolist() == [2] * 3
    assert train.factors["body"].tolist() == [1] * 3 + [2] * 3
    assert test.factors["frame"].tolist() == [0, 1, 0]
    assert test.factors["view"].tolist() == [1, 1, 2]
    assert test.factors["animation"].tolist() == [2, 2, 5]


def test_the_smaller_sprites_are_a_fixed_draw_of_both_splits(own, monkeypatch):
    monkeypatch.setitem(user_arrays.DRAWN, "sprites-20k", {0: 4, 2: 2})
    train, test, everything = (datasets.load("sprites-20k", split) for split in ("train", "test", "all"))
    assert (len(train), len(test), len(everything)) == (4, 2, 6)
    assert torch.equal(train.images, datasets.load("sprites-20k", "train").images)
    pool = {image.numpy().tobytes() for image in datasets.load("sprites", "train").images}
    assert len({image.numpy().tobytes() for image in train.images} & pool) == 4
    assert train.name == "sprites-20k"
    assert train.sha256 == datasets.data_checksum("sprites")


@pytest.mark.parametrize(("name", "side"), [("cars3d-2el", 32), ("sprites-20k", 30)])
def test_the_half_size_keeps_the_mean_of_every_square(own, name, side):
    whole, half = datasets.load(name, "test"), datasets.load(f"{name}-{side}", "test")
    assert half.image_shape == (3, side, side)
    assert half.name == f"{name}-{side}"
    assert torch.equal(half.labels, whole.labels)
    squares = whole.images.unflatten(-1, (side, 2)).unflatten(-3, (side, 2)).mean((-1, -3))
    torch.testing.assert_close(half.images, squares)
    assert datasets.data_checksum(half.name) == whole.sha256


def test_cars_and_objects_know_their_angles(own):
    car = datasets.load("cars3d-2el", "all")
    assert torch.equal(car.factors["elevation"][:48:24], torch.tensor([0, torch.pi / 10]))
    torch.testing.assert_close(car.factors["azimuth"][24:27], torch.tensor([0.0, 15, 30]).deg2rad())
    coil = datasets.load("coil-20", "test")
    assert coil.labels.unique().tolist() == [4, 9, 14, 19]
    torch.testing.assert_close(coil.factors["azimuth"][70:73], torch.tensor([350.0, 355, 0]).deg2rad())


@pytest.mark.parametrize("name", PACKED)
def test_one_other_pixel_or_label_is_found(own, name):
    path = own / f"{name}.npz"
    for part in ("images", "labels", "partition"):
        with np.load(path) as archive:
            arrays = dict(archive)
        arrays[part].flat[5] ^= 1
        np.savez(path, **arrays)
        with pytest.raises(ValueError, match=f"the sha256 of {part} is .*; make it") as error:
            datasets.load(name, "test")
        assert str(path) in str(error.value)
        arrays[part].flat[5] ^= 1
        np.savez(path, **arrays)
    assert len(datasets.load(name, "all")) > 0


def test_another_factor_is_found(own):
    path = own / "coil-20.npz"
    with np.load(path) as archive:
        arrays = dict(archive)
    arrays["factor.elevation"] = arrays.pop("factor.azimuth")
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match="the sha256 of factors is"):
        datasets.load("coil-20", "test")


@pytest.mark.parametrize("kept", [0, 100, 100_000])
def test_a_truncated_file_of_arrays_is_named_with_the_remedy(own, kept):
    path = own / "coil-20.npz"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match=r"damaged or truncated .*pack_arrays.py") as error:
        datasets.load("coil-20", "test")
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_pickled_objects_are_refused(own):
    np.savez(own / "coil-20.npz", images=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="damaged or truncated"):
        datasets.load("coil-20", "test")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda arrays: arrays.pop("partition"), "no array partition"),
        (lambda arrays: arrays.update(labels=arrays["labels"][:-1]), "arrays of lengths"),
    ],
    ids=["no partition", "short labels"],
)
def test_a_file_with_other_arrays_is_refused(own, change, message):
    path = own / "coil-20.npz"
    with np.load(path) as archive:
        arrays = dict(archive)
    change(arrays)
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=message):
        datasets.load("coil-20", "test")


@pytest.mark.parametrize("name", [*PACKED, "sprites-20k", "sprites-20k-30"])
def test_absent_arrays_say_how_to_make_them(monkeypatch, tmp_path, name):
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"\.npz is not in .*workflow/pack_arrays\.py") as error:
        datasets.load(name, "train")
    assert "\n" not in str(error.value)


def test_the_command_packs_what_it_finds_and_names_what_it_does_not(sources, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("sys.argv", ["pack_arrays.py", str(sources[0]), "--out", str(tmp_path / "out")])
    (sources[0] / "COIL20.mat").rename(tmp_path / "away.mat")
    try:
        pack_arrays.main()
    finally:
        (tmp_path / "away.mat").rename(sources[0] / "COIL20.mat")
    assert {path.stem for path in (tmp_path / "out").iterdir()} == set(PACKED) - {"coil-20"}
    printed = capsys.readouterr().out
    assert "coil-20: COIL20.mat is nowhere under" in printed
    assert "svhn-1083 images" in printed
