"""All attacks by name."""

from simulator import attacks_more, attacks_quiet, attacks_story

ATTACKS = {attack.name: attack for attack in (*attacks_story.ATTACKS, *attacks_quiet.ATTACKS, *attacks_more.ATTACKS)}
