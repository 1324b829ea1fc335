"""An outsider's court: `book/verdicts.md` read by somebody else and applied to what is recorded. The entries
of `book/claims.yml` come from their reader; all else is its own: Python's sums, SciPy's t, the rules."""

# fmt: off
import re

import numpy as np
from scipy.special import expit, logit
from scipy.stats import t

NAME, inf = re.compile(r"(?<![\w.])(?!(?:mean|min|max|abs|and)\b)[a-z]\w*(?:\.[a-z]\w*)*"), np.inf
ORDERS, SIGN = {"less_than", "greater_than", "direction", "holds", "between"}, re.compile("[<>=]")
OTHER = {0: "undecided", 1: "direction only", -1: "not seen on stand-in"}
SCALE = {"positive": (np.log, np.exp, lambda m: 1 / m), "share": (logit, expit, lambda m: 1 / (m - m * m))}
SCALE |= {"correlation": (np.arctanh, np.tanh, lambda m: 1 / (1 - m**2)), "real": (float, float, lambda m: 1)}
def evaluate(text, run, measured=None, written=None):
    try:
        R = {n: measured if n == "measured" else run["readings"][n]["value"] for n in NAME.findall(text)}
        found = eval(NAME.sub(r"R['\g<0>']", text), {"R": R, "mean": lambda *x: np.mean(x)})
        return list(found) if isinstance(found, tuple) else found
    except KeyError:  # a run of before wrote down claims, and not their readings
        return written and written["explains" if SIGN.search(text) and "explains" in written else "value"]
def interval(x, scale, own):
    unit, m, scale = (100 if scale == "percent" else 1), np.mean(x), {"percent": "share"}.get(scale, scale)
    half, (g, back, slope) = t.ppf(0.975, len(x) - 1) * np.std(x, ddof=1) / len(x)**0.5 / unit, SCALE[scale]
    ends = [unit * back(g(m / unit) + side * half * slope(m / unit)) for side in (-1, 1)] if half else [m, m]
    return min([ends[0], *own[:1]]), max([ends[1], *own[1:]])
def answer(c, r, values, scale="real", own=()):  # 1 supported, 0 undecided, -1 refuted
    kind, tol = c["kind"], c.get("atol", 0) + (c["rtol"] * abs(r) if "rtol" in c else 0)
    if kind == "all_of":
        return min(answer(part, r, values, scale, own) for part in c["of"])
    if kind in ("holds", "range_contains"):
        true = [v == 1 if kind == "holds" else v[0] <= r <= v[1] for v in values]
        return all(true) - (not any(true))
    mid, up = c.get("value", 0 if kind in ORDERS else r), "positive" in c.values() or kind == "greater_than"
    accepted = {"between": [(c.get("low"), c.get("high"))], "in_reported_range": [r]}.get(kind)
    if kind in ("within", "equals", "same_range"):
        accepted = [(one - tol, one + tol) for one in (r if kind == "same_range" else [mid])]
    accepted, seen = accepted or [(mid, inf) if up else (-inf, mid)], []
    columns, scale = (list(zip(*values)), "real") if np.ndim(values) > 1 else ([values], scale)
    ends = [interval(column, scale, own) for column in columns]
    for k in range(max(len(ends), len(accepted))):
        (low, high), (a, b) = ends[k % len(ends)], accepted[k % len(accepted)]
        e = -1e-15 if inf in (b, -a) else 1e-9 * max(abs(a), abs(b))
        seen.append(-1 if high < a - e or low > b + e else int(a - e <= low and high <= b + e))
    return min(seen)
def toy(claim, names, setups):  # rule 5b
    theirs = setups["documents"].get(claim.get("trained_as", claim["document"]), {}) | claim.get("setup", {})
    entries = [next((e for e in setups["ours"].get(claim["notebook"], []) for of in e["readings"]
                     if f"{n}.".startswith(f"{of}.")), {}) for n in names]
    passes, images = (max([e.get(point, 0) for e in entries], default=0) for point in ("passes", "images"))
    share = passes / theirs.get("passes", inf) * (images / theirs["images"] if "images" in theirs else 1)
    return 0 < share <= 0.1 if "passes" in theirs else 0 < passes < 10
