"""The call that proves the path of records: activities.ports.Canaries over STS."""

from integrations.aws import AwsClients
from integrations.aws_errors import aws_errors
from model.text import code

# AWS: no session is shorter.
SHORTEST_S = 900


class AwsCanaries:
    """Assumes a role that may do nothing, with the worker's own credentials."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients

    def assume(self, role_arn: str, session_name: str) -> str:
        """Assume the role and throw the credentials away; the new access key's id."""
        with aws_errors(f"send the canary through role {code(role_arn, 200)}"):
            answer = self._clients.own("sts").assume_role(
                RoleArn=role_arn, RoleSessionName=session_name, DurationSeconds=SHORTEST_S
            )
        return str(answer["Credentials"]["AccessKeyId"])
