"""Which playbook answers a finding, and how. Pure."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from model.finding import Finding
from model.settings import Route

_NOTHING_FITS = Route(playbook="record_only")


def select(finding: Finding, routes: Sequence[Route], tiers: Mapping[str, str]) -> Route:
    """The first route that fits the finding; recording only where none does. `tiers` are of the accounts."""
    return next((route for route in routes if _fits(finding, route, tiers)), _NOTHING_FITS)


def _fits(finding: Finding, route: Route, tiers: Mapping[str, str]) -> bool:
    accounts = {*finding.source_accounts, *finding.target_accounts}
    return (
        (not route.detectors or not {*route.detectors}.isdisjoint(finding.detectors))
        and (not route.alone or {*finding.detectors} <= {*route.detectors})
        and (not route.confidence or finding.confidence in route.confidence)
        and (not route.accounts or not {*route.accounts}.isdisjoint(accounts))
        and (not route.tiers or not {*route.tiers}.isdisjoint(tiers.get(account) for account in accounts))
        and (not route.identities or _is_named(finding.origin.arn, route.identities))
    )


def _is_named(arn: str | None, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns is of this ARN; nobody without an ARN is named."""
    return bool(arn) and any(fnmatchcase(arn or "", pattern) for pattern in patterns)
