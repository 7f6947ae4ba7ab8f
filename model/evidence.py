"""An anomaly, and the chains it lies on."""

from datetime import datetime

from model.anomaly import Anomaly
from model.frozen import Frozen
from model.identity import Identity
from model.lineage import Lineage


class Evidence(Frozen):
    """What one detector says of one origin. Two of the same `subject` and detector are one that went on until `last`.

    `lineages` is never empty. `caller` did it, `target` is the role that was asked for (None for a
    call), `account` the target's. `loud` is the anomaly as it was before an exception made it quiet, or
    (`repeated`) that people were told of the same before.
    """

    subject: str
    anomaly: Anomaly
    last: datetime
    caller: Identity
    target: str | None = None
    account: str | None = None
    lineages: tuple[Lineage, ...]
    loud: Anomaly | None = None
    repeated: bool = False

    @property
    def origin(self) -> Identity:
        """Where its chains begin."""
        return self.lineages[0].origin