def judge(claim, book, setups, runs):
    c, r, setup, get = claim["criterion"], claim["reported"], claim.get("setup", {}), claim.get
    scale = next((name for name, of in book["ranges"].items() if claim["quantity"] in of), "real")
    data, names = book["data"].get(setup.get("dataset"), {}), NAME.findall(get("measured", ""))
    both = (c, c.get("direction_only", c))
    order = next((o for o in both if {part["kind"] for part in o.get("of", [o])} <= ORDERS), None)
    if get("untestable") or get("no_common_unit"):
        return "not testable here" if get("untestable") else "no common unit"
    def measure(text, notebook, name=""):
        exams = [e["passes"] for e in book["exams"].get(notebook, []) for of in e["of"]
                 if any(f"{n}.".startswith(f"{of}.") for n in NAME.findall(text))]
        kept = [run for run in runs[notebook] if all(evaluate(exam, run) is not False for exam in exams)]
        found = [(run, evaluate(text, run, None, run["claims"].get(name))) for run in kept]
        own = [run["readings"].get(text, {}).get("interval") for run, _ in found]
        return [one for one in found if one[1] is not None], np.mean(own, axis=0) if all(own) else ()
    pairs, own = measure(get("measured", "gone"), claim["notebook"], claim["id"])
    if not pairs:
        return "not testable here" if data.get("absent") else "not run"
    (first, *_), values = zip(*pairs, strict=True)
    told = [first["claims"].get(claim["id"], {}), *(first["readings"].get(n, {}) for n in names)]
    told = [get("used", {}), *((one.get("setup") or {}) for one in told), first["parameters"]]
    ours = next((set(np.atleast_1d(s["dataset"]).tolist()) for s in told if "dataset" in s), None)
    known, kind = {setup.get("dataset"), *data.get("subsets", [])}, get("counted_as", "claim of the document")
    other = "dataset" in setup and ours and kind[0] == "c" and (data.get("not_given") or not ours & known)
    def explained(met, failing):  # 1 by a control, 0 by one in some trainings, -1 by none
        for name, text in get("controls", {}).items():
            old = [run["claims"].get(claim["id"], {}).get("controls", {}).get(name) for run, _ in pairs]
            seen = [evaluate(text, run, v, w) for (run, v), w in zip(pairs, old, strict=True)]
            by = answer({"kind": "holds"} if SIGN.search(text) else met, r, seen) if seen else -1
            yield by if SIGN.search(text) else 2 * (by > 0 and not failing) - 1
    def side(values, own=()):
        return answer(c, r, values, scale, own) > 0 or answer(order or c, r, values, scale, own)
    main, weak = answer(c, r, values, scale, own), order and answer(order, r, values, scale, own)
    read = [(s, claim["notebook"]) if isinstance(s, str) else s.values() for s in get("sides", {}).values()]
    seen = [[v for _, v in measure(*sorted(one, key=lambda x: x in runs))[0]] for one in read]
    small, refuted = kind.endswith("document") and toy(claim, names, setups), "another number"
    if order is c or not kind.endswith("document") or (weak == -1 and not small):
        refuted = "undecided" if small else "contradicted"
    found = ("undecided", "reproduced", "direction only" if weak == 1 else refuted)[main]
    if other:
        found = OTHER.get(weak, "not testable here")
    elif {1, -1} <= {side(values, own), *map(side, seen)}:
        found = ("set-up decides", "explained by a control")[side(values, own) > 0 and 1 in explained(c, 0)]
    is_final = found not in ("reproduced", "direction only", "contradicted", "another number", OTHER[-1])
    met, failing = order if found == OTHER[1] else c, found not in ("reproduced", OTHER[1])
    by = {1: "explained by a control", 0: found if failing else "undecided"}
    return found if is_final else by.get(max([-1, *explained(met, failing)]), found)
