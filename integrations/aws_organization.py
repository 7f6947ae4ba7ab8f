"""An organisation's accounts, and the IAM of each: read only, page by page."""

from typing import Any, NamedTuple

from integrations.aws import AwsClients, Place, place_of
from integrations.aws_errors import aws_errors
from model.errors import Refused
from model.text import clean, code


class Member(NamedTuple):
    """One account of the organisation."""

    place: Place
    name: str


class AwsOrganization:
    """`clients` enter each account by their role; the account that we are in already is read as who we are."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients
        self._own: str | None = None

    def members(self, token: str = "") -> tuple[list[Member], str]:
        """A page of the active accounts, and the token of the next page; empty at the end."""
        with aws_errors("list the organisation's accounts"):
            organizations = self._clients.own("organizations")
            page = organizations.list_accounts(**({"NextToken": token} if token else {}))
        found = [
            Member(Place(place_of(each["Arn"]).partition, str(each["Id"])), clean(str(each.get("Name") or ""), 60))
            for each in page["Accounts"]
            if each.get("State", each.get("Status")) == "ACTIVE"
        ]
        return found, str(page.get("NextToken") or "")

    def page(self, place: Place, marker: str = "") -> tuple[dict[str, Any], str]:
        """A page of the account's authorization details, and the marker of the next page; empty at the end."""
        with aws_errors(f"read IAM of account {code(place.account)}"):
            iam = self._client(place)
            more = {"Marker": marker} if marker else {}
            page = dict(iam.get_account_authorization_details(MaxItems=1000, **more))
        page.pop("ResponseMetadata", None)
        following = str(page.get("Marker") or "") if page.get("IsTruncated") else ""
        if following and following == marker:
            raise Refused(f"AWS gives the same page of account {code(place.account)} again and again")
        return page, following

    def _client(self, place: Place) -> Any:
        if place.account == self._me():
            return self._clients.own("iam")
        return self._clients.reach("iam", place)

    def _me(self) -> str:
        if self._own is None:
            self._own = str(self._clients.own("sts").get_caller_identity()["Account"])
        return self._own
