"""Service control policies, from the management account: activities.ports.ServiceControls."""

from typing import Any

from integrations.aws import AwsClients, place_of
from integrations.aws_errors import aws_errors
from model.errors import Malformed
from model.scp import ScpState
from model.text import code

_REACHED = frozenset(("DuplicatePolicyAttachmentException", "PolicyNotAttachedException"))
"""What AWS answers where it is already so."""


class AwsServiceControls:
    """SCPs by their ARN: its account is the management account, which the clients must reach."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients

    def read(self, policy: str) -> ScpState:
        """The SCP now; NotFound where there is none."""
        client, number = self._client(policy), _id(policy)
        with aws_errors(f"read SCP {code(policy, 200)}"):
            document = client.describe_policy(PolicyId=number)["Policy"]["Content"]
            pages = client.get_paginator("list_targets_for_policy").paginate(PolicyId=number)
            targets = [target["Type"] for page in pages for target in page["Targets"]]
        return ScpState(document=document, everywhere="ROOT" in targets)

    def write(self, policy: str, document: str) -> None:
        """Put a document in the SCP's place."""
        with aws_errors(f"write SCP {code(policy, 200)}"):
            self._client(policy).update_policy(PolicyId=_id(policy), Content=document)

    def attached(self, policy: str, account: str) -> bool:
        """Whether the SCP is attached to the account itself."""
        client = self._client(policy)
        with aws_errors(f"read the SCPs of account {code(account)}"):
            pages = client.get_paginator("list_policies_for_target").paginate(
                TargetId=account, Filter="SERVICE_CONTROL_POLICY"
            )
            return any(one["Id"] == _id(policy) for page in pages for one in page["Policies"])

    def attach(self, policy: str, account: str) -> None:
        """Attach the SCP to an account; the same once more changes nothing."""
        self._change("attach_policy", policy, account)

    def detach(self, policy: str, account: str) -> None:
        """Detach the SCP; nothing happens where it is not attached."""
        self._change("detach_policy", policy, account)

    def tags(self, policy: str, on: str) -> tuple[tuple[str, str], ...]:
        """The tags of an account or (by its ARN) of the SCP."""
        client = self._client(policy)
        with aws_errors(f"read the tags of {code(on, 200)}"):
            pages = client.get_paginator("list_tags_for_resource").paginate(ResourceId=_id(on))
            return tuple((tag["Key"], tag["Value"]) for page in pages for tag in page["Tags"])

    def tag(self, policy: str, on: str, key: str, value: str) -> None:
        """Set one tag."""
        with aws_errors(f"tag {code(on, 200)}"):
            self._client(policy).tag_resource(ResourceId=_id(on), Tags=[{"Key": key, "Value": value}])

    def untag(self, policy: str, on: str, key: str) -> None:
        """Take one tag off; nothing happens where it is not there."""
        with aws_errors(f"untag {code(on, 200)}"):
            self._client(policy).untag_resource(ResourceId=_id(on), TagKeys=[key])

    def _change(self, operation: str, policy: str, account: str) -> None:
        client = self._client(policy)
        with aws_errors(f"{operation.replace('_policy', '')} SCP {code(policy, 200)}: account {code(account)}"):
            try:
                getattr(client, operation)(PolicyId=_id(policy), TargetId=account)
            except client.exceptions.ClientError as error:
                if error.response["Error"]["Code"] not in _REACHED:
                    raise

    def _client(self, policy: str) -> Any:
        if ":organizations:" not in policy:
            raise Malformed(f"{code(policy, 200)} is not the ARN of a service control policy")
        place = place_of(policy)
        return self._clients.reach("organizations", place, place.home)


def _id(name: str) -> str:
    """An SCP's id, of its ARN; an account's number is its own."""
    return name.rsplit("/", 1)[-1]
