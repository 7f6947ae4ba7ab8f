"""Every timeout and every retry of a case, in one place."""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy

QUICK = RetryPolicy(initial_interval=timedelta(milliseconds=300), maximum_attempts=3)
"""The first try: three attempts within about a second and the answers' own time."""

PATIENT = RetryPolicy(initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=1))
"""After the case has said that a system does not answer: until it does."""

ANSWER = timedelta(seconds=15)
"""How long one attempt may take; the clients' own timeouts are 10 s."""

GLANCE = timedelta(seconds=30)
"""How long one question of the enrichment may take in all; what is not there by then is shown as missing."""

FIRST_PLAN = timedelta(milliseconds=700)
"""How long the first question waits for what IAM says of the principals, so that the card is there within a second."""

LAST_WORD = timedelta(hours=24)
"""How long a finished case waits for a silent Slack, Jira or PagerDuty before it ends without them."""

LOOKS = (timedelta(seconds=5), timedelta(seconds=25), timedelta(minutes=4, seconds=30))
"""Between containment and each look at it: at 5 s, 30 s and 5 min."""

PROOF = timedelta(minutes=15)
"""From the last look to the proof: how late CloudTrail may deliver a record."""

GRACE = timedelta(minutes=5)
"""IAM's own propagation: a contained session may still succeed for this long after its cut."""

GROWTH = timedelta(hours=1)
"""How long a chain's anomalies are weighed together, so how long a recorded case stays open for more."""

TOLERANCE = timedelta(minutes=2)
"""How long a silent AWS holds up containment before it counts as failed, is paged, and is tried again beside that."""

AGAIN = timedelta(minutes=1)
"""How long after such a failure the approved plan is carried out again by itself."""

LIFTED_WITHIN = timedelta(minutes=3)
"""How long a lift may take before the case says what is left."""

REMINDED_WITHIN = timedelta(hours=1)
"""How long a silent pager is asked to remind somebody of what only a person lifts."""

SECOND_SWEEP = timedelta(seconds=30)
"""After an undo, how long until it looks once more for a write that came late: twice an attempt's time."""

OVERDUE = timedelta(hours=1)
"""How long an undo that AWS refused waits before it tries again by itself."""

MAX_REAPPLIED = 3

LOOKBACK = timedelta(hours=2)
"""How far before the finding deploys, changes and other users of the roles are looked for."""


class Glimpse(TypedDict):
    """The timeouts and retries of one question of the enrichment."""

    schedule_to_close_timeout: timedelta
    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy


GLIMPSE = Glimpse(schedule_to_close_timeout=GLANCE, start_to_close_timeout=ANSWER, retry_policy=QUICK)


class Patience(TypedDict):
    """The timeouts and retries of one activity call."""

    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy


def patience(retry: RetryPolicy) -> Patience:
    """One attempt's time and the given retries."""
    return Patience(start_to_close_timeout=ANSWER, retry_policy=retry)
