"""Small changes of a program, each of which some test should notice."""

import ast
import copy
from collections.abc import Callable, Iterator

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
    for place, node in enumerate(ast.walk(tree)):
        for said, change in _changes(node):
            changed = copy.deepcopy(tree)
            _at(changed, place, change)
            ast.fix_missing_locations(changed)
            yield f"{getattr(node, 'lineno', 0)}: {said}: {ast.unparse(node)[:70]}", changed


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
    if isinstance(node, ast.Compare):
        yield from _compared(node)
    elif isinstance(node, ast.BoolOp):
        yield "the other of and, or", _swapped
        for number in range(len(node.values)):
            yield f"without part {number + 1}", lambda old, number=number: _without(old, number)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "without not", lambda old: old.operand  # type: ignore[attr-defined]
    elif isinstance(node, ast.BinOp) and type(node.op) in _RECKONED:
        yield "the other operator", _reckoned
    elif isinstance(node, ast.If | ast.IfExp):
        yield "always", lambda old: _tested(old, True)
        yield "never", lambda old: _tested(old, False)
    elif isinstance(node, ast.Return) and node.value is not None:
        yield "nothing returned", lambda _old: ast.Return(value=ast.Constant(value=None))
    elif isinstance(node, ast.Tuple | ast.Set) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        for number in range(len(node.elts)):
            yield f"without element {number + 1}", lambda old, number=number: _shorter(old, number)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        yield "one more", lambda old: ast.Constant(value=old.value + 1)  # type: ignore[attr-defined]
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "the other", lambda old: ast.Constant(value=not old.value)  # type: ignore[attr-defined]
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield "without condition", _all_of
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.YieldFrom | ast.Yield):
        yield "not done", lambda _old: ast.Pass()
    elif isinstance(node, ast.Raise):
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
