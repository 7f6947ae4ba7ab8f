"""Small changes of a program, each of which some test should notice."""

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any

Change = Callable[[ast.AST], ast.AST]

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_RECKONED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}


def mutants(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Every change that is known, one at a time: where and what it is, and the changed program."""
    tree = ast.parse(source)
    typed = _annotations(tree)
    for place, node in enumerate(ast.walk(tree)):
        if id(node) in typed:
            continue
        for said, change in _changes(node):
            changed = copy.deepcopy(tree)
            _at(changed, place, change)
            ast.fix_missing_locations(changed)
            yield f"{getattr(node, 'lineno', 0)}: {said}: {ast.unparse(node)[:70]}", changed


def _annotations(tree: ast.Module) -> set[int]:
    """The nodes that only say of which type something is: mypy holds those."""
    said = [getattr(node, name, None) for node in ast.walk(tree) for name in ("annotation", "returns")]
    return {id(part) for one in said if isinstance(one, ast.AST) for part in ast.walk(one)}


def _at(tree: ast.Module, place: int, change: Change) -> None:
    wanted = next(node for number, node in enumerate(ast.walk(tree)) if number == place)
    new = change(wanted)
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is wanted:
                setattr(parent, field, new)
            elif isinstance(value, list):
                setattr(parent, field, [new if one is wanted else one for one in value])


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    for kind, changes in _BY_KIND:
        if isinstance(node, kind):
            yield from changes(node)


def _joined(node: ast.BoolOp) -> Iterator[tuple[str, Change]]:
    yield "the other of and, or", _swapped
    for number in range(len(node.values)):
        yield f"without part {number + 1}", lambda old, number=number: _without(old, number)


def _negated(node: ast.UnaryOp) -> Iterator[tuple[str, Change]]:
    if isinstance(node.op, ast.Not):
        yield "without not", lambda old: old.operand  # type: ignore[attr-defined]


def _counted(node: ast.BinOp) -> Iterator[tuple[str, Change]]:
    if type(node.op) in _RECKONED:
        yield "the other operator", _reckoned


def _decided(_node: ast.If | ast.IfExp) -> Iterator[tuple[str, Change]]:
    yield "always", lambda old: _tested(old, True)
    yield "never", lambda old: _tested(old, False)


def _returned(node: ast.Return) -> Iterator[tuple[str, Change]]:
    if isinstance(node.value, ast.Constant) and not node.value.value:
        # None instead of an empty answer would be the same to whoever asks.
        yield "something returned", lambda _old: ast.Return(value=ast.Constant(value="mutant"))
    elif node.value is not None:
        yield "nothing returned", lambda _old: ast.Return(value=ast.Constant(value=None))


def _listed(node: ast.Tuple | ast.Set) -> Iterator[tuple[str, Change]]:
    if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        for number in range(len(node.elts)):
            yield f"without element {number + 1}", lambda old, number=number: _shorter(old, number)


def _constant(node: ast.Constant) -> Iterator[tuple[str, Change]]:
    if isinstance(node.value, bool):
        yield "the other", lambda old: ast.Constant(value=not old.value)  # type: ignore[attr-defined]
    elif isinstance(node.value, int):
        yield "one more", lambda old: ast.Constant(value=old.value + 1)  # type: ignore[attr-defined]


def _filtered(node: ast.comprehension) -> Iterator[tuple[str, Change]]:
    if node.ifs:
        yield "without condition", _all_of


def _said(node: ast.Expr) -> Iterator[tuple[str, Change]]:
    if isinstance(node.value, ast.Call | ast.YieldFrom | ast.Yield | ast.Await):
        yield "not done", lambda _old: ast.Pass()


def _raised(_node: ast.Raise) -> Iterator[tuple[str, Change]]:
    yield "not raised", lambda _old: ast.Pass()


def _compared(node: ast.Compare) -> Iterator[tuple[str, Change]]:
    for number, operator in enumerate(node.ops):
        for other in _COMPARED.get(type(operator), ()):
            yield f"{type(operator).__name__} as {other.__name__}", lambda old, n=number, o=other: _with(old, n, o())


def _with(old: ast.AST, number: int, operator: ast.cmpop) -> ast.AST:
    assert isinstance(old, ast.Compare)
    old.ops[number] = operator
    return old


def _swapped(old: ast.AST) -> ast.AST:
    assert isinstance(old, ast.BoolOp)
    old.op = ast.Or() if isinstance(old.op, ast.And) else ast.And()
    return old


def _without(old: ast.AST, number: int) -> ast.AST:
    assert isinstance(old, ast.BoolOp)
    kept = [one for place, one in enumerate(old.values) if place != number]
    return kept[0] if len(kept) == 1 else ast.BoolOp(op=old.op, values=kept)


def _reckoned(old: ast.AST) -> ast.AST:
    assert isinstance(old, ast.BinOp)
    old.op = _RECKONED[type(old.op)]()
    return old


def _tested(old: ast.AST, value: bool) -> ast.AST:
    assert isinstance(old, ast.If | ast.IfExp)
    old.test = ast.Constant(value=value)
    return old


def _shorter(old: ast.AST, number: int) -> ast.AST:
    assert isinstance(old, ast.Tuple | ast.Set)
    old.elts = [one for place, one in enumerate(old.elts) if place != number]
    return old


def _all_of(old: ast.AST) -> ast.AST:
    assert isinstance(old, ast.comprehension)
    old.ifs = []
    return old


_BY_KIND: tuple[tuple[Any, Callable[[Any], Iterator[tuple[str, Change]]]], ...] = (
    (ast.Compare, _compared),
    (ast.BoolOp, _joined),
    (ast.UnaryOp, _negated),
    (ast.BinOp, _counted),
    (ast.If | ast.IfExp, _decided),
    (ast.Return, _returned),
    (ast.Tuple | ast.Set, _listed),
    (ast.Constant, _constant),
    (ast.comprehension, _filtered),
    (ast.Expr, _said),
    (ast.Raise, _raised),
)
