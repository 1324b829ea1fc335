"""Put the finished `paper` runs of a notebook into `book/recorded/`, where the scoreboard reads them.

    python workflow/record.py 02_near_zero_curvature --profile paper

It copies each run's result and receipt and its small tables, and of the first run the pictures that a claim
or a page shows, as WebP: all runs or none. It refuses what cannot stand behind a verdict: another profile,
other parameters than the profile's, missing seeds, unfinished runs, several commits, or changes that no
commit has. Exit code 0: recorded; 2: refused; 1: it could not be written.
"""

import argparse
import io
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from companion import project_paths
from companion.ledger.bindings import entry
from companion.ledger.claims import Claims, load_claims
from companion.ledger.recorded import read_result
from companion.ledger.runs.results import RESULT
from companion.profiles import plain, profile_spec
from companion.project_paths import CLAIMS, notebook_names, source_root
from companion.suggestions import hint
from PIL import Image
from process import one_line
from receipts import RECEIPT

PROFILE = "paper"
LARGEST = 300_000  # bytes of a table or a picture
QUALITY = 90  # of a picture that is smaller with losses than without; the letters of a plot stay sharp


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    notebooks = [options.notebook]
    if options.notebook == "all":
        source = source_root()
        notebooks = [name for name in notebook_names(source) if profile_spec(source, options.profile, name)]
    return max(_record_and_say(notebook, options.profile) for notebook in notebooks)


def _record_and_say(notebook: str, profile: str) -> int:
    try:
        folder, left_out = record(notebook, profile)
    except ValueError as error:
        return _say(f"{notebook}: not recorded: {error}", 2)
    except OSError as error:
        return _say(f"{notebook}: not recorded: {error.strerror}: {error.filename}; free it and try again", 1)
    except KeyboardInterrupt:
        return _say(f"{notebook}: not recorded: interrupted; what was recorded before is as it was", 130)
    extra = f"; too large, left out: {', '.join(left_out)}" if left_out else ""
    return _say(f"recorded {notebook} in {folder}{extra}", 0)


def record(notebook: str, profile: str) -> tuple[Path, list[str]]:
    """Check a notebook's finished runs and copy them.

    Args:
        notebook: its name; a path or the suffix is accepted.
        profile: has to be `paper`.

    Returns:
        the folder, relative to the project's root, and the names of files left out for their size.

    Raises:
        ValueError: when the runs cannot be recorded; one line that says why and what to do.
    """
    notebook = Path(notebook).name.removesuffix(".ipynb")
    known = notebook_names(source_root())
    if notebook not in known:
        raise ValueError(f"notebook: got {notebook!r}, which is unknown; {hint(notebook, known)}")
    if profile != PROFILE:
        raise ValueError(
            f"profile: got {profile!r}, expected {PROFILE}, the only one whose results are recorded"
        )
    source = source_root()
    final = source / "book" / "recorded" / notebook
    if _aside(final).exists() and not final.exists():  # a killed call moved it and got no further
        _aside(final).rename(final)
    spec = profile_spec(source, profile, notebook)
    if spec is None:
        raise ValueError(
            f"notebook: got {notebook}, which profile {profile} of workflow/profiles.yml does not have"
        )
    results = _finished(project_paths.results() / profile / notebook, spec.pop("seeds", [0]), notebook)
    _check_parameters(results, spec)
    _check_commit(results)
    claims = load_claims(source / CLAIMS)  # what is recorded is judged at once, so they have to be whole
    return final.relative_to(source), _copy(results, final, _shown(results[0], claims, source))


def _finished(folder: Path, seeds: list[int], notebook: str) -> list[dict[str, Any]]:
    """Read the run of every seed; the first that is missing, unfinished or something else is refused."""
    again = f"run `make book PROFILE={PROFILE}` first"
    if not folder.is_dir():
        raise ValueError(
            f"runs: got none in results/{PROFILE}/{notebook}, expected seeds {_join(seeds)}; {again}"
        )
    missing = [seed for seed in seeds if not (folder / f"seed-{seed}").is_dir()]
    if missing:
        raise ValueError(
            f"seeds: got no run of seed {_join(missing)}, expected seeds {_join(seeds)}; {again}"
        )
    results = []
    for seed in seeds:
        run = folder / f"seed-{seed}"
        if not (run / RESULT).is_file():
            raise ValueError(f"runs: got no {RESULT} in {run.name}, expected a finished run; {again}")
        result = read_result(run / RESULT)
        if result["profile"] != PROFILE or result.get("deviations"):
            seen = f"profile {result['profile']} ({_join(result.get('deviations') or {})})"
            raise ValueError(f"profile: got {seen} in {run.name}, expected {PROFILE} with its own parameters")
        for name, expected in (("notebook", notebook), ("seed", seed)):
            if result[name] != expected:
                raise ValueError(f"{name}: got {result[name]} in {run.name}, expected {expected}; {again}")
        results.append(result)
    return results


