"""What runs took, gathered from their receipts."""

import json

import costs


def receipt(folder, notebook, profile, seed, seconds):
    path = folder / "results" / profile / notebook / f"seed-{seed}" / "receipt.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"notebook": notebook, "seconds": seconds, "peak_memory_mb": 10 * seed}))


def test_of_several_seeds_the_slowest_counts_and_custom_runs_do_not(tmp_path):
    receipt(tmp_path, "one", "quick", 1, 40.0)
    receipt(tmp_path, "one", "quick", 2, 60.0)
    receipt(tmp_path, "one", "smoke", 3, 5.0)
    receipt(tmp_path, "two", "custom", 4, 7.0)
    assert costs.collect(tmp_path) == {
        "one": {
            "quick": {"seconds": 60.0, "peak_memory_mb": 20},
            "smoke": {"seconds": 5.0, "peak_memory_mb": 30},
        }
    }
