"""Deny documents in few words."""

from datetime import datetime

from model.containment_documents import Denial, denial_of, document_of

EVERYTHING = document_of(Denial())
SESSION = "AROAEXAMPLE:anybody"


def revoke(cut: datetime) -> str:
    """What revokes a role's sessions."""
    return document_of(Denial(cut=cut))


def cut_of(document: str) -> datetime | None:
    """The time that a document of ours carries."""
    denial = denial_of(document)
    assert denial is not None
    return denial.cut


def denied(document: str, issued: datetime, session: str = SESSION) -> bool:
    """Whether a document of ours denies a session; somebody else's denies nothing."""
    denial = denial_of(document)
    return denial is not None and denial.denies(session, issued)
