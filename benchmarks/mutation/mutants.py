"""Mutants of a module: one small change of its syntax tree each. What `mutation.py` tries.

Left alone is what only readers see (docstrings, annotations, messages, figures, the literals of a statement), what
decorators say, ``strict=`` and the assumptions of symbols.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

#: Calls and attributes whose names say what they are for: text, pictures and the fields of a statement.
WORDS = {"Statement", "Control", "Table", "Provenance", "TypeVar", "Literal", "field", "register_profile"}
READERS = {
    "draw",
    "detail",
    "method",
    "_text",
    "_short",
    "_latex",
    "__repr__",
    "__str__",
    "text",
    "_set_text",
}
NOT_RUN = {"annotation", "returns", "decorator_list", "type_params"}
#: Keywords that say what must hold anyhow: of `zip`, and what a symbol assumes, which only steers simplification.
ASSUMED = {"strict", "integer", "positive", "real", "nonzero", "nonnegative", "commutative"}

OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
METHODS = {
    "abs_upper": "abs_lower",
    "abs_lower": "abs_upper",
    "upper": "lower",
    "lower": "upper",
    "contains_interior": "contains",
    "overlaps": "contains",
}


@dataclass(frozen=True)
class Mutant:
    """One change: in which function, at which of its places, and the source before and after."""

    function: str
    line: int
    before: str
    after: str
    place: int

    @property
    def text(self) -> str:
        """The change, for people."""
        return f"{self.function}: {self.before} -> {self.after}"


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    if isinstance(node, ast.BinOp) and not _is_text(node.left) and not _is_text(node.right):
        if type(node.op) in OPERATORS:
            yield ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
        yield ast.Compare(node.left, [COMPARISONS[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, int):
            yield ast.Constant(node.value + 1 if node.value < 10 else 2 * node.value)
        elif isinstance(node.value, float) and node.value:
            yield ast.Constant(2 * node.value)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield node.operand
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.IfExp):
        yield ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    elif isinstance(node, ast.Call):
        yield from _calls(node)


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name) and node.func.id in NAMES:
        yield ast.Call(ast.Name(NAMES[node.func.id], ast.Load()), node.args, node.keywords)
    if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS and not node.keywords:
        attribute = ast.Attribute(node.func.value, METHODS[node.func.attr], ast.Load())
        yield ast.Call(attribute, node.args, node.keywords)
    if len(node.args) >= 2 and all(isinstance(x, ast.Name) for x in node.args[:2]):
        first, second, *rest = node.args
        if ast.dump(first) != ast.dump(second) and not _is_named(node.func, {"isinstance", "range", "zip"}):
            yield ast.Call(node.func, [second, first, *rest], node.keywords)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_named(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Call) and _is_named(node.func, WORDS):
        return True
    if isinstance(node, ast.If) and _is_named(node.test, {"TYPE_CHECKING"}):
        return True
    if isinstance(node, ast.keyword) and node.arg in ASSUMED:
        return True
    return isinstance(node, ast.FunctionDef) and node.name in READERS


def _children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    """Fields that hold code which runs: no annotations, no decorators."""
    for name, value in ast.iter_fields(node):
        if name in NOT_RUN or (isinstance(node, ast.ClassDef) and name in ("bases", "keywords")):
            continue
        for index, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(item, ast.AST):
                yield name, index, item


def _walk(node: ast.AST, function: str) -> Iterator[tuple[str, ast.AST, str, int | None, ast.AST]]:
    """``(function, parent, field, index, node)`` in order."""
    for name, index, child in _children(node):
        if _left_alone(child):
            continue
        inside = function
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            inside = f"{function}.{child.name}".lstrip(".")
        yield inside, node, name, index, child
        yield from _walk(child, inside)


def _sites(tree: ast.AST) -> Iterator[tuple[Mutant, ast.AST, str, int | None, ast.AST]]:
    place = 0
    for function, parent, name, index, node in _walk(tree, ""):
        for changed in _changes(node):
            before, after = ast.unparse(node), ast.unparse(ast.fix_missing_locations(changed))
            yield (
                Mutant(function or "module", getattr(node, "lineno", 0), before, after, place),
                parent,
                name,
                index,
                changed,
            )
            place += 1


def mutants(source: str) -> list[Mutant]:
    """All mutants of a module, in the order of its text."""
    return [mutant for mutant, *_ in _sites(ast.parse(source))]


def mutated(source: str, place: int) -> ast.Module:
    """The syntax tree of the module with the change number `place`."""
    tree = ast.parse(source)
    for mutant, parent, name, index, changed in _sites(tree):
        if mutant.place == place:
            new = copy.deepcopy(changed)
            if index is None:
                setattr(parent, name, new)
            else:
                getattr(parent, name)[index] = new
            return ast.fix_missing_locations(tree)
    raise ValueError(f"`place` must be that of a mutant; got {place}")
