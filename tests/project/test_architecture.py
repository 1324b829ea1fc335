"""Imports of both packages point one way, rooms are small, and each file is one thing."""

import ast
import subprocess
import sys

import pytest

ORDER = {
    "pullback": [
        {"checks", "extras", "lazy_names"},
        {"maps", "spsd"},
        {"numerics"},
        {"metrics"},
        {"curves", "curvature", "graph", "surfaces"},
        {"solvers", "transport"},
        {"geodesics"},
        {"statistics"},
        {"measures", "exchange"},
    ],
    "companion": [
        {"sources", "suggestions", "project_paths", "tables"},
        {"parameters"},
        {"profiles"},
        {"run_costs"},
        {"datasets", "ledger", "plotting"},
        {"models"},
        {"training", "published"},
        {"measures"},
        {"widgets"},
        {"chapters"},
    ],
}
"""Rooms from the ground up: each imports from lower floors alone, and the book from the library."""

MAX_LINES, MAX_MODULES = 300, 12


def modules(root, package=None):
    folders = [package] if package else ORDER
    return sorted(
        path for name in folders for path in (root / "lib" / name).rglob("*.py") if "build" not in path.parts
    )


def room_of(root, path) -> tuple[str, str]:
    """Package and room of a file: ("pullback", "metrics"), ..."""
    package, room = path.relative_to(root / "lib").parts[:2]
    return package, room.removesuffix(".py")


def imported_rooms(root, path) -> set[tuple[str, str]]:
    """Packages and rooms that a file imports from."""
    names = [name.split(".") for name in imports_of(path)]
    return {(parts[0], parts[1]) for parts in names if parts[0] in ORDER and len(parts) > 1}


