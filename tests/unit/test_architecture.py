"""Imports of the library point one way, and each file is one thing."""

import ast
import subprocess
import sys

import pytest

PACKAGE = "latent_geometry"
RANK = {
    "paths": 0,
    "sources": 0,
    "parameters": 0,
    **dict.fromkeys(("geometry", "spsd", "models", "datasets"), 1),
    **dict.fromkeys(("surfaces", "training"), 2),
    "measures": 3,
    **dict.fromkeys(("heat_maps", "ledger", "plotting", "tables"), 4),
    "widgets": 5,
}
MAX_LINES = 300


def modules(root):
    return sorted((root / "lib" / PACKAGE).rglob("*.py"))


def part_of(root, path) -> str:
    """The part of the library that a file belongs to: `geometry`, `training`, ..."""
    return path.relative_to(root / "lib" / PACKAGE).parts[0].removesuffix(".py")


def imported_parts(root, path) -> set[str]:
    """The parts of the library that a file imports from."""
    names = set()
    package = path.relative_to(root / "lib").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            names |= {f"{module}.{alias.name}" for alias in node.names}
    dotted = [name.split(".") for name in names]
    return {parts[1] for parts in dotted if parts[0] == PACKAGE and len(parts) > 1}


def imports_of(path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    plain = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    return plain | {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}


def test_imports_point_one_way(root):
    edges = [
        (part_of(root, path), other, path.relative_to(root))
        for path in modules(root)
        for other in imported_parts(root, path) - {part_of(root, path), "__init__"}
        if part_of(root, path) != "__init__"
    ]
    wrong = [edge for edge in edges if not RANK.get(edge[1], 9) < RANK[edge[0]]]
    assert wrong == []


def test_every_part_of_the_library_has_its_place_in_the_order(root):
    assert {part_of(root, path) for path in modules(root)} - {"__init__"} <= set(RANK)


def test_only_the_plotting_module_imports_matplotlib(root):
    importers = {p.name for p in modules(root) if any(n.split(".")[0] == "matplotlib" for n in imports_of(p))}
    assert importers <= {"plotting.py"}


def test_no_file_of_the_library_or_the_workflow_is_long(root):
    files = [*modules(root), *(root / "workflow").glob("*.py")]
    lengths = {str(p.relative_to(root)): len(p.read_text(encoding="utf-8").splitlines()) for p in files}
    assert {name: n for name, n in lengths.items() if n > MAX_LINES} == {}


def test_library_code_does_not_print(root):
    calls = [
        f"{path.relative_to(root)}:{node.lineno}"
        for path in modules(root)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]
    assert calls == []


def test_every_lazy_name_is_in_its_module(root):
    import latent_geometry

    missing = [name for name in latent_geometry.__all__ if not hasattr(latent_geometry, name)]
    assert missing == []


@pytest.mark.parametrize("module", ["latent_geometry", "latent_geometry.ledger"])
def test_the_book_can_import_the_ledger_without_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_importing_the_library_changes_no_global_state():
    code = (
        "import torch\n"
        "before = torch.get_default_dtype(), torch.get_num_threads(), torch.get_rng_state().sum().item()\n"
        "import latent_geometry\n"
        "[getattr(latent_geometry, name) for name in latent_geometry.__all__]\n"
        "after = torch.get_default_dtype(), torch.get_num_threads(), torch.get_rng_state().sum().item()\n"
        "assert before == after, (before, after)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
