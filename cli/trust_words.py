"""Ways and what they need, for people and as JSON fields."""

from collections.abc import Sequence

from model.organization import Organization
from model.text import clean, joined
from trust.graph import Step
from trust.issuers import shared
from trust.nodes import ANYONE, Kind, Node
from trust.paths import Concern, Path

SAID = {Concern.OUTSIDE: "from outside", Concern.PRODUCTION: "from development to production"}


class Names:
    """Nodes as people of an organisation name them."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization

    def of(self, node: Node) -> str:
        """A node: short, with its account."""
        if node.kind is Kind.ANYONE:
            return "any AWS account"
        if node.kind is Kind.CUSTOMERS:
            return customers(node.name)
        if node.kind is Kind.ACCOUNT:
            return f"account {self.account(node.account)}"
        short = clean(node.name.rsplit("/", 1)[-1] if node.name.startswith("arn:") else node.name, 60)
        return f"{short} in {self.account(node.account)}" if node.account else short

    def account(self, account: str) -> str:
        """An account by its name where it has one; of vendors that they are one."""
        known = self._organization.accounts.get(account)
        if known and known.name:
            return clean(known.name, 40)
        vendor = self._organization.vendors.get(account)
        return f"{account} ({clean(vendor, 40)})" if vendor else account

    def way(self, steps: Sequence[Step]) -> str:
        """A way in one line."""
        return " → ".join((self.of(steps[0].source), *(self.of(step.target) for step in steps)))


def customers(provider: str) -> str:
    """Strangers for whom a provider vouches, by its ARN or what a policy says in its place."""
    issuer = shared(provider.split(":oidc-provider/", 1)[-1])
    return f"any customer of {issuer.name}" if issuer else f"whoever has the provider {clean(provider, 100)}"


def needs(steps: Sequence[Step]) -> str:
    """What has to hold on a way; what strangers meet is said to be no hindrance."""
    asked = [clean(each, 160) for step in steps if not step.met for each in step.conditions]
    met = [clean(each, 160) for step in steps if step.met for each in step.conditions]
    if asked:
        return joined(asked, 3)
    return f"nothing that anybody lacks ({joined(met, 3)})" if met else "nothing else"


def step_fields(step: Step) -> dict[str, object]:
    """One hop as JSON; a principal that is everybody is `*`."""
    source = ANYONE if step.source.kind is Kind.ANYONE else step.source.name
    return {"from": source, "to": step.target.name, "conditions": [*step.conditions], "met_by_anybody": step.met}


def path_fields(path: Path) -> dict[str, object]:
    """A path as JSON."""
    return {
        "type": "path",
        "concern": path.concern.value,
        "account": path.account,
        "free": path.free,
        "hops": path.hops,
        "steps": [step_fields(step) for step in path.steps],
    }
