"""docs/playbooks.md, made from the runbooks themselves: their words, their steps, and which of them answers what."""

import inspect
from pathlib import Path

from model.settings import DEFAULT_ROUTES, Route
from playbooks import PLAYBOOKS, cutting

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/playbooks.md"

_HEAD = """# Playbooks

Written by `make docs` from `playbooks/`: what is shown here is what runs. A runbook touches the world only through its
steps, each of which survives a crash of the worker and never happens twice.

## Who answers what

The first route that fits wins; these hold until `hopstop.toml` has routes of its own. A new installation observes: it
says what would have been done, asks nobody and touches nothing.

| finding | playbook | if nobody decides |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = "\n".join(f"| {answered(route)} | `{route.playbook}` | {silence(route)} |" for route in DEFAULT_ROUTES)
    chapters = [f"## `{name}`\n\n{words(name)}\n\n{_fenced(steps(name))}" for name in PLAYBOOKS]
    shared = f"## What those that may cut have in common\n\n{_doc(cutting)}\n\n{_fenced(shared_steps())}"
    return "\n\n".join([_HEAD + rows, *chapters, shared]) + "\n"


def answered(route: Route) -> str:
    """Which findings a route is for."""
    checks = ", ".join(f"`{name}`" for name in route.detectors)
    alone = f"{checks} alone" if route.alone else checks
    whose = {"account": route.accounts, "tier": route.tiers, "of": route.identities}
    narrower = [f"{word} {', '.join(f'`{one}`' for one in names)}" for word, names in whose.items() if names]
    return ", ".join(filter(None, (alone, ", ".join(route.confidence), *narrower))) or "everything else"


def silence(route: Route) -> str:
    """What follows when nobody decides."""
    if route.playbook == "record_only":
        return "nobody is asked"
    told = "on-call is paged" if route.silence == "escalate" else "the ticket stays open"
    minutes = route.patience_s // 60
    return f"{told} after {minutes} min" if minutes < 120 else f"{told} after {minutes // 60} h"


def words(name: str) -> str:
    """A runbook in words."""
    return _doc(inspect.getmodule(PLAYBOOKS[name]))


def steps(name: str) -> str:
    """A runbook as it runs."""
    return _source(PLAYBOOKS[name])


def shared_steps() -> str:
    """What those that may cut have in common, as it runs."""
    return _source(cutting.ask_and_cut)


def _doc(thing: object) -> str:
    return " ".join((inspect.getdoc(thing) or "").split())


def _source(thing: object) -> str:
    return inspect.getsource(thing).strip()  # type: ignore[arg-type]


def _fenced(source: str) -> str:
    return f"```python\n{source}\n```"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
