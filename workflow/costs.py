"""Write down what the runs of this machine took, for the estimates of others: `workflow/costs.json`.

    python workflow/costs.py

It reads the receipts of `results/smoke` and `results/quick`, of notebooks that ran with their profile's own
parameters; what it finds no receipt of stays as it was.
"""

import json
import platform
import sys
from pathlib import Path

from companion.run_costs import COSTS
from receipts import RECEIPT
from units import ROOT

PROFILES = ("smoke", "quick")
KEPT = ("seconds", "peak_memory_mb")


def collect(root: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Gather notebook -> profile -> seconds and memory; of several seeds those of the slowest."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for profile in PROFILES:
        for path in sorted((root / "results" / profile).glob(f"*/seed-*/{RECEIPT}")):
            receipt = json.loads(path.read_text(encoding="utf-8"))
            cost = {name: receipt[name] for name in KEPT}
            here = found.setdefault(receipt["notebook"], {})
            if cost["seconds"] > here.get(profile, {}).get("seconds", 0):
                here[profile] = cost
    return found


def main() -> int:
    path = ROOT / COSTS
    runs = json.loads(path.read_text(encoding="utf-8"))["runs"] if path.is_file() else {}
    for notebook, costs in collect(ROOT).items():
        runs[notebook] = {**runs.get(notebook, {}), **costs}
    content = {"machine": f"one core, {platform.machine()}", "runs": dict(sorted(runs.items()))}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"{COSTS}: {len(runs)} notebooks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
