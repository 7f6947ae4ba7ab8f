"""All attacks by name."""

from simulator import attacks_hidden, attacks_more, attacks_quiet, attacks_stolen, attacks_story

_ALL = (attacks_story, attacks_quiet, attacks_hidden, attacks_stolen, attacks_more)
ATTACKS = {attack.name: attack for module in _ALL for attack in module.ATTACKS}
