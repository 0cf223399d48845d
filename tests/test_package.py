"""What holds of the repository as a whole: packaging, contracts between folders, the README, and what is banned."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import memcurse as mc
from memcurse.numerics.flow.tableaus.explicit_pairs import TableauError
from memcurse.proofs_checks.catalogue.cards import cards

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ("memcurse", "theory", "numerics", "proofs_checks")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")


def library_files() -> list[Path]:
    # The links memcurse/theory -> ../theory and so on are not followed: each file once.
    return sorted(
        path
        for folder in LIBRARY
        for path in (ROOT / folder).rglob("*.py")
        if not any(parent.is_symlink() for parent in path.parents)
    )


def run(*command: str) -> str:
    """What a command that succeeds writes."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


# --- packaging ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_users_file_is_type_checked_in_the_install_of_the_readme(tmp_path: Path) -> None:
    """An editable install is a line in a .pth file, and goes through the links in memcurse/: static tools follow it."""
    user = tmp_path / "claim.py"
    user.write_text(
        "import memcurse as mc\n"
        "target = mc.ExponentialSum([1], [1]) + mc.GaussianBump(delay=10)\n"
        "reveal_type(mc.Objective(target))\n"
        'reveal_type(mc.verify(["eq-19"]))\n'
        "mc.gradient_flow(target, [1], [1], unknown=3)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", str(user)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "import-not-found" not in done.stdout
    assert "import-untyped" not in done.stdout
    assert "numerics.objective.objective.Objective" in done.stdout
    assert "Report" in done.stdout
    assert 'Unexpected keyword argument "unknown"' in done.stdout


def test_what_is_no_code_is_packaged_too() -> None:
    patterns = PYPROJECT["tool"]["setuptools"]["package-data"]["*"]
    for folder in LIBRARY[1:]:
        for path in (ROOT / folder).rglob("*"):
            # What runs keep for the next run is no file of the package.
            if path.is_dir() or path.suffix == ".py" or "__pycache__" in path.parts:
                continue
            package = next(parent for parent in path.parents if (parent / "__init__.py").is_file())
            inside = path.relative_to(package)
            assert any(
                inside.match(pattern) and len(inside.parts) == pattern.count("/") + 1 for pattern in patterns
            ), path


def test_every_folder_with_code_is_a_package() -> None:
    assert {path.parent for path in library_files()} == {
        path.parent for path in library_files() if path.name == "__init__.py"
    }


@pytest.mark.parametrize("folder", LIBRARY[1:])
def test_links_lead_to_the_folders(folder: str) -> None:
    link = ROOT / "memcurse" / folder
    assert link.is_symlink()
    assert link.resolve() == ROOT / folder
    assert (link / "py.typed").is_file()


def test_version_is_the_same_everywhere() -> None:
    assert PYPROJECT["project"]["version"] == mc.__version__
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == mc.__version__


def test_constraints_pin_every_dependency() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.lower().replace("_", "-").split("==") for line in lines if line and line[0] != "#")
    project = PYPROJECT["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["test"]
    names = {re.match(r"[A-Za-z0-9-]+", entry)[0].lower() for entry in wanted}  # type: ignore[index]
    # The package names itself for an extra of its own.
    assert names - {"memcurse"} <= pins.keys()


@pytest.mark.parametrize("name", mc.__all__)
def test_public_names_import(name: str) -> None:
    found = getattr(mc, name)
    assert found is not None
    module = importlib.import_module(f"memcurse.{mc._HOMES[name]}")
    assert found is getattr(module, name, module)


def test_static_tools_see_the_same_names() -> None:
    tree = ast.parse((ROOT / "memcurse" / "__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    # A module is imported from the one it lies in.
    modules = {"plots": "numerics"}
    assert imported == {name: modules.get(name, home) for name, home in mc._HOMES.items()}


def test_every_module_imports() -> None:
    for path in library_files():
        parts = path.relative_to(ROOT).with_suffix("").parts
        dotted = parts if parts[0] == "memcurse" else ("memcurse", *parts)
        module = importlib.import_module(".".join(dotted).removesuffix(".__init__"))
        # By this name and no other, and from this file: a second copy would hold classes of its own.
        assert module.__name__ in sys.modules
        assert Path(module.__file__ or "").resolve() == path.resolve()


# --- contracts ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_imports_go_one_way() -> None:
    found = run(
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as main; main()",
        "--no-cache",
    )
    # All contracts were read, on a graph that holds the package.
    kept = len(PYPROJECT["tool"]["importlinter"]["contracts"])
    assert f"Contracts: {kept} kept, 0 broken." in found
    analyzed = re.search(r"Analyzed (\d+) files, (\d+) dependencies", found)
    assert analyzed is not None
    assert int(analyzed[1]) >= len(library_files())


@pytest.mark.slow
def test_types_hold_strictly() -> None:
    checked = re.search(r"^Success: no issues found in (\d+) source files", run(sys.executable, "-m", "mypy"))
    assert checked is not None
    assert int(checked[1]) >= len(library_files())
    assert PYPROJECT["tool"]["mypy"]["strict"] is True


@pytest.mark.slow
def test_lint_is_clean() -> None:
    assert "All checks passed!" in run(sys.executable, "-m", "ruff", "check", ".")


@pytest.mark.slow
def test_format_is_clean() -> None:
    formatted = re.search(
        r"(\d+) files already formatted", run(sys.executable, "-m", "ruff", "format", "--check", ".")
    )
    assert formatted is not None
    assert int(formatted[1]) > len(library_files())


# --- banned ------------------------------------------------------------------------------------------------------

BANNED_CALLS = {"eval", "exec", "compile", "__import__", "sympify", "parse_expr", "S"}
BANNED_MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "sympy.parsing"}


def offences(source: str) -> list[str]:
    """Calls that run text as code (``S`` and ``sympify`` where the argument is not plainly a number), and asserts."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assert):
            found.append(f"assert in line {node.lineno}")
        if isinstance(node, ast.Import):
            found += [f"import {x.name}" for x in node.names if x.name in BANNED_MODULES]
        if isinstance(node, ast.ImportFrom) and node.module in BANNED_MODULES:
            found.append(f"from {node.module}")
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
            harmless = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "re"
            if name in BANNED_CALLS and not harmless:
                found.append(f"{name}() in line {node.lineno}")
    return found


@pytest.mark.parametrize(
    "source",
    [
        "eval('1')",
        "import sympy as sp\nsp.sympify(x)",
        "sp.S(text)",
        "from sympy.parsing import sympy_parser",
        "import pickle",
        "builtins.exec(x)",
        "assert x",
    ],
)
def test_the_scan_finds(source: str) -> None:
    assert offences(source)


@pytest.mark.parametrize("path", library_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_runs_text_as_code(path: Path) -> None:
    assert offences(path.read_text(encoding="utf-8")) == []


# --- the README --------------------------------------------------------------------------------------------------


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_first_block_holds_the_two_commands() -> None:
    first = re.search(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert first is not None
    lines = first[2].splitlines()
    assert len(lines) == 2
    assert lines[0].endswith("memcurse verify")
    assert lines[1].endswith("pytest")
    assert all("-c constraints.txt" in line for line in lines)


def test_continuous_integration_reads_the_commands() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in script
    assert "README.md" in script
    assert "pip install" not in script
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


@pytest.mark.slow
def test_example_prints_what_the_readme_shows(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", fenced("python")[0]],
        cwd=tmp_path,
        env=None,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == fenced("text")[0]


def test_table_lists_every_statement_in_order() -> None:
    table = README.split("<!-- statements:begin -->")[1].split("<!-- statements:end -->")[0]
    listed = re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)
    assert listed == list(cards()), (
        "run `memcurse verify`, then the command under `Habits` in CONTRIBUTING.md that rewrites the table"
    )


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_links_of_documents_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert link.startswith("https://") or (ROOT / link).exists(), link


# --- the examples of CONTRIBUTING ----------------------------------------------------------------------------------


def contributed() -> list[str]:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^( *)```python\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in blocks]


def test_contributed_statement_is_proved_and_its_control_refuted(tmp_path: Path) -> None:
    part = tmp_path / "statements" / "objective"
    part.mkdir(parents=True)
    source = contributed()[0]
    (part / "ext_moment.py").write_text(source, encoding="utf-8")
    (result,) = mc.verify(folder=part.parent).results
    assert (result.status, result.verdict, result.code_verdict) == (
        "holds",
        mc.Verdict.PROVED,
        mc.Verdict.CERTIFIED,
    )
    assert (result.paper, result.scope.kind) == ("curse-of-memory", "all")


def test_contributed_statement_from_outside(tmp_path: Path) -> None:
    deep = tmp_path / "mine" / "deeper" / "still"
    deep.mkdir(parents=True)
    (deep / "norm.py").write_text(contributed()[1], encoding="utf-8")
    listed = {card.id: card for card in mc.statements(folder=str(tmp_path / "mine"))}
    assert {"my-norm", "eq-18"} <= set(listed)
    assert listed["my-norm"].paper == ""
    (result,) = mc.verify(folder=tmp_path / "mine").results
    assert (result.id, result.status, result.verdict) == ("my-norm", "holds", mc.Verdict.PROVED)


def imported(folder: Path, name: str, source: str) -> ModuleType:
    path = folder / f"{name}.py"
    path.write_text(f"from __future__ import annotations\n{source}", encoding="utf-8")
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # dataclasses look their module up
    specification.loader.exec_module(module)
    return module


def test_contributed_target_works_everywhere(tmp_path: Path) -> None:
    head = "from memcurse.theory.targets.kernels import Any, Target, dataclass, exact_number, exact_positive, sp, t\n"
    J = mc.Objective(imported(tmp_path, "contributed_pulse", head + contributed()[2]).Pulse("2"))
    # || e^{-t} - t e^{-2t} ||^2
    exact = 1 / 2 - 2 / 9 + 1 / 32
    assert J.loss([1], [1]) == pytest.approx(exact, rel=1e-12)
    assert float(J.enclose([1], [1], digits=20).loss.mid()) == pytest.approx(exact, rel=1e-15)
    assert J.model_error < 1e-12


def test_contributed_integrator_runs(tmp_path: Path) -> None:
    """CONTRIBUTING's pair: its order is checked when it is made, and it runs by being handed in."""
    head = "from memcurse.numerics.flow.tableaus.explicit_pairs import ExplicitPair, _fractions\n"
    source = contributed()[3]
    pair = imported(tmp_path, "contributed_pair", head + source).BOGACKI_SHAMPINE
    J = mc.Objective(mc.ExponentialSum(["1"], ["1"]))
    start = {"a0": ["0.5"], "w0": ["2"], "stop": mc.LossDrop(fraction="0.9")}
    run = mc.gradient_flow(J, **start, method=pair)
    assert run.event_time == pytest.approx(mc.gradient_flow(J, **start).event_time, rel=1e-6)
    with pytest.raises(TableauError):
        imported(tmp_path, "contributed_wrong", head + source.replace("2/9 1/3 4/9", "2/9 4/9 1/3"))