def imports_of(path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    plain = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    assert all(n.level == 0 for n in nodes), f"{path}: a relative import"
    return plain | {f"{n.module}.{a.name}" for n in nodes for a in n.names}


@pytest.mark.parametrize("package", ORDER)
def test_imports_between_rooms_point_one_way(root, package):
    floor = {room: i for i, rooms in enumerate(ORDER[package]) for room in rooms}
    wrong = []
    for path in modules(root, package):
        _, room = room_of(root, path)
        for home, other in imported_rooms(root, path) - {(package, room)}:
            if home == package and room != "__init__" and not floor[other] < floor[room]:
                wrong.append(f"{path.relative_to(root)} imports {other}")
    assert wrong == []


def test_the_library_knows_nothing_of_the_book(root):
    for path in modules(root, "pullback"):
        assert not {name.split(".")[0] for name in imports_of(path)} & {"companion", "yaml", "matplotlib"}, (
            path
        )


def test_the_tests_of_the_library_know_nothing_of_the_book_either(root):
    """Nor does a module of tests/ that they import, directly or through another."""
    helpers = {path.stem: imports_of(path) for path in (root / "tests").glob("*.py")}
    for path in (root / "tests" / "pullback").rglob("*.py"):
        reached, waiting = set(), imports_of(path)
        while waiting:
            names = {name.split(".")[0] for name in waiting} - reached
            reached |= names
            waiting = set().union(*(helpers.get(name, set()) for name in names))
        assert "companion" not in reached, path


def test_only_the_chapters_know_a_chapter(root):
    for path in modules(root, "companion"):
        chapters = {name.split(".")[2] for name in imports_of(path) if name.startswith("companion.chapters.")}
        parts = path.relative_to(root / "lib" / "companion").parts
        assert chapters <= ({parts[1]} if parts[0] == "chapters" else set()), path


@pytest.mark.parametrize("package", ORDER)
def test_imports_between_files_make_no_circle(root, package):
    files = {
        ".".join(path.relative_to(root / "lib").with_suffix("").parts): path
        for path in modules(root, package)
        if path.name != "__init__.py"
    }
    edges = {
        name: {part for n in imports_of(path) for part in (n, n.rpartition(".")[0]) if part in files} - {name}
        for name, path in files.items()
    }
    while edges:
        free = {name for name, others in edges.items() if not others & edges.keys()}
        assert free, f"a circle among {sorted(edges)}"
        edges = {name: others for name, others in edges.items() if name not in free}


@pytest.mark.parametrize("package", ORDER)
def test_every_room_has_its_place_in_the_order(root, package):
    rooms = {room_of(root, path)[1] for path in modules(root, package)} - {"__init__"}
    assert rooms == set().union(*ORDER[package])


def test_no_room_is_crowded(root):
    rooms = {}
    for path in modules(root):
        if path.name != "__init__.py":
            rooms.setdefault(path.parent.relative_to(root), []).append(path.name)
    assert {str(room): len(names) for room, names in rooms.items() if len(names) > MAX_MODULES} == {}


@pytest.mark.parametrize("package", ORDER)
def test_every_module_has_a_test_file_of_its_own(root, package):
    own = {
        path.relative_to(root / "lib").with_name(f"test_{path.name}")
        for path in modules(root, package)
        if path.name != "__init__.py"
    }
    assert sorted(str(path) for path in own if not (root / "tests" / path).exists()) == []


@pytest.mark.parametrize("package", ORDER)
def test_every_test_stands_in_a_room_of_its_package(root, package):
    rooms = {path.parent.relative_to(root / "lib") for path in modules(root, package)}
    tests = [path.relative_to(root / "tests") for path in (root / "tests" / package).rglob("test_*.py")]
    assert [str(path) for path in tests if path.parent not in rooms] == []


def test_only_the_room_of_figures_imports_matplotlib(root):
    importers = {
        room_of(root, p) for p in modules(root) if any(n.split(".")[0] == "matplotlib" for n in imports_of(p))
    }
    assert importers <= {("companion", "plotting")}


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


@pytest.mark.parametrize(
    "name",
    [
        "pullback",
        "pullback.measures",
        "pullback.graph",
        "pullback.spsd",
        "companion.ledger",
        "companion.widgets",
    ],
)
def test_every_lazy_name_is_in_its_module(name):
    module = __import__(name, fromlist=["__all__"])
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


@pytest.mark.parametrize("module", ["pullback", "companion", "companion.ledger"])
def test_the_book_can_import_the_ledger_without_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


STATE = """
import inspect, torch

def flags(module):
    for name in dir(module):
        try:
            value = inspect.getattr_static(module, name)
        except AttributeError:  # loaded on first use, and not yet
            continue
        if isinstance(value, (bool, int, float, str, torch.dtype)) or type(value).__name__ == "ContextProp":
            yield f"{getattr(module, '__name__', type(module).__name__)}.{name}", str(getattr(module, name))

def state():
    backends = [m for m in vars(torch.backends).values() if inspect.ismodule(m)]
    backends += [torch.backends.cuda.matmul, torch.backends.cudnn.rnn, torch.backends.cudnn.conv]
    seen = {}
    for module in backends:
        seen.update(flags(module))
    for name in dir(torch):
        if name.startswith(("get_default", "get_num", "get_float32", "is_grad", "is_inference", "is_anomaly",
                            "are_deterministic", "is_deterministic", "get_deterministic")):
            try:
                seen[name] = str(getattr(torch, name)())
            except TypeError:
                pass
    seen["random state"] = torch.get_rng_state().sum().item()
    return seen

before = state()
assert len(before) > 30, before
"""


def test_importing_the_library_changes_no_global_state():
    code = STATE + (
        "import pkgutil, importlib, pullback\n"
        "for found in pkgutil.walk_packages(pullback.__path__, 'pullback.'):\n"
        "    importlib.import_module(found.name)\n"
        "after = state()\n"
        "changed = {n: (before[n], after.get(n)) for n in before if after.get(n) != before[n]}\n"
        "assert not changed, changed\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
