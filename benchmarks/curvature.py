"""How long does the sectional curvature of 1,000 planes at 1,000 points take, beside generic autodiff?"""

import json
import os
import resource
import signal
import subprocess

import torch
from common import HERE, arguments, codes, decoder, show, time_in_turns, write
from pullback import PullbackMetric, sectional_curvature
from torch import Tensor, nn
from torch.func import jacfwd, vmap

QUESTION = __doc__.strip()
GEOMSTATS = HERE.parent / ".venv-oracle" / "bin" / "python"


def generic_sectional_curvature(network: nn.Module):
    """Curvature from the definition, three nested derivatives: of decoder, metric, Christoffels."""

    def matrix(z: Tensor) -> Tensor:
        jacobian = jacfwd(network)(z)
        return jacobian.mT @ jacobian

    def christoffels(z: Tensor) -> Tensor:
        g, dg = matrix(z), jacfwd(matrix)(z)
        first = 0.5 * (dg.permute(0, 1, 2) + dg.permute(0, 2, 1) - dg.permute(2, 0, 1))
        # `inv`, not `solve`: under vmap the latter's derivative is wrong for all but the first of a batch.
        return torch.einsum("kl,lij->kij", torch.linalg.inv(g), first)

    def curvature(z: Tensor, u: Tensor, v: Tensor) -> Tensor:
        g, gamma, dgamma = matrix(z), christoffels(z), jacfwd(christoffels)(z)
        mixed = torch.einsum("ljki->lijk", dgamma) - torch.einsum("likj->lijk", dgamma)
        mixed = (
            mixed + torch.einsum("lim,mjk->lijk", gamma, gamma) - torch.einsum("ljm,mik->lijk", gamma, gamma)
        )
        numerator = torch.einsum("lm,mijk,i,j,k,l->", g, mixed, u, v, v, u)
        return numerator / ((u @ g @ u) * (v @ g @ v) - (u @ g @ v) ** 2)

    return vmap(curvature)


def planes(name: str, points: int, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """Take the first codes, and at each two tangent vectors of a standard normal, seed 1."""
    z = codes(name, torch.float64)[:points]
    u, v = torch.randn(2, *z.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    return z.to(dtype), u.to(dtype), v.to(dtype)


def row(name: str, way: str, points: int, seconds: dict, **more) -> dict:
    """Bring a time to 1,000 points; it grows in proportion to the points."""
    per = 1000 / points
    return {
        "decoder": name,
        "way": way,
        "measured_points": points,
        "cpu_seconds": seconds,
        "seconds_per_1000": seconds["median"] * per,
        **more,
    }


def measure(name: str, points: int, generic_points: int, repeats: int) -> list[dict]:
    """Time ours and the generic way in turns on one decoder, and compare the answers."""
    rows = []
    for dtype, label in ((torch.float64, "float64"), (torch.float32, "float32")):
        network = decoder(name, dtype)
        metric, generic = PullbackMetric(network), generic_sectional_curvature(network)
        mine, few = planes(name, points, dtype), planes(name, generic_points, dtype)
        calls = {
            "ours": lambda m=metric, a=mine: sectional_curvature(m, *a),
            "generic": lambda g=generic, a=few: g(*a),
        }
        with torch.no_grad():
            times = time_in_turns(calls, repeats)
            gap = (sectional_curvature(metric, *few) - generic(*few)).abs().max().item()
        rows.append(row(name, f"ours, {label}", points, times["ours"], largest_gap_to_generic=gap))
        rows.append(row(name, f"triple-nested jacfwd, {label}", generic_points, times["generic"]))
    return rows


def geomstats_row(points: int, repeats: int, limit: int) -> dict:
    """Ask geomstats, in an environment of its own, on decoder A; stopped at a limit of CPU time."""
    way = "geomstats (autograd), float64"
    if not GEOMSTATS.exists():
        return {"decoder": "A", "way": way, "skipped": "no .venv-oracle: run `make bench`"}
    inputs = planes("A", points, torch.float64)
    task = dict(zip("zuv", (t.tolist() for t in inputs)), repeats=repeats)
    done = subprocess.run(
        [GEOMSTATS, HERE / "geomstats_curvature.py"],
        input=json.dumps(task | {"weights": str(HERE / "decoders" / "dec_A.npz")}),
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"GEOMSTATS_BACKEND": "autograd"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5)),
    )
    if done.returncode == -signal.SIGXCPU:
        seconds = dict.fromkeys(("median", "min", "max"), limit) | {"repeats": 1}
        return row("A", f"{way}, stopped", points, seconds, at_least=True)
    done.check_returncode()
    answer = json.loads(done.stdout)
    exact = sectional_curvature(PullbackMetric(decoder("A", torch.float64)), *inputs)
    gap = (exact - torch.tensor(answer["curvature"], dtype=torch.float64)).abs().max().item()
    return row("A", way, points, answer["cpu_seconds"], largest_gap_to_ours=gap, version=answer["version"])


def main() -> None:
    options = arguments(QUESTION)
    points, repeats = (20 if options.quick else 1000), options.repeats
    rows = measure("A", points, points, repeats)
    if not options.quick:
        rows += measure("B", points, 4, repeats)
        rows.append(geomstats_row(1, 1, 120))
    fastest = {r["decoder"]: r["seconds_per_1000"] for r in rows if r["way"] == "ours, float64"}
    for r in rows:
        if "seconds_per_1000" in r:
            r["times_as_slow_as_ours"] = r["seconds_per_1000"] / fastest[r["decoder"]]
    show(rows, {"decoder": "", "way": "", "seconds_per_1000": ".4f", "times_as_slow_as_ours": ".1f"})
    write("curvature", QUESTION, rows, options)


if __name__ == "__main__":
    main()
