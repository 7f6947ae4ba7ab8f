"""What IAM says of a role or user right now."""

from datetime import datetime

from model.frozen import Frozen


class InlinePolicy(Frozen):
    """One inline policy: its name and its document as compact JSON."""

    name: str
    document: str


class PrincipalState(Frozen):
    """A role or user as read from IAM. `read_at` is the time of AWS's answer (its `Date`, whole seconds, UTC), never
    this machine's clock; `keys` are a user's access key ids, each with whether it is active."""

    arn: str
    unique_id: str
    name: str
    path: str
    policies: tuple[InlinePolicy, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    keys: tuple[tuple[str, bool], ...] = ()
    read_at: datetime
