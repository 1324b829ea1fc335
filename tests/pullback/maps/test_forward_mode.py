"""Threads, processes and flags: derivatives are right whoever asks, and nothing is left behind."""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
import torch
from problems import generator
from pullback import MetricField, PullbackMetric, christoffels, geodesic
from pullback.maps.exact_derivatives import ExactDerivatives
from pullback.maps.forward_mode import evaluation, jvp
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.checkpoint import checkpoint

W = torch.randn(2, 30, dtype=torch.float64, generator=generator(1))
Z = torch.randn(16, 50, 2, dtype=torch.float64, generator=generator(2))


def decoder(z):
    return torch.tanh(z @ W)


def field(z):
    return torch.eye(2, dtype=z.dtype) * (1 + z.square().sum(-1))[..., None, None]


@pytest.mark.parametrize(
    "call",
    [
        PullbackMetric(decoder).matrix,
        lambda z: christoffels(PullbackMetric(decoder), z),
        lambda z: christoffels(MetricField(field), z),
        lambda z: geodesic(PullbackMetric(decoder), z[:3], z[3:6], n_segments=6).length,
    ],
    ids=["matrix", "christoffels", "field", "geodesic"],
)
def test_threads_get_what_one_thread_gets(call):
    right = [call(z) for z in Z]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda i: call(Z[i % 16]), range(96)))
    for i, value in enumerate(found):
        torch.testing.assert_close(value, right[i % 16], msg=f"call {i}")


def _in_child(queue):
    queue.put(PullbackMetric(decoder).matrix(Z[0]).sum().item())


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("way", ["fork"])
def test_a_child_forked_while_a_thread_differentiates_does_not_wait_for_it(way):
    context = multiprocessing.get_context(way)
    queue = context.Queue()
    with evaluation(Z[0]):  # the lock is held
        child = context.Process(target=_in_child, args=(queue,))
        child.start()
        found = queue.get(timeout=60)
        child.join(timeout=60)
    assert found == pytest.approx(PullbackMetric(decoder).matrix(Z[0]).sum().item())


def _measures(metric, z):
    return [metric.matrix(z), christoffels(metric, z), geodesic(metric, z[:2], z[2:4], n_segments=4).length]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_processes_get_what_this_one_gets(way):
    net = nn.Sequential(nn.Linear(2, 6), nn.LayerNorm(6), nn.SiLU(), nn.Linear(6, 9)).double()
    metrics = [PullbackMetric(net), PullbackMetric(decoder), MetricField(field)]
    right = [_measures(metric, z) for metric in metrics for z in Z[:2]]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(way)) as pool:
        jobs = [pool.submit(_measures, metric, z) for metric in metrics for z in Z[:2]]
        found = [job.result(timeout=240) for job in jobs]
    for one, other in zip(found, right):
        for a, b in zip(one, other):
            torch.testing.assert_close(a, b)


def test_threads_leave_the_choice_of_kernels_as_it_was():
    before = torch.backends.cuda.flash_sdp_enabled(), torch.backends.cuda.mem_efficient_sdp_enabled()

    def hold(i):
        with ExactDerivatives():
            time.sleep(0.001 * (i % 3))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(hold, range(40)))
    after = torch.backends.cuda.flash_sdp_enabled(), torch.backends.cuda.mem_efficient_sdp_enabled()
    assert after == before == (True, True)


def test_flags_of_torch_are_given_back_even_after_an_error():
    flags = torch.backends.cudnn.allow_tf32, torch.backends.cuda.flash_sdp_enabled(), torch.is_grad_enabled()
    with pytest.raises(ValueError, match="expected a map"), evaluation(Z[0]):
        PullbackMetric(lambda z: z + torch.randn_like(z)).matrix(Z[0])
    seen = torch.backends.cudnn.allow_tf32, torch.backends.cuda.flash_sdp_enabled(), torch.is_grad_enabled()
    assert seen == flags


def test_the_autocast_of_the_caller_does_not_reach_the_decoder():
    net, z = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 6)), torch.ones(3, 2)
    for function in (net, lambda z: net(z)):
        expected = PullbackMetric(function).matrix(z)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert torch.equal(PullbackMetric(function).matrix(z), expected)
            assert torch.is_autocast_enabled("cpu")


def test_attention_is_right_under_the_kernel_that_somebody_else_chose():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        part = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).double().eval()
        first = nn.Linear(2, 32).double()
    metric = PullbackMetric(lambda z: part(first(z).reshape(-1, 4, 8)).flatten(1))
    plain = metric.matrix(Z[0])
    with sdpa_kernel(SDPBackend.MATH):
        torch.testing.assert_close(metric.matrix(Z[0]), plain)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda z: torch.from_numpy(z.detach().numpy()) * z, "its derivative is|leaves torch"),
        (lambda z: checkpoint(decoder, z, use_reentrant=False), "holds a checkpoint"),
    ],
    ids=["NumPy", "checkpoint"],
)
def test_what_torch_cannot_differentiate_is_one_line(function, words):
    metric = PullbackMetric(function)
    with pytest.raises(ValueError, match=words) as refusal:
        metric.feature_map.linearise(Z[0])
    assert "\n" not in str(refusal.value)


def test_results_carry_no_graph_of_the_weights():
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 20), nn.Sigmoid()).double()

        def forward(self, z):
            return self.net(z)

    metric = PullbackMetric(Decoder())
    found = geodesic(metric, Z[0, :2], Z[0, 2:4])
    assert not any(t.requires_grad for t in (found.curve, found.length, found.energy, metric.matrix(Z[0])))


def test_jvp_is_that_of_torch():
    value, slope = jvp(torch.sin, (Z[0],), (torch.ones_like(Z[0]),))
    torch.testing.assert_close(slope, Z[0].cos())
    torch.testing.assert_close(value, Z[0].sin())
