"""What the documentation says of the code is held against the code."""

import json
import re
from pathlib import Path

import pytest

from model.case import CaseState
from workflows.steps import LOOKS, MAX_REAPPLIED

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))


def text_of(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def policy() -> list[dict[str, object]]:
    return json.loads(text_of("deploy/iam/containing.json"))["Statement"]


def called() -> set[str]:
    """The actions behind every operation that the IAM and CloudTrail modules call."""
    code = text_of("integrations/aws_iam.py") + text_of("integrations/aws_trail.py")
    both = {name.format(word) for name in re.findall(r'"([a-z_]+_\{\}\w*)"', code) for word in ("role", "user")}
    plain = {*re.findall(r"iam\.([a-z]+_[a-z_]+)\(", code), "list_access_keys", "lookup_events"} - {"get_paginator"}
    assert '"list_access_keys"' in code
    assert '"lookup_events"' in code
    return {action(name) for name in both | plain} | deploys_called()


def deploys_called() -> set[str]:
    """The actions behind what the module that reads deploys calls; each service's part of it makes its own client."""
    _, *parts = text_of("integrations/aws_deploys.py").split('reach("')
    asked = {part.split('"', 1)[0]: re.findall(r"client\.([a-z]+_[a-z_]+)\(", part) for part in parts}
    assert asked.keys() == {"codedeploy", "codepipeline"}
    return {action(name, service) for service, names in asked.items() for name in names}


def action(operation: str, service: str = "") -> str:
    service = service or ("cloudtrail" if operation == "lookup_events" else "iam")
    return f"{service}:{''.join(part.title() for part in operation.split('_'))}"


def test_the_containing_role_is_given_exactly_what_is_called():
    allowed: set[str] = set()
    for statement in policy():
        if statement["Effect"] == "Allow":
            actions = statement["Action"]
            allowed |= {actions} if isinstance(actions, str) else {*actions}
    assert allowed == called()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_paths_of_a_page_lead_somewhere(page):
    text = page.read_text("utf-8")
    for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), link
    folders = "activities|cli|detectors|integrations|model|playbooks|standins|trust|workflows|deploy"
    for path in re.findall(rf"`((?:{folders})/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path


def test_operations_knows_how_often_a_containment_is_looked_at_and_applied_again():
    looks = [sum(wait.total_seconds() for wait in LOOKS[: n + 1]) for n in range(len(LOOKS))]
    assert looks == [5, 30, 300]
    assert MAX_REAPPLIED == 3
    for page in ("docs/security.md", "docs/architecture.md"):
        assert re.search(r"5 s.*30 s and 5 min", text_of(page), re.DOTALL)


@pytest.mark.parametrize("state", [CaseState.NOT_CONTAINED, CaseState.CONTAINED, CaseState.CONTAINING])
def test_states_are_spelled_as_cases_spell_them(state):
    assert f"`{state}`" in text_of("docs/operations.md")
