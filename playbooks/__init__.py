"""Runbooks: one file each, readable aloud; and which of them answers a finding."""

from collections.abc import Sequence

from model.finding import Finding
from model.settings import Route
from playbooks import record_only, suspend_credentials
from playbooks.steps import Playbook

PLAYBOOKS: dict[str, Playbook] = {
    "suspend_credentials": suspend_credentials.run,
    "record_only": record_only.run,
}

_NOTHING_FITS = Route(playbook="record_only")


def select(finding: Finding, routes: Sequence[Route]) -> Route:
    """The first route that fits the finding; recording only where none does."""
    return next((route for route in routes if _fits(finding, route)), _NOTHING_FITS)


def _fits(finding: Finding, route: Route) -> bool:
    accounts = {*finding.source_accounts, *finding.target_accounts}
    return (
        (not route.detectors or not {*route.detectors}.isdisjoint(finding.detectors))
        and (not route.confidence or finding.confidence in route.confidence)
        and (not route.accounts or not {*route.accounts}.isdisjoint(accounts))
    )
