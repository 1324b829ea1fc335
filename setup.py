"""Put into the package what a panel without a checkout runs: notebooks, workflow, claims, results."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
SHIPPED = (
    "notebooks/*.ipynb",
    "notebooks/*.yml",
    "workflow/*.*",
    "workflow/Snakefile",
    "workflow/sweeps/*.yml",
)
SHIPPED += ("book/*.yml", "book/recorded/*/*/*.json", "book/recorded/*.jsonl")


class BuildWithProject(build_py):
    """Copies the files of SHIPPED into `companion/shipped_project`; an editable install needs no copy."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for path in (path for pattern in SHIPPED for path in sorted(ROOT.glob(pattern))):
            if not path.is_file() or path.name.startswith("."):
                continue
            target = Path(self.build_lib) / "companion" / "shipped_project" / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


setup(cmdclass={"build_py": BuildWithProject})
