"""Telling a SIEM: every finding, when it is new and whenever something about it changes."""

from temporalio import activity

from activities.ports import Siem
from model.ocsf_finding import detection_finding
from model.siem import SiemNote


class Recording:
    """Writes findings down where the organisation searches."""

    def __init__(self, siem: Siem) -> None:
        self._siem = siem

    @activity.defn(name="SIEM: send finding")
    def send(self, note: SiemNote) -> None:
        """Send the finding as it is now; a collector may see one `metadata.uid` twice."""
        self._siem.send(detection_finding(note))
