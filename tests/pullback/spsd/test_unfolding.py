"""Mode covariances of latent tensors, and the unfoldings under them."""

import numpy as np
import pytest
import torch
from pullback import spsd


def test_mode_covariances_are_covariances_of_height_width_and_channel_slices(tensors):
    """`eq-spsd-mode-covariance`: entry (p, q) is the covariance of slices p and q of that mode."""
    covariances = spsd.mode_covariances(tensors)
    assert [tuple(S.shape) for S in covariances] == [(5, 3, 3), (5, 4, 4), (5, 6, 6)]
    for mode, S in enumerate(covariances, 1):
        p, q = tensors.select(mode, 0).flatten(1), tensors.select(mode, 2).flatten(1)
        expected = [np.cov(a, b)[0, 1] for a, b in zip(p.numpy(), q.numpy())]
        np.testing.assert_allclose(S[:, 0, 2], expected, atol=1e-14)


def test_a_tensor_that_varies_along_the_height_alone_has_no_variance_within_a_row():
    ramp = torch.arange(4.0, dtype=torch.float64)[:, None, None].expand(4, 5, 6)
    height, width, channel = spsd.mode_covariances(ramp)
    assert height.abs().max() == 0
    variance = 5 / 4 * (6 * 4) / (6 * 4 - 1)
    torch.testing.assert_close(width, torch.full_like(width, variance))
    torch.testing.assert_close(channel, torch.full_like(channel, 5 / 4 * 20 / 19))


def test_the_divisor_m_gives_the_smaller_covariance(tensors):
    for S, T, m in zip(
        spsd.mode_covariances(tensors), spsd.mode_covariances(tensors, divisor="m"), (24, 18, 12)
    ):
        torch.testing.assert_close(S * (m - 1) / m, T)


def test_unfoldings_keep_all_numbers_and_put_their_mode_in_rows(tensors):
    F = spsd.unfold(tensors, "width")
    assert F.shape == (5, 4, 18)
    torch.testing.assert_close(F[2, 1], tensors[2, :, 1, :].flatten())


def test_a_constant_added_to_each_slice_changes_no_covariance(tensors):
    shifted = spsd.mode_covariances(tensors + torch.arange(6.0, dtype=torch.float64))[2]
    torch.testing.assert_close(shifted, spsd.mode_covariances(tensors)[2])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_covariances_keep_the_dtype_and_leave_the_tensor_alone(tensors, dtype):
    T = tensors.to(dtype)
    before = T.clone()
    assert {S.dtype for S in spsd.mode_covariances(T)} == {dtype}
    assert torch.equal(T, before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: spsd.unfold(torch.zeros(2, 2), "width"),
            r"T: got shape \(2, 2\), expected \(\*batch, h, w, c\)",
        ),
        (lambda: spsd.unfold(torch.zeros(2, 2, 2), "depth"), "mode: got 'depth', expected one of height"),
        (
            lambda: spsd.mode_covariances(torch.zeros(2, 2, 2), divisor="n"),
            "divisor: got 'n', expected 'm - 1'",
        ),
        (lambda: spsd.mode_covariances(torch.zeros(3, 1, 1)), "T: got one column in the height unfolding"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
