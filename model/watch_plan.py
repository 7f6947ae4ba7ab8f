"""How to watch, as settings have it."""

from model.exemption import Exemption
from model.frozen import Frozen
from model.organization import Organization
from model.own import Own
from model.thresholds import Thresholds


class Terms(Frozen):
    """How the watch itself is watched: seconds that a row spans, seconds of silence until somebody is paged (0: never),
    whether a canary is sent, and the task queue of the workers that page (empty: nobody does)."""

    every_s: int = 120
    silent_after_s: int = 1800
    canary: bool = False
    pager: str = ""


class WatchPlan(Frozen):
    """What the watch judges by, and how. `accept_bare`: believe records that no event of AWS carries. `hide_s`: how
    long a message in hand is hidden at a time, so how soon it comes again when the worker is killed. `backoff_s`: how
    long a system that failed is left alone."""

    thresholds: Thresholds = Thresholds()
    organization: Organization = Organization()
    exemptions: tuple[Exemption, ...] = ()
    own: Own = Own()
    accept_bare: bool = False
    pollers: int = 2
    hide_s: int = 30
    backoff_s: float = 2.0
    canary_role: str = ""
    canary_every_s: int = 300
    terms: Terms = Terms()
