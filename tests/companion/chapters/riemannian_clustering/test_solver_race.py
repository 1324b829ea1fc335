"""Solvers against one another, and one that fails."""

import torch
from companion.chapters.riemannian_clustering.solver_race import solver_race
from problems import HYPERBOLIC_PARABOLOID


def test_solvers_agree_on_the_saddle_and_a_solver_without_steps_has_failed():
    z0, z1 = torch.tensor([[[-2.0, -1.0]], [[1.5, -2.0]]], dtype=torch.float64)
    solvers = {"gauss-newton": {}, "ode": {"solver": "ode"}, "none": {"max_steps": 0, "starts": "line"}}
    race = solver_race(HYPERBOLIC_PARABOLOID.metric, z0, z1, solvers, n_segments=64)
    assert race["gauss-newton"].converged.all()
    assert race["ode"].excess.abs().max() < 1e-3
    assert not race["none"].converged.any()
    assert race["none"].excess.min() > 0.01
    assert all((run.seconds > 0).all() for run in race.values())
    assert race["none"].readings()["failed"] == 1
    assert race["gauss-newton"].readings()["failed"] == 0


def test_a_solver_that_raises_is_counted_as_failed():
    z0, z1 = torch.tensor([[[-2.0, -1.0]], [[1.5, -2.0]]], dtype=torch.float64)
    race = solver_race(HYPERBOLIC_PARABOLOID.metric, z0, z1, {"ode": {"solver": "ode", "max_steps": 0}})
    assert not race["ode"].converged.any()
    assert race["ode"].excess.isnan().all()