def _check_parameters(results: list[dict[str, Any]], spec: dict[str, Any]) -> None:
    for result in results:
        run = result["folder"].name
        for name, expected in spec.items():
            seen = result["parameters"].get(name)
            if name != "device" and seen != plain(expected):
                raise ValueError(
                    f"parameters: got {name} {seen} in {run}, expected {expected} of workflow/profiles.yml"
                )
        if result["parameters"] != results[0]["parameters"]:
            first = results[0]["folder"].name
            raise ValueError(
                f"parameters: got others in {run} than in {first}, expected the same in every run"
            )


def _check_commit(results: list[dict[str, Any]]) -> None:
    commits = dict.fromkeys(result["commit"] for result in results)
    if None in commits:
        raise ValueError("commit: got a run of no known commit, expected runs of a git checkout")
    if len(commits) > 1:
        seen = _join(commit[:10] for commit in commits)
        raise ValueError(
            f"commit: got runs of {seen}, expected one commit; run the profile again on one of them"
        )
    dirty = [result["folder"].name for result in results if result.get("dirty") is not False]
    if dirty:
        raise ValueError(
            f"commit: got uncommitted changes in {_join(dirty)}, expected none; commit, run again"
        )


def _aside(final: Path) -> Path:
    return final.with_name(f".{final.name}.aside")


def _shown(result: dict[str, Any], claims: Claims, source: Path) -> set[str]:
    """Name the figures of a run that a claim shows or a page includes from what is recorded."""
    entries = [entry(claim, result) for claim in claims if claim.notebook == result["notebook"]]
    shown = {found["figure"] for found in entries if found is not None}
    included = re.compile(rf"book/recorded/{result['notebook']}/[\w-]+/([\w.-]+)\.webp")
    for page in [*(source / "notebooks").glob("*.ipynb"), *(source / "book").glob("*.md")]:
        shown.update(included.findall(page.read_text(encoding="utf-8")))
    return shown & set(result["figures"])


def _picture(png: Path) -> bytes:
    """Write a picture as WebP, without losses where that is smaller."""
    ways = []
    with Image.open(png) as picture:
        for options in ({"lossless": True}, {"quality": QUALITY}):
            ways.append(io.BytesIO())
            picture.save(ways[-1], "WEBP", method=6, **options)
    return min((way.getvalue() for way in ways), key=len)


def _copy(results: list[dict[str, Any]], final: Path, shown: set[str]) -> list[str]:
    """Copy into a folder beside the final one, then put it in its place."""
    final.parent.mkdir(parents=True, exist_ok=True)
    aside = _aside(final)
    work = Path(tempfile.mkdtemp(prefix=f".{final.name}.part.", dir=final.parent))
    left_out = []
    try:
        work.chmod(0o755)
        for result in results:
            run = work / result["folder"].name
            run.mkdir()
            shutil.copyfile(result["folder"] / RESULT, run / RESULT)
            if (result["folder"] / RECEIPT).is_file():  # it knows how much memory the run took
                shutil.copyfile(result["folder"] / RECEIPT, run / RECEIPT)
            names = [*result.get("tables", {}).values()]
            names += [one["samples"] for one in result["readings"].values() if one["samples"]]
            files = {name: (result["folder"] / name).read_bytes() for name in names}
            if result is results[0]:
                pngs = {name: result["folder"] / result["figures"][name]["png"] for name in sorted(shown)}
                files |= {f"{name}.webp": _picture(png) for name, png in pngs.items()}
            for name, content in files.items():
                if len(content) < LARGEST:
                    (run / name).write_bytes(content)
                else:
                    left_out.append(f"{run.name}/{name}")
        shutil.rmtree(aside, ignore_errors=True)
        if final.exists():
            final.rename(aside)
        work.rename(final)
        shutil.rmtree(aside, ignore_errors=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return left_out


def _parser() -> argparse.ArgumentParser:
    class OneLineParser(argparse.ArgumentParser):
        def error(self, message: str) -> None:
            raise SystemExit(_say(message, 2))

    parser = OneLineParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebook", help="its name, such as 02_near_zero_curvature, or all")
    parser.add_argument("--profile", default=PROFILE, help="only paper is recorded")
    return parser


def _join(items: Any) -> str:
    return ", ".join(str(item) for item in items)


def _say(message: str, code: int) -> int:
    print(one_line(message), file=sys.stdout if code == 0 else sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
