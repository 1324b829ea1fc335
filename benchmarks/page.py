"""Write the tables of book/benchmarks.md from the results, between its lines `% table` and `% end`."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "book" / "benchmarks.md"
JOB = ("state", "submitted", "started", "ended")


def table(head: list[str], rows: list[list[str]]) -> str:
    """Lay out a Markdown table, numbers to the right."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def number(value: float | None, digits: int = 3) -> str:
    """Write a number with so many significant digits, or a dash."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    text = f"{value:.{digits}g}"
    return f"{float(text):,.0f}" if "e+" in text or abs(value) >= 100 else text


def spread(row: dict, scale: float) -> str:
    """Write the median of a time with its range, or the floor's single number."""
    seconds = row.get("cpu_seconds")
    if row.get("skipped"):
        return "not run"
    if seconds is None:
        return number(scale * row.get("floor_seconds", row.get("seconds", float("nan"))))
    if row.get("at_least"):
        return f"over {number(scale * seconds['median'])}"
    low, middle, high = (number(scale * seconds[key]) for key in ("min", "median", "max"))
    return f"{middle} ({low} to {high})"


def metric_tensor(result: dict) -> str:
    """Table of the metric tensor: milliseconds by decoder and way."""
    rows = [
        [f"{r['decoder']}: {r['way']}", spread(r, 1e3), number(r.get("times_as_fast_as_stochman"))]
        for r in result["rows"]
    ]
    return table(["Decoder and way", "ms for 1,000 points", "times as fast as stochman"], rows)


def geodesics(result: dict) -> str:
    """Table of the geodesics: seconds and excess by decoder and way."""
    rows = []
    for r in result["rows"]:
        timed = "seconds" in r or "skipped" in r
        rows.append(
            [
                f"{r['decoder']}: {r['way']}",
                spread(r, 1) if timed else "–",
                number(r.get("times_as_fast_as_stochman")),
                number(r.get("median_excess_percent"), 2),
                number(r.get("mean_excess_percent"), 2),
                number(r.get("converged")),
            ]
        )
    head = [
        "Decoder and way",
        "s for 100 pairs",
        "times as fast as stochman",
        "median excess, %",
        "mean excess, %",
    ]
    return table([*head, "converged"], rows)


def curvature(result: dict) -> str:
    """Table of the curvature: seconds for 1,000 planes."""
    rows = []
    for r in result["rows"]:
        scale = 1000 / r["measured_points"] if "measured_points" in r else 1
        times = number(r.get("times_as_slow_as_ours"))
        rows.append(
            [f"{r['decoder']}: {r['way']}", spread(r, scale), times, number(r.get("measured_points"))]
        )
    return table(["Decoder and way", "s for 1,000 planes", "times as slow as ours", "points measured"], rows)


def distance_matrix(result: dict) -> str:
    """Table of the distance matrix: time and memory by chunk."""
    rows = [
        [
            number(r["chunk"]),
            number(r["geodesics"]),
            number(r["cpu_seconds"]),
            number(r["wall_seconds"]),
            number(r["peak_mib"], 4),
            number(r["peak_before_mib"], 4),
            number(r["median_gap_to_default_percent"], 2),
        ]
        for r in result["rows"]
    ]
    head = [
        "chunk",
        "geodesics",
        "CPU s",
        "wall s",
        "peak MiB",
        "of which before",
        "median gap to default, %",
    ]
    return table(head, rows)


def scaling(result: dict) -> str:
    """Table of the fitted exponents."""
    names = {"pairs": "pairs", "segments": "segments", "d": "latent dimension d", "D": "data dimension D"}
    fitted = {(r["axis"], r["sigmoid"]): r["exponent"] for r in result["exponents"]}
    rows = [[name, *(f"{fitted[axis, s]:.2f}" for s in (False, True))] for axis, name in names.items()]
    return table(["Axis", "affine output", "sigmoid output"], rows)


def spsd(result: dict) -> str:
    """Table of the distances between semidefinite matrices, beside pyRiemann's."""
    rows = [
        [f"{r['size']} x {r['size']}: {r['way']}", spread(r, 1), number(r["times_as_slow_as_pyriemann"])]
        for r in result["rows"]
    ]
    return table(["Matrices and distance", "s for all pairs", "times pyRiemann's"], rows)


