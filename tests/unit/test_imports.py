"""Imports go one way, from the command line down; the engine knows values and no clients; help loads nothing heavy."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import janitor
from tests.clock import HANGS

ROOT = Path(janitor.__file__).parent

BOTTOM = {
    "errors": {"exits", "message", "rules", "words"},
    "events": set[str](),
    "exits": set[str](),
    "message": {"words"},
    "journal": set[str](),
    "namedfile": {"errors", "message", "patience", "words"},
    "numbers": set[str](),
    "patience": {"errors"},
    "redact": {"secret"},
    "rules": {"exits"},
    "secret": set[str](),
    "secretfile": {"errors", "message", "namedfile", "secret", "words"},
    "target": {"events", "journal", "patience", "redact", "secret"},
    "words": set[str](),
}
"""What the modules at the bottom may import of each other."""

LAYERS: tuple[frozenset[str], ...] = (
    frozenset(BOTTOM),
    frozenset({"transport"}),
    frozenset({"mesos", "zookeeper", "dcos"}),
    frozenset({"holdings"}),
    frozenset({"cleanup"}),
    frozenset({"records"}),
    frozenset({"uninstall", "scan"}),
    frozenset({"connect"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
"""From the bottom up. A room imports from itself and from lower layers only."""

CLIENTS = frozenset({"requests", "urllib3", "kazoo", "socket", "ssl", "http.client"})
"""What opens connections. Nothing that the clean-up imports may bring one along."""

SANDBOX_STARTER = "janitor.cli.commands.sandbox"


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = ["janitor", *path.relative_to(ROOT).with_suffix("").parts]
        name = ".".join(part for part in parts if part != "__init__")
        yield name, ast.parse(path.read_text(), str(path))


def every_import(tree: ast.Module) -> set[str]:
    """Every module that is imported anywhere in it, also inside functions."""
    known = {name for name, _ in TREES}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            module = node.module or ""
            below = {f"{module}.{alias.name}" for alias in node.names}
            found |= below & known or {module}
    return found


TREES = list(modules())
EVERY = {name: every_import(tree) for name, tree in TREES}
IMPORTS = {name: {one for one in found if one.split(".")[0] == "janitor"} for name, found in EVERY.items()}


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def layer(module: str) -> int:
    return next(number for number, rooms in enumerate(LAYERS) if room(module) in rooms)


def test_every_module_has_its_place() -> None:
    rooms = {room(name) for name in IMPORTS} - {"", "sandbox"}
    assert rooms == set().union(*LAYERS)


@pytest.mark.parametrize("module", [name for name in IMPORTS if room(name) not in ("", "sandbox")])
def test_imports_go_one_way(module: str) -> None:
    for imported in IMPORTS[module]:
        if room(imported) in ("", room(module)) or imported.startswith("janitor.sandbox"):
            continue
        if room(module) in BOTTOM:
            assert room(imported) in BOTTOM[room(module)], f"{module} imports {imported}"
        else:
            assert layer(imported) < layer(module), f"{module} imports {imported}"


def test_the_rooms_side_by_side_do_not_know_each_other() -> None:
    for module, imported in ((name, other) for name, others in IMPORTS.items() for other in others):
        if room(module) in ("mesos", "zookeeper", "dcos") and room(imported) in ("mesos", "zookeeper", "dcos"):
            assert room(module) == room(imported), f"{module} imports {imported}"


def test_no_imports_go_round_in_a_circle() -> None:
    """Inside functions and for types alone as well: a circle is two modules that are one."""
    try:
        TopologicalSorter(IMPORTS).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def brought_along(module: str) -> set[str]:
    """The module and everything of janitor that it imports, directly or not."""
    found, ahead = set[str](), {module}
    while ahead:
        found |= ahead
        ahead = set().union(*(IMPORTS.get(name, set[str]()) for name in ahead)) - found
    return found


@pytest.mark.parametrize("module", [name for name in IMPORTS if room(name) == "cleanup"])
def test_the_clean_up_imports_values_and_no_client(module: str) -> None:
    for name in brought_along(module):
        outside = {one for one in EVERY.get(name, set[str]()) if one in CLIENTS or one.split(".")[0] in CLIENTS}
        assert not outside, f"{module} brings along {name}, which imports {outside}"


def test_what_the_clean_up_decides_by_imports_nothing_that_does_anything() -> None:
    acting = {f"janitor.cleanup.{name}" for name in ("run", "look", "act", "settle", "znode", "cluster")}
    pure = {name for name in IMPORTS if room(name) == "cleanup"} - acting
    doing = {"janitor.patience", "janitor.transport.fanout", "janitor.cleanup.look", "janitor.cleanup.act"}
    assert "janitor.cleanup.decide" in pure
    for name in pure:
        assert not IMPORTS[name] & doing, name


def test_the_sandbox_imports_nothing_of_the_rest_and_only_its_command_imports_it() -> None:
    for module, imported in IMPORTS.items():
        if room(module) == "sandbox":
            assert {room(other) for other in imported} <= {"sandbox"}, module
        elif module != SANDBOX_STARTER:
            assert "sandbox" not in {room(other) for other in imported}, module
    assert "sandbox" in {room(other) for other in IMPORTS[SANDBOX_STARTER]}


def test_nothing_but_its_command_loads_the_sandbox() -> None:
    others = [name for name in IMPORTS if room(name) != "sandbox" and name != SANDBOX_STARTER]
    code = (
        f"import sys, importlib\nfor name in {others!r}: importlib.import_module(name)\nprint(*sys.modules, sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=HANGS, check=True)
    loaded = done.stdout.splitlines()
    assert "janitor.connect" in loaded
    assert not [name for name in loaded if name.startswith(("janitor.sandbox", "aiohttp", "yarl"))]


def test_every_library_is_declared_where_it_is_imported() -> None:
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text())["project"]

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[^\w-]", each)[0].lower() for each in requirements}

    needed = names(project["dependencies"])
    extras = {"sandbox": "sandbox", "zookeeper": "sasl"}  # of rooms that work without it
    distributions = packages_distributions()
    for module, imported in EVERY.items():
        for library in {name.split(".")[0] for name in imported} - sys.stdlib_module_names - {"janitor"}:
            extra = extras.get(room(module))
            declared = needed | names(project["optional-dependencies"][extra]) if extra else needed
            found = {name.lower().replace("_", "-") for name in distributions.get(library, [library])}
            assert declared & found, f"{module} imports {library}"


def test_tenacity_is_configured_in_one_place() -> None:
    users = {
        name
        for name, tree in TREES
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and "tenacity" in {alias.name for alias in node.names} | {getattr(node, "module", None)}
    }
    assert users == {"janitor.patience"}


def test_the_command_line_is_there_before_anything_heavy_is_loaded() -> None:
    heavy = ("requests", "urllib3", "kazoo", "msgspec", "rich", "aiohttp", "janitor.transport", "janitor.connect",
             "janitor.mesos", "janitor.zookeeper", "janitor.sandbox", "janitor.uninstall", "janitor.events",
             "janitor.cli.arguments.commands")  # fmt: skip
    code = "import sys, janitor.cli.main; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=HANGS, check=True)
    loaded = {name for name in done.stdout.splitlines() if name.startswith(heavy)}
    assert not loaded
