"""The guard's modules, the tests that hold each, and the mutants that may live."""

TARGETS: dict[str, tuple[str, ...]] = {
    "model.gate": ("tests/model/test_gate.py",),
    "model.protection": ("tests/model/test_protection.py",),
    "model.budget": ("tests/model/test_budget.py",),
    "model.quorum": ("tests/model/test_quorum.py",),
    "model.suspects": ("tests/model/test_suspects.py",),
    "model.provenance": ("tests/model/test_provenance.py",),
    "model.senseless": ("tests/test_config.py",),
    "model.text": ("tests/model/test_text.py",),
    "activities.guarding": ("tests/activities/test_guarding.py",),
    "playbooks.cutting": ("tests/playbooks/test_playbooks.py",),
}

UNKILLED: dict[str, str] = {}
"""Each mutant that lives, and why it may: it changes nothing that anybody could see."""