def pages(result: dict) -> str:
    """Table of the pages: weight, first paint, and answers of the latent explorer."""

    def milliseconds(found: dict | None) -> str:
        return "–" if found is None else f"{number(found['median'])} (at most {number(found['max'])})"

    rows = [
        [
            f"`{r['page']}`",
            number(r["bytes"] / 1e6),
            milliseconds(r["paint_ms"]),
            milliseconds(r.get("move_ms")),
        ]
        for r in result["rows"]
    ]
    return table(["Page", "MB beside MathJax", "first paint, ms", "a move of a handle, ms"], rows)


def devices(result: dict) -> str:
    """Table of what each device does in a second, and how often it waits for the host."""
    rows = [
        [
            r["device"],
            f"{r['decoder']}: {r['what']}",
            number(round(r["a_second"])),
            number(100 * r["share_of_floor"] if "share_of_floor" in r else None, 2),
            *(number(r.get(key)) for key in ("steps", "operations", "host_reads")),
        ]
        for r in result["rows"]
    ]
    head = [
        "Device",
        "Decoder and task",
        "a second",
        "% of the floor's rate",
        "steps",
        "operations",
        "host reads",
    ]
    return table(head, rows)


def workflow(result: dict) -> str:
    """Table of the workflow's runs: how long all of them took, by where they were done."""
    measured = ("runs", "seconds", "times_as_fast", "runs_with_the_same_values")
    rows = [[r["way"], *(number(r[key]) for key in measured)] for r in result["rows"]]
    return table(["Where", "runs", "wall s", "times as fast", "runs with the same values"], rows)


def smoke(result: dict) -> str:
    """Table of the time and memory of each notebook with the smallest profile, one run after the other."""
    found: dict[str, list[dict]] = {}
    for run in result["costs"]:
        found.setdefault(run["notebook"], []).append(run)
    rows = [
        [f"`{name}`", *(number(round(max(r[key] for r in runs))) for key in ("seconds", "peak_memory_mb"))]
        for name, runs in found.items()
    ]
    return table(["notebook", "seconds, at most", "peak memory, MB"], rows)


def slurm(result: dict) -> str:
    """Table of the jobs that the cluster had, as it tells it, or a sentence that there was none."""
    if "jobs" not in result:
        return "No cluster could be started where this was measured."
    rows = [[job["job"], f"`{job['what']}`", *(job[key] for key in JOB)] for job in result["jobs"]]
    return table(["job", "run", *JOB], rows)


def mutants(result: dict) -> str:
    """Table of the mutation check: killed and explained by module."""
    files: dict[str, list[bool]] = {}
    for r in result["rows"]:
        files.setdefault(f"`{r['file']}`", []).append(r["outcome"].startswith("killed"))
    files["all"] = [killed for kills in files.values() for killed in kills]
    rows = [[f, number(len(k)), number(sum(k)), number(len(k) - sum(k))] for f, k in files.items()]
    return table(["Module", "mutants", "killed", "survived, explained"], rows)


def where(results: dict[str, dict]) -> str:
    """Table of when and on what each result was measured."""
    rows = []
    for name, r in results.items():
        if "machine" in r:
            machine = r["machine"]
            speed = [number(machine["gemm_gflops_float32"]), number(machine["load"])]
            made = [r["date"], (r["commit"] or "unknown")[:8], machine["cpu"]]
            rows.append([f"`{name}`", *made, *speed, r["versions"]["torch"]])
    head = ["Result", "date", "commit", "processor", "float32 GFLOP/s", "load", "torch"]
    return table(head, rows)


TABLES: dict[str, Callable[[dict], str]] = {
    f.__name__: f
    for f in (
        *(metric_tensor, geodesics, curvature, distance_matrix, scaling, spsd),
        *(devices, workflow, pages, mutants),
    )
}
MORE = {"smoke": ("workflow", smoke), "slurm": ("workflow", slurm)}  # further tables of one result


def fill(page: str, folder: Path) -> str:
    """Return the page with every table redone from the results that there are."""
    results = {name: json.loads(p.read_text()) for name in TABLES if (p := folder / f"{name}.json").exists()}
    texts = {name: TABLES[name](result) for name, result in results.items()} | {"where": where(results)}
    texts |= {name: lay_out(results[of]) for name, (of, lay_out) in MORE.items() if of in results}

    def redo(match: re.Match) -> str:
        name = match[1]
        return f"% table {name}\n\n{texts.get(name, 'Not measured yet.')}\n\n% end {name}"

    return re.sub(r"% table (\w+)\n.*?% end \1", redo, page, flags=re.DOTALL)


def main() -> int:
    page = PAGE.read_text()
    filled = fill(page, HERE / "results")
    if "--check" in sys.argv:
        return int(filled != page)
    PAGE.write_text(filled)
    return 0


if __name__ == "__main__":
    sys.exit(main())
