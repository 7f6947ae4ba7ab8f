"""The canary: a harmless call of our own whose record proves that records arrive."""

import time
from collections import OrderedDict
from threading import Lock
from typing import NamedTuple
from uuid import uuid4

from activities.coverage import Tally
from activities.ports import Canaries
from model.cloudtrail import CloudTrailRecord

PREFIX = "hopstop-canary-"
AWAITED = 64
"""Calls whose records are known; both accounts of one may tell of it, hours later."""


class Sent(NamedTuple):
    """One call: the session's name and the key that STS gave for it, and when (monotonic seconds)."""

    session: str
    key: str
    at: float


class Canary:
    """Sends, and knows its own again: by the access key that AWS gave us for this very call, so that a name or a role
    that somebody copies hides nothing."""

    def __init__(self, canaries: Canaries | None, role_arn: str) -> None:
        self._canaries = canaries
        self._role_arn = role_arn
        self._sent: OrderedDict[str, Sent] = OrderedDict()
        self._lock = Lock()

    @property
    def flies(self) -> bool:
        """Whether there is one."""
        return self._canaries is not None and bool(self._role_arn)

    def send(self) -> None:
        """Make the call. Raises what the port raises."""
        if self._canaries is None:
            return
        session = f"{PREFIX}{uuid4().hex}"
        at = time.monotonic()
        key = self._canaries.assume(self._role_arn, session)
        with self._lock:
            self._sent[key] = Sent(session, key, at)
            while len(self._sent) > AWAITED:
                self._sent.popitem(last=False)

    def caught(self, record: CloudTrailRecord, tally: Tally) -> bool:
        """Whether this is the record of a call that we made; its way's time is noted when it comes first."""
        if not self._sent or record.event_name != "AssumeRole":
            return False
        asked, answered = record.request_parameters, record.response_elements
        made = answered.credentials if answered else None
        sent = self._sent.get((made.access_key_id if made else None) or "")
        if sent is None or asked is None or asked.role_session_name != sent.session:
            return False
        if asked.role_arn != self._role_arn or record.event_source != "sts.amazonaws.com" or record.error:
            return False
        tally.caught(time.monotonic() - sent.at)
        return True
