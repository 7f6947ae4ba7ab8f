"""What the undo of a containment is told. Here, and not beside its workflow, which the sandbox makes anew each time."""

from activities.containment import ContainRequest
from model.frozen import Frozen, added


class LeaseInput(Frozen):
    """What to undo, and after how many seconds by itself (None: only when a person says so). `reminds_after_s`: what
    only a person lifts is paged for after that many seconds, and reminded of at half of them."""

    request: ContainRequest
    lifts_after_s: int | None
    reminds_after_s: int | None = added(None)


class LiftOrder(Frozen):
    """Somebody's wish to lift now; `keys` turns the access keys on again that the containment turned off."""

    by: str
    reason: str = ""
    keys: bool = False
