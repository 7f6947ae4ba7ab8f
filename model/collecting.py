"""How often Python looks for garbage that refers to itself."""

import gc

_YOUNG, _MIDDLE, _OLD = 50_000, 20, 50


def collect_seldom() -> None:
    """For a process that judges or learns: it makes many values that live shortly, hardly any that refer to each other,
    and holds much that stays. Looking through all of that again and again took up to a tenth of its time."""
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
