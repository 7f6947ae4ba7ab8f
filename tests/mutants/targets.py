"""The guard's modules, the tests that hold each, and the mutants that may live."""

TARGETS: dict[str, tuple[str, ...]] = {
    "model.gate": ("tests/model/test_gate.py",),
    "model.protection": ("tests/model/test_protection.py",),
    "model.budget": ("tests/model/test_budget.py",),
    "model.quorum": ("tests/model/test_quorum.py",),
    "model.suspects": ("tests/model/test_suspects.py",),
    "model.provenance": ("tests/model/test_provenance.py",),
    "activities.guarding": ("tests/activities/test_guarding.py",),
    "playbooks.cutting": ("tests/playbooks/test_playbooks.py",),
}

_PAUSE = "only how long two that count at once give way to each other"
_SAME = "an IAM ARN has no seventh colon"

UNKILLED: dict[str, str] = {
    "activities.guarding:54: the other operator: 0.002 * (attempt + 1)": _PAUSE,
    "activities.guarding:54: one more: 1": _PAUSE,
    "model.protection:35: one more: 5": _SAME,
    "model.provenance:40: one more: 20": "how many characters of a strange account's name are shown",
}
"""Each mutant that lives, and why it may: it changes nothing that anybody could see."""
