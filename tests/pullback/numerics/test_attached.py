"""Derivatives that are attached to results found without a graph."""

import pytest
import torch
from problems import normal
from pullback.numerics.attached import attach, leaves_of


def test_an_attached_root_has_the_derivative_of_the_theorem():
    x = normal(3).abs().requires_grad_()
    (root,) = attach((x.detach().sqrt(),), lambda g: [g[0] / (2 * root.detach())], (x,))
    torch.testing.assert_close(torch.autograd.grad(root.sum(), x)[0], 0.5 / x.detach().sqrt())


def test_values_pass_as_they_are_where_nobody_asks_for_a_gradient():
    value, x = normal(3), normal(3)
    assert attach((value,), lambda g: pytest.fail("asked"), (x,))[0] is value
    with torch.no_grad():
        assert attach((value,), lambda g: pytest.fail("asked"), (x.requires_grad_(),))[0] is value


def test_an_input_that_is_changed_before_the_way_back_is_an_error():
    x = normal(3).requires_grad_()
    (y,) = attach((x.detach().clone(),), lambda g: g, (x,))
    with torch.no_grad():
        x.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_a_second_derivative_is_refused():
    x = normal(3).requires_grad_()
    (y,) = attach((x.detach().clone(),), lambda g: g, (x,))
    (g,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        g.sum().backward()


def test_the_leaves_of_a_value_are_found_wherever_they_are():
    a, b, c = (normal(2, seed=s).requires_grad_() for s in range(3))
    found = leaves_of((a * b.sin()).sum() + normal(2).sum())
    assert {id(x) for x in found} == {id(a), id(b)}
    assert leaves_of(c)[0] is c
    assert leaves_of(normal(2)) == []
