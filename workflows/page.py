"""The Temporal page of a case: search attributes and current details."""

from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from model.ask import ask_of
from model.case import CaseView
from model.render import story
from model.settings import CaseSettings
from model.text import clean, shortened

STATE = SearchAttributeKey.for_keyword("CaseState")
PRINCIPAL = SearchAttributeKey.for_keyword("CasePrincipal")
DETECTION = SearchAttributeKey.for_keyword("CaseDetection")
DECISION = SearchAttributeKey.for_keyword("CaseDecision")
DECIDED_BY = SearchAttributeKey.for_keyword("CaseDecidedBy")
TICKET = SearchAttributeKey.for_keyword("CaseTicket")
PLAYBOOK = SearchAttributeKey.for_keyword("CasePlaybook")
SEVERITY = SearchAttributeKey.for_int("CaseSeverity")
DEADLINE = SearchAttributeKey.for_datetime("CaseDeadline")
ACCOUNTS = SearchAttributeKey.for_keyword_list("CaseAccounts")

SEARCH_ATTRIBUTES: tuple[SearchAttributeKey[Any], ...] = (
    STATE,
    PRINCIPAL,
    DETECTION,
    DECISION,
    DECIDED_BY,
    TICKET,
    PLAYBOOK,
    SEVERITY,
    DEADLINE,
    ACCOUNTS,
)
"""All of them: a namespace needs each before the first case, else cases stall."""

KEYWORD = 200
"""Characters of a keyword; 2,048 bytes is where the server gives up."""

DETAILS = 3_900
"""Bytes of the page's details; the UI's own limit is 4 kB."""

LINE = 1_000
"""Bytes of one line: a cut in the middle of the whole would leave a code span open."""

MEMO_LINE = 600
"""Characters of one entry of the memo."""

BREAK = "  \n"


def attributes_of(view: CaseView) -> list[SearchAttributeUpdate[Any]]:
    """Everything by which a case can be found."""
    finding, decision = view.finding, view.decision
    updates: list[SearchAttributeUpdate[Any]] = [
        STATE.value_set(view.state),
        PRINCIPAL.value_set(clean(finding.origin.arn or finding.origin.key, KEYWORD)),
        DETECTION.value_set(",".join(finding.detectors)[:KEYWORD]),
        PLAYBOOK.value_set(view.playbook),
        SEVERITY.value_set(finding.severity.number),
        ACCOUNTS.value_set(sorted({*finding.source_accounts, *finding.target_accounts})[:20]),
        DECISION.value_set(decision.outcome) if decision else DECISION.value_unset(),
        DECIDED_BY.value_set(clean(decision.by, KEYWORD)) if decision else DECIDED_BY.value_unset(),
        TICKET.value_set(view.ticket) if view.ticket else TICKET.value_unset(),
        DEADLINE.value_set(view.deadline) if view.deadline else DEADLINE.value_unset(),
    ]
    return updates


def details_of(view: CaseView, settings: CaseSettings) -> str:
    """The story as Markdown; where it is too long, the oldest lines of the log go first, then the last of the rest."""
    lines = [shortened(line, LINE) for line in story(view, settings)]
    head, log = lines[: -len(view.log) or None], lines[len(lines) - len(view.log) :]
    while _size(head, log) > DETAILS:
        head, log = (head, log[1:]) if log else (head[:-1], log)
    return BREAK.join((*head, *log))


def memo_of(view: CaseView, settings: CaseSettings) -> dict[str, str]:
    """What has to be found also while no worker runs, when the page's details are empty; no line of the log, so that
    it changes with the case's state and not with each word."""
    card, decision = ask_of(view, settings), view.decision
    facts = {
        "State": f"{view.state.replace('_', ' ')}. {card.question}",
        "Finding": view.finding.message,
        **dict(card.facts),
        "Plan": f"{view.plan.hash}: {'; '.join(action.effect for action in view.plan.actions)}" if view.plan else "",
        "Deadline": f"{view.deadline:%Y-%m-%d %H:%M:%S} UTC" if view.deadline else "",
        "Decision": f"{decision.outcome} by {decision.by}, {decision.at:%H:%M:%S} UTC" if decision else "",
        "Contained": ", ".join(done.target for done in view.containments if done.contained),
        "Not contained": ", ".join(f"{done.target}: {done.why}" for done in view.containments if not done.contained),
        "Ticket": view.ticket_link or view.ticket or "",
        "Page": view.page or "",
    }
    return {name: clean(text.replace("`", ""), MEMO_LINE) for name, text in facts.items() if text}


def _size(head: list[str], log: list[str]) -> int:
    return len(BREAK.join((*head, *log)).encode())


class Shown:
    """Writes only what changed: every upsert is an event of the history."""

    def __init__(self, settings: CaseSettings) -> None:
        self._settings = settings
        self._attributes: list[SearchAttributeUpdate[Any]] = []
        self._memo: dict[str, str] = {}

    async def show(self, view: CaseView) -> None:
        """Bring the page up to date."""
        workflow.set_current_details(details_of(view, self._settings))
        wanted = attributes_of(view)
        fresh = [update for update in wanted if update not in self._attributes]
        if fresh:
            workflow.upsert_search_attributes(fresh)
            self._attributes = wanted
        self._remember(memo_of(view, self._settings))

    def _remember(self, facts: dict[str, str]) -> None:
        if facts != self._memo and workflow.patched("memo"):
            workflow.upsert_memo({name: facts.get(name) for name in {**self._memo, **facts}})
            self._memo = facts
