"""Derivatives that are wrong are refused, and what is behind a function is as it was."""

import functools

import pytest
import torch
from problems import generator
from pullback import PullbackMetric, exp, gaussian_curvature, geodesic
from pullback.maps.probe import directions, disagreement, modules_behind, unchanged
from small_networks import network
from torch import nn

NET = network()
Z = torch.randn(4, 2, dtype=torch.float64, generator=generator(3))


def along(J):
    return lambda z, v: torch.einsum("nai,ni->na", J(z), v)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_a_right_derivative_agrees_whatever_the_scale(dtype, size):
    z = Z.to(dtype)
    seen = disagreement(lambda z, v: size * z.sin(), lambda z, v: size * z.cos() * v, z)
    assert seen is None


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("factor", [0.0, 0.9, 1.1, 2.0, -1.0])
def test_a_derivative_that_is_a_tenth_off_does_not(dtype, factor):
    seen = disagreement(lambda z, v: z.sin(), lambda z, v: factor * z.cos() * v, Z.to(dtype))
    assert "where values change by" in seen


def test_a_quotient_across_a_crease_says_nothing():
    """The derivative of |z| a little to the right of 0 is 1, and a long step sees less."""
    z = torch.tensor([[1e-7, 1e-7]], dtype=torch.float64)
    assert disagreement(lambda z, v: z.abs(), lambda z, v: z.sign() * v, z) is None


@pytest.mark.parametrize("level", [1e6, -1e6])
def test_values_that_are_rounded_more_than_they_change_say_nothing(level):
    z = Z.float()
    assert disagreement(lambda z, v: level + 1e-4 * z, lambda z, v: torch.zeros_like(z), z) is None


@pytest.mark.parametrize("factor", [0.0, 2.0])
def test_a_derivative_that_is_wrong_at_one_point_in_one_direction_is_told(factor):
    first = directions(Z[:2])[:1]

    def partly(z, v):
        off = (v == first).all(-1, keepdim=True)
        return torch.where(off, factor, 1.0) * z.cos() * v

    length = (Z[0].cos() * first[0]).norm().item()
    told = "is 0" if factor == 0 else f"is {2 * length:.3g} long"
    seen = disagreement(lambda z, v: z.sin(), partly, Z, standing=True)
    assert seen == f"{told} where values change by {length:.3g} per unit step"


@pytest.mark.parametrize("slope", [3e-3, 1e-2, 0.1, 1.0])
@pytest.mark.parametrize("z", [Z, 3 * Z, Z[:1]], ids=["here", "far", "one point"])
def test_in_single_precision_a_derivative_of_exactly_zero_is_seen_through_though_values_hardly_move(slope, z):
    """Slopes of a hundredth of the values drown in rounding at the steps that suit a difference quotient."""

    def slow(z, v):
        return 0.5 + slope * (0.7 * z).sin()

    seen = disagreement(slow, lambda z, v: torch.zeros_like(z), z.float(), standing=True)
    assert seen.startswith("is 0 where values change by")


# torch gives none of these a derivative, forwards or backwards, and says so of none in forward mode.
STILL = (
    "bessel_j0 bessel_j1 modified_bessel_i0 modified_bessel_i1 scaled_modified_bessel_k0 spherical_bessel_j0"
)


