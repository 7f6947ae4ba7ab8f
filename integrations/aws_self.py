"""Who this worker is in AWS: STS answers, once."""

from integrations.aws import AwsClients
from integrations.aws_errors import aws_errors


class AwsSelf:
    """Implements activities.ports.Itself; asks once and remembers. Raises Unavailable or Refused until it is known:
    who does not know its own role could cut it off."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients
        self._known: tuple[str, ...] = ()

    def patterns(self) -> tuple[str, ...]:
        """The worker's own role (whatever its path) or user, and its unique id."""
        if not self._known:
            with aws_errors("ask who we are"):
                answer = self._clients.own("sts").get_caller_identity()
            self._known = named_by(str(answer["Arn"]), str(answer["UserId"]))
        return self._known


def named_by(arn: str, user_id: str) -> tuple[str, ...]:
    """What names the caller of an ARN and a UserId of GetCallerIdentity (AWS: `AROA…:session` for a role)."""
    parts = arn.split(":", 5)
    kind, _, rest = parts[-1].partition("/")
    name = rest.partition("/")[0] if kind == "assumed-role" else rest.rpartition("/")[2]
    unique_id = user_id.partition(":")[0]
    if not name or len(parts) < 6:
        return (unique_id,)
    place = f"arn:*:iam::{parts[4]}:{'role' if kind == 'assumed-role' else kind}"
    return (f"{place}/{name}", f"{place}/*/{name}", unique_id)
