"""Runbooks: one file each, readable aloud; and which of them answers a finding."""

from model.routing import select
from playbooks import (
    ask_first,
    confirm_with_person,
    investigate_chain,
    record_only,
    review_exception,
    suspend_credentials,
)
from playbooks.steps import Playbook

__all__ = ["PLAYBOOKS", "select"]

PLAYBOOKS: dict[str, Playbook] = {
    "suspend_credentials": suspend_credentials.run,
    "ask_first": ask_first.run,
    "review_exception": review_exception.run,
    "investigate_chain": investigate_chain.run,
    "confirm_with_person": confirm_with_person.run,
    "record_only": record_only.run,
}
