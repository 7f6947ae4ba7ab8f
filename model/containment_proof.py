"""Whether what IAM holds is what a containment needs: old sessions denied and nothing else. Pure."""

from datetime import UTC, datetime, timedelta

from model.containment import Action, ActionKind
from model.containment_documents import Denial, denial_of
from model.principal_state import PrincipalState

SECOND = timedelta(seconds=1)
_FAR = datetime(2200, 1, 1, tzinfo=UTC)


def document_in(state: PrincipalState, name: str) -> str | None:
    """One inline policy of a principal."""
    return next((policy.document for policy in state.policies if policy.name == name), None)


def standing(state: PrincipalState, name: str) -> Denial | None:
    """What our policy of that name denies now; None where there is none, or somebody changed it."""
    document = document_in(state, name)
    return denial_of(document) if document else None


def why_not(action: Action, state: PrincipalState, policy: str, cut: datetime | None) -> str:
    """Why an inline policy does not contain the principal; empty where it denies what it must."""
    document = document_in(state, policy)
    if document is None:
        return "the deny policy is not on the principal"
    denial = denial_of(document)
    if denial is None or (denial.cut is None) is (action.kind is ActionKind.REVOKE):
        return "the deny policy is not as it was written"
    if action.kind is ActionKind.REVOKE:
        return _does_not_part(denial, action, cut)
    return _lets_in(denial, action) or key_still_active(action, state)


def key_still_active(action: Action, state: PrincipalState) -> str:
    """Why a user is not cut off though it is denied everything."""
    if action.unique_id.startswith("AIDA") and any(active for _, active in state.keys):
        return "an access key is still active"
    return ""


def _does_not_part(denial: Denial, action: Action, cut: datetime | None) -> str:
    sessions = action.sessions or (f"{action.unique_id}:any",)
    held = cut is not None and all(denial.denies(one, cut - SECOND) for one in sessions)
    fresh = cut is not None and not any(denial.denies(one, cut) for one in sessions)
    return "" if held and fresh else "the deny policy does not part old sessions from new ones"


def _lets_in(denial: Denial, action: Action) -> str:
    sessions = action.sessions or (f"{action.unique_id}:any",)
    shut = all(denial.denies(one, _FAR) for one in sessions)
    return "" if shut else "the deny policy lets new sessions in"
