"""The initial-value solvers under exp, log, transport and Jacobi fields."""

import itertools
import math

import pytest
import torch
from pullback.numerics.integrate import DOP8, RK4, fixed_steps, integrate


def oscillator(y):
    return torch.stack([y[..., 1], -torch.sin(y[..., 0])], dim=-1)


def tight(field, y, **kw):
    return integrate(field, y, rtol=1e-13, atol=torch.full_like(y, 1e-14), **kw)


@pytest.mark.convergence
@pytest.mark.parametrize(("tableau", "steps"), [(RK4, (20, 40, 80)), (DOP8, (4, 8, 16))])
def test_fixed_steps_converge_at_the_declared_order(tableau, steps):
    y = torch.tensor([0.0, 1.0], dtype=torch.float64)
    truth = torch.tensor([math.sin(5), math.cos(5)], dtype=torch.float64)
    rotate = lambda t, y: 5 * torch.stack([y[1], -y[0]])  # noqa: E731
    errors = [(fixed_steps(rotate, y, n_steps=n, tableau=tableau) - truth).norm() for n in steps]
    slopes = [math.log2(a / b) for a, b in itertools.pairwise(errors)]
    assert slopes[-1] == pytest.approx(tableau.order, abs=0.35)


def test_fixed_steps_see_the_time():
    y = torch.zeros(3, 2, dtype=torch.float64)
    end = fixed_steps(lambda t, y: torch.full_like(y, 3 * t**2), y, n_steps=2, t1=2.0)
    torch.testing.assert_close(end, torch.full_like(y, 8.0))


def test_the_adaptive_error_follows_the_tolerance():
    y = torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    rotate = lambda y: 5 * torch.stack([y[..., 1], -y[..., 0]], dim=-1)  # noqa: E731
    truth = torch.tensor([math.sin(5), math.cos(5)], dtype=torch.float64)
    for rtol in (1e-4, 1e-7, 1e-10):
        found = integrate(rotate, y, rtol=rtol, atol=torch.full_like(y, rtol))
        assert (found.path[0, -1] - truth).norm() < 10 * rtol
        assert found.converged.all()
        assert found.residual.max() <= 1


def test_each_row_takes_its_own_steps_and_equals_its_solo_run():
    y = torch.tensor([[0.1, 0.0], [1.0, 0.5], [3.0, 2.0]], dtype=torch.float64)
    speed = torch.tensor([[1.0], [10.0], [60.0]], dtype=torch.float64)
    field = lambda y, c: c * oscillator(y)  # noqa: E731
    kw = {"rtol": 1e-9, "n_outputs": 3}
    batch = integrate(field, y, constants=(speed,), atol=torch.full_like(y, 1e-9), **kw)
    assert batch.n_steps[0] < batch.n_steps[1] < batch.n_steps[2]
    for i in range(3):
        solo = integrate(
            field, y[i : i + 1], constants=(speed[i : i + 1],), atol=torch.full_like(y[:1], 1e-9), **kw
        )
        torch.testing.assert_close(solo.path[0], batch.path[i], rtol=1e-13, atol=1e-13)
        assert solo.n_steps[0] == batch.n_steps[i]


def test_intermediate_outputs_lie_on_the_solution():
    y = torch.tensor([[1.0]], dtype=torch.float64)
    path = tight(lambda y: -2 * y, y, n_outputs=7).path[0, :, 0]
    torch.testing.assert_close(path, torch.exp(-2 * torch.linspace(0, 1, 8, dtype=torch.float64)))


@pytest.mark.parametrize("n_outputs", [1, 3, 8, 10])
def test_outputs_are_exact_at_times_that_no_binary_fraction_is(n_outputs):
    y = torch.tensor([[1.0]], dtype=torch.float64)
    path = tight(lambda y: -2 * y, y, n_outputs=n_outputs).path[0, :, 0]
    expected = torch.exp(-2 * torch.linspace(0, 1, n_outputs + 1, dtype=torch.float64))
    torch.testing.assert_close(path, expected, rtol=0, atol=1e-12)


def test_a_solution_that_blows_up_is_reported_and_leaves_its_neighbours_alone():
    y = torch.tensor([[0.5], [2.0]], dtype=torch.float64)  # y' = y^2 leaves the line at t = 1 / y(0)
    found = integrate(lambda y: y**2, y, rtol=1e-8, atol=torch.full_like(y, 1e-8), max_steps=300)
    assert found.converged.tolist() == [True, False]
    assert found.residual[1] == math.inf
    assert found.path[1, -1].isnan().all()
    assert found.reached[1] == pytest.approx(0.5, abs=1e-3)
    assert found.path[0, -1, 0] == pytest.approx(1.0, abs=1e-7)


def test_the_step_budget_is_kept():
    y = torch.ones(4, 2, dtype=torch.float64)
    found = integrate(lambda y: 1e4 * oscillator(y), y, rtol=1e-10, atol=1e-10 * y, max_steps=7)
    assert not found.converged.any()
    assert (found.n_steps == 7).all()


def test_no_rows_need_no_steps():
    y = torch.zeros(0, 2)
    assert integrate(oscillator, y, rtol=1e-4, atol=y).path.shape == (0, 2, 2)


def test_the_adaptive_solution_is_differentiable_in_its_start():
    y = torch.tensor([[0.7, 0.2]], dtype=torch.float64, requires_grad=True)
    end = tight(oscillator, y).path[0, -1]
    (grad,) = torch.autograd.grad(end[0], y)
    step = torch.tensor([[1e-5, 0.0]], dtype=torch.float64)
    with torch.no_grad():
        ends = [tight(oscillator, y + sign * step).path[0, -1, 0] for sign in (1, -1)]
    slope = (ends[0] - ends[1]) / 2e-5
    assert grad[0, 0] == pytest.approx(slope.item(), abs=1e-8)


def test_single_precision_stays_single():
    y = torch.ones(2, 2)
    found = integrate(oscillator, y, rtol=1e-4, atol=1e-4 * y)
    assert found.path.dtype == torch.float32
    assert fixed_steps(lambda t, y: oscillator(y), y, n_steps=2).dtype == torch.float32


def test_no_steps_are_refused():
    with pytest.raises(ValueError, match="n_steps: got 0"):
        fixed_steps(lambda t, y: y, torch.ones(1), n_steps=0)