@pytest.mark.parametrize("name", [*STILL.split(), "airy_ai"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_function_without_a_derivative_is_refused_alone_and_beside_outputs_that_move_faster(name, dtype):
    function, net = getattr(torch.special, name), network().to(dtype)

    def slow(z, share=0.25):
        return function(2.5 + share * net(z))

    for decoder in (slow, lambda z: slow(z, 1.0), lambda z: torch.cat([10 * net(z), slow(z)], -1)):
        with pytest.raises(ValueError, match="its derivative is"):
            PullbackMetric(decoder).matrix(Z.to(dtype))


def test_a_slow_part_that_is_detached_is_seen_beside_a_fast_one_in_single_precision():
    net = network().float()
    decode = lambda z: torch.cat([net(z), 0.02 * net(z).detach().tanh()], -1)  # noqa: E731
    with pytest.raises(ValueError, match="its derivative is 0 where values change by"):
        PullbackMetric(decode).matrix(Z.float())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("distance", [1e-2, 1e-3, 1e-5])
@pytest.mark.parametrize("width", [1, 3, 300])
def test_a_unit_that_is_dead_beside_its_crease_has_the_derivative_zero(dtype, distance, width):
    """Long steps leave the dead zone on one side; a quotient of theirs is no derivative."""
    z = torch.zeros(2, 2, dtype=dtype)

    def dead(z, v):
        return torch.cat([(z.sum(-1, True) - distance * (k + 1)).relu() for k in range(width)], -1)

    assert disagreement(dead, lambda z, v: torch.zeros(len(z), width, dtype=dtype), z, standing=True) is None


def test_a_saturated_unit_has_the_derivative_zero():
    z = Z.float() + 20
    assert disagreement(lambda z, v: z.tanh(), lambda z, v: (1 - z.tanh() ** 2) * v, z, standing=True) is None


def test_a_first_derivative_that_jumps_at_creases_is_no_second_one():
    """Wide networks of ReLU are faceted so finely that long steps see a smooth bend; the facets have none."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(2, 4096), nn.ReLU(), nn.Linear(4096, 4)).eval()
    assert torch.equal(gaussian_curvature(PullbackMetric(lambda z: net(z)), Z.float()), torch.zeros(4))


class Hidden:
    """A model with a decode method that keeps no derivative."""

    def __init__(self, mode):
        self.mode = mode

    def decode(self, z):
        with self.mode():
            return NET(z)


@pytest.mark.parametrize(
    "decode",
    [
        Hidden(torch.inference_mode).decode,
        lambda z: NET(z.detach()),
        lambda z: NET(z).data,
        torch.inference_mode()(lambda z: NET(z)),
        lambda z: NET(z).round(decimals=12).detach() + 0 * z.sum(-1, keepdim=True),
    ],
    ids=["inference_mode", "detach", "data", "decorated", "with a trace of z"],
)
def test_a_decoder_without_a_derivative_is_refused_and_not_called_flat(decode):
    for call in (lambda m: m.matrix(Z), lambda m: geodesic(m, Z[:2], Z[2:]), lambda m: m.features(Z)):
        with pytest.raises(ValueError, match="its derivative is 0 where values change by"):
            call(PullbackMetric(decode))


def test_a_decoder_under_no_grad_has_its_metric_and_no_wrong_way_back():
    """Forward derivatives do not ask for a graph; the Newton steps of the solvers do."""
    metric = PullbackMetric(Hidden(torch.no_grad).decode)
    torch.testing.assert_close(metric.matrix(Z), PullbackMetric(lambda z: NET(z)).matrix(Z))
    with pytest.raises(ValueError, match="its derivative backwards is not the one forwards"):
        metric.feature_map.linearise(Z)


def test_a_wrong_way_back_shows_where_second_derivatives_add_up_to_nothing():
    z = torch.tensor([[0.3, 0.7], [1.1, -0.4]], dtype=torch.float64)
    spread = torch.tensor([[1.0, -2.0, 1.0], [0.0, 0.0, 0.0]], dtype=torch.float64)
    metric = PullbackMetric(torch.no_grad()(lambda z: z.square() @ spread + z @ spread.flip(0)))
    metric.matrix(z)
    with pytest.raises(ValueError, match="its derivative backwards is not the one forwards"):
        metric.feature_map.linearise(z)


def test_a_constant_decoder_is_no_wrong_derivative():
    G = PullbackMetric(lambda z: torch.ones(len(z), 3, dtype=z.dtype)).matrix(Z)
    assert (G == 0).all()


def test_a_wrong_derivative_of_ones_own_is_refused():
    class Wrong(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x):
            return x.sin()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_forward(*inputs)

        @staticmethod
        def jvp(ctx, t):
            return 2 * ctx.saved_tensors[0].cos() * t

    with pytest.raises(ValueError, match=r"its derivative is .* long where values change by"):
        PullbackMetric(lambda z: Wrong.apply(z)).matrix(Z)


def layer_norm_net():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = (nn.Linear(2, 16), nn.LayerNorm(16), nn.Tanh(), nn.Linear(16, 10))
        return nn.Sequential(*layers).double().eval()


@pytest.mark.filterwarnings("ignore")  # torch.jit is deprecated, and what it has made is not
@pytest.mark.parametrize("form", ["exported", "traced", "scripted"])
def test_another_form_of_a_layer_norm_has_the_metric_and_no_wrong_curvature(form):
    net = layer_norm_net()
    batch = ({0: torch.export.Dim("n", min=1, max=10**5)},)
    made = {
        "exported": lambda: torch.export.export(net, (Z,), dynamic_shapes=batch).module(),
        "traced": lambda: torch.jit.trace(net, Z),
        "scripted": lambda: torch.jit.script(net),
    }[form]()
    metric = PullbackMetric(lambda z: made(z))
    torch.testing.assert_close(metric.matrix(Z), PullbackMetric(net).matrix(Z))
    for call in (lambda: gaussian_curvature(metric, Z), lambda: exp(metric, Z[:1], Z[1:2])):
        with pytest.raises(ValueError, match="its second derivative is"):
            call()


@pytest.mark.filterwarnings("ignore")
def test_a_scripted_network_without_such_layers_has_its_curvature():
    net = network()
    scripted = torch.jit.trace(net, Z)
    torch.testing.assert_close(
        gaussian_curvature(PullbackMetric(scripted), Z), gaussian_curvature(PullbackMetric(net), Z)
    )


def test_the_modules_behind_a_function_are_found_wherever_it_keeps_them():
    net = network()

    class Held:
        def __init__(self):
            self.net = net

        def __call__(self, z):
            return self.net(z)

    def closure(z):
        return net(z)

    wrapped = functools.wraps(closure)(lambda z: closure(z))
    for function in (net, net.forward, closure, functools.partial(closure), wrapped, Held()):
        assert modules_behind(function) == [net]
    assert modules_behind(lambda z: NET(z)) == [NET]
    assert modules_behind(torch.sin) == []


def test_a_name_that_is_filled_later_is_passed_over():
    def early(z):
        return later(z)

    found = modules_behind(early)
    later = NET
    assert found == []
    assert modules_behind(early) == [later]


def test_buffers_and_the_random_state_are_given_back():
    norm = nn.BatchNorm1d(2).double().train()
    before, state = {k: v.clone() for k, v in norm.state_dict().items()}, torch.get_rng_state()
    with unchanged(lambda z: norm(z)) as changed:
        norm(Z)
        norm.running_mean = norm.running_mean + 1
        torch.rand(3)
    assert {"BatchNorm1d.running_mean", "BatchNorm1d.running_var"} <= set(changed)
    assert torch.equal(torch.get_rng_state(), state)
    for k, v in norm.state_dict().items():
        assert torch.equal(v, before[k]), k


def test_a_probe_costs_less_than_the_metric_at_64_points():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.net, self.rows = network(), 0

        def forward(self, z):
            self.rows += z.shape[0]
            return self.net(z)

    counted, z = Counting(), torch.randn(64, 2, dtype=torch.float64, generator=generator(2))
    metric = PullbackMetric(counted)
    metric.matrix(z)
    first = counted.rows
    metric.matrix(z)
    again = counted.rows - first
    assert again == 64  # in one batch, its two tangents beside it
    # evaluations of a point, of the probe alone, against value and tangents of 64 points
    assert first - again <= (1 + 2) * 64


def test_a_wrong_derivative_is_refused_though_it_is_a_millionth_of_the_values():
    z = torch.tensor([[0.3, 0.7], [1.1, -0.4]], dtype=torch.float64)

    def through(z):
        return 1 + 1e-6 * (z - z.detach())  # values are constant, gradients pass

    with pytest.raises(
        ValueError, match=r"its derivative is 1e-06 long where values change by 0 per unit step"
    ):
        PullbackMetric(through).matrix(z)
