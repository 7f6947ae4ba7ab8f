from collections import Counter

import pytest

from detectors import DETECTORS
from quality.__main__ import plans
from quality.runs import Caught, Mistake, Outcome, Plan, judged
from quality.tables import BEGIN, END, details, filled, page
from simulator.attacks import ATTACKS

FREE, ATTACKED = Plan(1, 28, 14, 20), Plan(1, 28, 20, 20, ("laptop", "deep"))


def made():
    mistake = Mistake("person", "medium", ("new_pair",), ("medium new_pair: why",))
    caught = [
        Caught("laptop", "high", "high", 3, ("chain", "composite"), ()),
        Caught("deep", "high", "medium", None, ("chain",), ("medium chain: deep",)),
    ]
    free = Outcome(FREE, 280_000, 20.0, 500, [], [mistake], Counter(new_pair=1))
    attacked = Outcome(ATTACKED, 280_000, 20.0, 500, caught, [], Counter(chain=4, new_pair=2), Counter(chain=3))
    return free, attacked


def test_the_page_says_what_was_caught_missed_and_false():
    free, attacked = made()
    lines = page([free], [attacked], [attacked]).splitlines()
    text = "\n".join(lines)
    assert "**1 of 2** from management events alone" in text
    assert "False high findings: **0**; false medium: **0.10** a week per 100 identities." in text
    laptop, deep = (next(line for line in lines if line.startswith(f"| `{name}`")) for name in ("laptop", "deep"))
    assert "| high | 1 of 1 | high 1 | 3 s, 3 s | 1 of 1 | chain, composite |" in laptop
    assert "| high | **0 of 1** | medium 1 | – | **0 of 1** | chain |" in deep
    assert "| new_pair | 1 | 0 | 0.10 | 100 % of 2 | – |" in lines
    assert "| chain | 0 | 0 | 0.00 | 25 % of 4 | 1–3 % |" in lines
    assert "| person | medium | new_pair | 1 |" in lines
    assert all(any(line.startswith(f"| {name} |") for line in lines) for name in DETECTORS)


def test_only_the_measured_part_of_the_page_changes():
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert filled(text, f"{BEGIN}\nnew\n{END}") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    with pytest.raises(ValueError, match="substring not found"):
        filled("nothing", "new")


def test_the_details_tell_why():
    told = [*details(made())]
    assert "missed deep (due high, got medium)" in told
    assert "    medium chain: deep" in told
    assert "false medium by new_pair: person" in told


def test_a_seed_is_run_without_attacks_and_with_all_of_them():
    free, management, data = plans(3, 20, quick=False)
    assert (free.attacks, free.data_events) == ((), False)
    assert set(management.attacks) == set(ATTACKS) == set(data.attacks)
    assert (management.data_events, data.data_events) == (False, True)
    assert {plan.seed for plan in (free, management, data)} == {3}


def test_an_organisation_is_simulated_and_judged():
    outcome = judged(Plan(1, 4, 3, 6, ("blind",)))
    (blind,) = outcome.caught
    assert (blind.name, blind.due) == ("blind", "high")
    assert outcome.records > 5000
    assert outcome.identities > 50
    assert "defence_evasion" in blind.detectors
