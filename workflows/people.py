"""What a case keeps before people's eyes: the Slack message, the ticket, the page, and the Temporal page itself."""

import asyncio
from collections.abc import Callable
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.people import Asking, CardUpdate, Paging, PersonCard, Ticketing, TicketLink, TicketUpdate, Whisper
from model.approval import ANSWERS, Approvers, Judged, Verb
from model.ask import ask_of
from model.card import Card, Posted
from model.case import CaseState, CaseView
from model.notice import Page, TicketDraft
from model.person_card import person_card_of
from model.render import card_of, case_link, page_of, ticket_of
from model.text import code
from workflows.outside import Keeper, Shower, all_settled, persist
from workflows.page import Shown
from workflows.picture import show_pictures
from workflows.record import CaseRecord
from workflows.siem import Feed
from workflows.steps import LAST_WORD, QUICK, patience
from workflows.thread import Thread


class People:
    """Keeps every outside view of one case up to date, each on its own: a silent one holds up no other."""

    def __init__(self, record: CaseRecord) -> None:
        self._record = record
        self._posted: Posted | None = None
        self._known_approvers: Approvers | None = None
        self._person = ""
        self._asked_person: Posted | None = None
        self._answer: Verb | None = None
        self._paged: str | None = None
        self._escalated = ""
        self._resolved = False
        self._ticketed = False
        self._told: tuple[object, ...] = ()
        self._keepers: list[Shower] = [Keeper[CaseView](record, record.view, Shown(record.settings).show)]
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to show the case, in every system that is configured."""
        if "slack" in self._record.settings.systems:
            self._start_slack()
        if "pagerduty" in self._record.settings.systems:
            self._keepers.append(Keeper[Page | str](self._record, self._page, self._show_page))
        if "jira" in self._record.settings.systems:
            self._keepers.append(Keeper[TicketDraft](self._record, self._ticket, self._show_ticket))
        if "siem" in self._record.settings.systems:
            self._keepers.append(Feed(self._record))
        for absent in sorted({"slack", "pagerduty", "jira"} - {*self._record.settings.systems}):
            self._record.say(f"{_NAMES[absent]} is not configured: the case goes on without it")
        for keeper in self._keepers:
            self.spawn(keeper.run())

    def _start_slack(self) -> None:
        self._keepers.append(Keeper[Card](self._record, self._card, self._show_card))
        if workflow.patched("thread"):
            thread = Thread(self._record, lambda: self._posted, lambda: self.approvers)
            self._keepers.append(thread)
            self.spawn(thread.remind())
        if workflow.patched("picture"):
            self.spawn(show_pictures(self._record, lambda: self._posted))

    def spawn(self, work: Any) -> None:
        """Let something run beside the case."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def open_ticket(self) -> None:
        """Keep a ticket from now on."""
        self._ticketed = True
        self._record.changes += 1

    def page(self, why: str) -> None:
        """Wake whoever is on call."""
        self._paged, self._resolved = why, False
        self._record.say(f"page: {why}")

    def stand_down(self, why: str) -> None:
        """Let whoever was woken sleep again."""
        if self._paged is not None:
            self._resolved = True
            self._record.say(f"page resolved: {why}")

    async def finish(self, outgrown: Callable[[], bool]) -> tuple[str, ...]:
        """Wait until everybody has seen the last word, or until it is no longer the last; who has not seen it."""
        settled = await all_settled(self._keepers, LAST_WORD, outgrown)
        return () if settled else tuple(self._record.troubles)

    def stop(self) -> None:
        """Show nothing more."""
        for task in tuple(self._tasks):
            task.cancel()

    def ask_person(self, user: str) -> None:
        """Ask one person by direct message whether it was them, once a case; `user` is their Slack id.

        `person_said` is None until they answer. Without Slack nobody is asked, and that is said.
        """
        if "slack" not in self._record.settings.systems:
            self._record.say("nobody can be asked whether it was them: Slack is not configured")
        elif not self._person:
            self._person = user
            self._record.say(f"asked {code(user, 20)} by direct message: was this you?")
            keeper = Keeper(self._record, self._person_card, self._show_person_card)
            self._keepers.append(keeper)
            self.spawn(keeper.run())

    @property
    def person(self) -> str:
        """The Slack id of whoever is asked "was this you?"; empty while nobody is."""
        return self._person

    @property
    def person_said(self) -> Verb | None:
        """What they answered: Verb.MINE or Verb.NOT_MINE."""
        return self._answer

    @property
    def open_answers(self) -> tuple[Verb, ...]:
        """What the person may still answer."""
        return ANSWERS if self._person and self._answer is None else ()

    def heard(self, answer: Verb) -> None:
        """The person answered; the first word counts."""
        self._answer = self._answer or answer
        self._record.changes += 1

    def ask_anew(self) -> None:
        """Find out again who may decide, before the next card is shown."""
        self._known_approvers = None

    @property
    def approvers(self) -> Approvers:
        """Who may decide: what Slack said, and until then what settings alone say."""
        approvals = self._record.approvals
        plain = Approvers(users=approvals.users, team=approvals.team, said="those whom settings name")
        return self._known_approvers or plain

    async def _find_approvers(self) -> None:
        approvals = self._record.approvals
        found = await persist(
            self._record,
            "Slack",
            lambda retry: workflow.execute_activity_method(
                Asking.approvers,
                approvals,
                **patience(retry),
                summary=f"{len(approvals.users)} named, {len(approvals.groups)} groups",
            ),
        )
        self._known_approvers = None if isinstance(found, str) else found

    def answer(self, judged: Judged) -> None:
        """Tell the clicker, privately, what became of the click."""
        if judged.click.source == "slack" and judged.click.channel:
            self.spawn(self._whisper(judged))

    async def _whisper(self, judged: Judged) -> None:
        click = judged.click
        word = "Recorded" if judged.accepted else "Not done"
        try:
            await workflow.execute_activity_method(
                Asking.whisper,
                Whisper(channel=click.channel or "", user=click.user, text=f"{word}: {judged.why}."),
                **patience(QUICK),
                summary="accepted" if judged.accepted else "refused",
            )
        except ActivityError:
            self._record.say("Slack: the answer to a click could not be delivered")

    def _card(self) -> Card:
        view, settings = self._record.view(), self._record.settings
        return ask_of(view, settings) if workflow.patched("ask") else card_of(view, settings)

    async def _show_card(self, card: Card) -> None:
        if self._known_approvers is None:
            # Before the card: whoever clicks it first must meet a gate that knows who may decide.
            await self._find_approvers()
        posted = self._posted
        if posted is None:
            result = await persist(
                self._record,
                "Slack",
                lambda retry: workflow.execute_activity_method(
                    Asking.post, card, **patience(retry), summary=f"ask: {card.state}"
                ),
            )
            self._posted = None if isinstance(result, str) else result
            return
        change = CardUpdate(posted=posted, card=card)
        await persist(
            self._record,
            "Slack",
            lambda retry: workflow.execute_activity_method(
                Asking.update, change, **patience(retry), summary=f"show: {card.state}"
            ),
        )

    def _person_card(self) -> Card:
        words = {Verb.MINE: "it was you", Verb.NOT_MINE: "it was not you"}
        return person_card_of(self._record.view(), words[self._answer] if self._answer else "")

    async def _show_person_card(self, card: Card) -> None:
        if self._known_approvers is None:
            await self._find_approvers()
        if self._asked_person is None:
            question = PersonCard(user=self._person, card=card)
            result = await persist(
                self._record,
                "Slack",
                lambda retry: workflow.execute_activity_method(
                    Asking.ask_person, question, **patience(retry), summary="was this you?"
                ),
            )
            self._asked_person = None if isinstance(result, str) else result
            return
        change = CardUpdate(posted=self._asked_person, card=card)
        await persist(
            self._record,
            "Slack",
            lambda retry: workflow.execute_activity_method(
                Asking.update, change, **patience(retry), summary=f"their question: {card.state}"
            ),
        )

    def _page(self) -> Page | str | None:
        if self._paged is None:
            return None
        if self._resolved:
            return self._key
        page = page_of(self._record.view(), self._record.settings, self._paged)
        if not self._is_unheard() or not workflow.patched("escalation"):
            return page
        # Whoever has acknowledged the first page is not woken by more of it: silence is a page of its own.
        self._escalated = f"{self._key}:unanswered"
        return page.model_copy(update={"key": self._escalated})

    def _is_unheard(self) -> bool:
        decision = self._record.decision
        return decision is not None and decision.outcome == "expired" and self._record.route.silence == "escalate"

    @property
    def _key(self) -> str:
        return f"{self._record.id}:{self._record.run}"

    async def _show_page(self, page: Page | str) -> None:
        if isinstance(page, str):
            await self._resolve(page)
            if self._escalated:
                await self._resolve(self._escalated)
            return
        result = await persist(
            self._record,
            "PagerDuty",
            lambda retry: workflow.execute_activity_method(
                Paging.page, page, **patience(retry), summary=self._paged or "page"
            ),
        )
        if not isinstance(result, str) and page.key != self._escalated:
            self._record.page = page.key

    async def _resolve(self, key: str) -> None:
        await persist(
            self._record,
            "PagerDuty",
            lambda retry: workflow.execute_activity_method(
                Paging.resolve, key, **patience(retry), summary="decided, or over"
            ),
        )

    def _ticket(self) -> TicketDraft | None:
        if not self._ticketed:
            return None
        if self._record.ticket is not None and (self._record.state in PASSING or self._told == self._state()):
            return None
        return ticket_of(self._record.view(), self._record.settings)

    def _state(self) -> tuple[object, ...]:
        """What a ticket must follow: states, and what people decided. Each line of the story would be too much."""
        record = self._record
        known = record.enrichment is not None and record.enrichment.on_call != ()
        return (record.state, record.closed, record.decision, known, len(record.findings))

    async def _show_ticket(self, draft: TicketDraft) -> None:
        key, self._told = self._record.ticket, self._state()
        if key is None:
            await self._open_ticket(draft)
            return
        change = TicketUpdate(key=key, description=draft.description, resolved=self._is_done)
        await persist(
            self._record,
            "Jira",
            lambda retry: workflow.execute_activity_method(
                Ticketing.update, change, **patience(retry), summary=f"{key}: {self._record.state}"
            ),
        )

    @property
    def _is_done(self) -> bool:
        """Whether the ticket may be resolved: not where it is all that is left of a question nobody answered."""
        record = self._record
        left = record.state is CaseState.EXPIRED and record.route.silence == "ticket"
        return record.closed and not left

    async def _open_ticket(self, draft: TicketDraft) -> None:
        opened = await persist(
            self._record,
            "Jira",
            lambda retry: workflow.execute_activity_method(
                Ticketing.open, draft, **patience(retry), summary="one for this run"
            ),
        )
        if not isinstance(opened, str):
            self._record.ticket, self._record.ticket_link = opened.key, opened.link
            self._record.say(f"ticket {opened.key}")
            await self._link_ticket(draft.label, opened.key)

    async def _link_ticket(self, identity: str, key: str) -> None:
        """The case's page from the ticket: apart from opening it, so that a lost answer never opens another."""
        settings = self._record.settings
        if not settings.temporal_ui or not workflow.patched("ticket-link"):
            return
        url = case_link(self._record.id, settings)
        link = TicketLink(key=key, identity=identity, title="The case in Temporal", url=url)
        await persist(
            self._record,
            "Jira",
            lambda retry: workflow.execute_activity_method(
                Ticketing.link, link, **patience(retry), summary=f"{key}: the case's page"
            ),
        )


PASSING = frozenset({CaseState.CONTAINING, CaseState.LIFTING})
"""States that last moments: a ticket is not rewritten for them."""

_NAMES = {"slack": "Slack", "pagerduty": "PagerDuty", "jira": "Jira"}
