"""PagerDuty by pdpyras: who is on call, what changed, and how somebody is woken."""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from requests.exceptions import RequestException

from integrations.vendor_answers import refused_by, retry_after_s, unreachable_or_unreadable, without_secrets
from model.enrichment import Change, Person
from model.errors import HopstopError, Malformed

with warnings.catch_warnings():
    # pdpyras is in maintenance and says so on import; its successor would replace this one module.
    warnings.simplefilter("ignore")
    import pdpyras

API_URL = "https://api.pagerduty.com"
EVENTS_URL = "https://events.pagerduty.com"
SDK_ERRORS = (
    pdpyras.PDClientError,
    pdpyras.URLError,
    RequestException,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
)

_VENDOR = "PagerDuty"
_CONNECT_TIMEOUT_S = 3.05
_MOST_ENTRIES = 100
_SUMMARY_LIMIT = 1024  # https://developer.pagerduty.com/docs/send-alert-event, as are the next two
_KEY_LIMIT = 255
_DETAIL_LIMIT = 4000
_SEVERITIES = {"critical": "critical", "high": "error", "medium": "warning", "low": "info"}

Answer = TypeVar("Answer")


class PagerDutyDirectory:
    """The ports OnCall and Changes over REST; without schedules and policies, everyone on call counts."""

    def __init__(
        self,
        api_key: str,
        url: str = API_URL,
        schedules: Iterable[str] = (),
        escalation_policies: Iterable[str] = (),
        timeout_s: float = 10.0,
    ) -> None:
        self._session = _tried_once(pdpyras.APISession(api_key), url, timeout_s)
        self._secret = api_key
        self._schedules = list(schedules)
        self._policies = list(escalation_policies)

    def on_call(self) -> tuple[Person, ...]:
        """Who is on call now, first escalation level first, each person once."""
        return self.on_call_of(self._schedules)

    def on_call_of(self, schedules: Sequence[str]) -> tuple[Person, ...]:
        """The same for these schedules; for all that the key sees where none is named."""
        params: dict[str, Any] = {"include[]": ["users"], "earliest": "true"}
        if schedules:
            params["schedule_ids[]"] = list(schedules)
        if self._policies:
            params["escalation_policy_ids[]"] = self._policies
        found = self._listed("say who is on call", "oncalls", params, lambda item: (_level(item), _person(item)))
        people = [person for _, person in sorted(found, key=lambda item: item[0])]
        return tuple({(person.name, person.email): person for person in reversed(people)}.values())[::-1]

    def changes(self, since: datetime, until: datetime) -> tuple[Change, ...]:
        """Change events in the window, newest first, at most a hundred."""
        params = {"since": _second(since), "until": _second(until + timedelta(seconds=1))}
        return tuple(self._listed("list changes", "change_events", params, _change))

    def _listed(self, doing: str, path: str, params: Mapping[str, Any], read: Callable[[Any], Answer]) -> list[Answer]:
        def listed() -> list[Answer]:
            items = self._session.iter_all(path, params=dict(params), page_size=_MOST_ENTRIES)
            return [read(item) for item in islice(items, _MOST_ENTRIES)]

        return _answer(doing, listed, self._secret)


class PagerDutyPager:
    """The port Pager over Events v2: one key is one page, however often it is sent."""

    def __init__(self, routing_key: str, url: str = EVENTS_URL, timeout_s: float = 10.0) -> None:
        self._session = _tried_once(pdpyras.EventsAPISession(routing_key), url, timeout_s)
        self._secret = routing_key

    def page(self, key: str, summary: str, severity: str, details: dict[str, str], link: str) -> None:
        """Wake whoever is on call; `severity` is OCSF's word, `link` is shown where it is a web address."""
        shown = _sound(summary, _SUMMARY_LIMIT).strip() or "hopstop needs somebody"
        facts = {_sound(name, 100): _sound(value, _DETAIL_LIMIT) for name, value in details.items()}
        self._send(
            "page",
            lambda: self._session.trigger(
                shown,
                "hopstop",
                dedup_key=_key(key),
                severity=_SEVERITIES.get(severity, "error"),
                custom_details=facts,
                links=[{"href": link, "text": "The case"}] if _is_web(link) else None,
            ),
        )

    def resolve(self, key: str) -> None:
        """Close the page with this key; nothing happens where there is none."""
        self._send("close the page", lambda: self._session.resolve(_key(key)))

    def _send(self, doing: str, send: Callable[[], object]) -> None:
        _answer(doing, send, self._secret)


def as_ours(error: BaseException, doing: str, secret: str = "") -> HopstopError:
    """One exception of the SDK as one of ours; the text is one line that holds no credential."""
    response = getattr(error, "response", None)
    if response is None:
        return unreachable_or_unreadable(_VENDOR, doing, error.__cause__ or error)
    why = without_secrets(_why(response), secret)
    status = int(response.status_code)
    if status < 300:
        return unreachable_or_unreadable(_VENDOR, doing, error)
    return refused_by(_VENDOR, doing, status, why, retry_after_s(response.headers))


def _answer(doing: str, ask: Callable[[], Answer], secret: str) -> Answer:
    """What `ask` returns. Its exception is replaced outside the handler, so that ours drags nothing along."""
    try:
        return ask()
    except SDK_ERRORS as error:
        failure = as_ours(error, doing, secret)
    raise failure


def _tried_once(session: Any, url: str, timeout_s: float) -> Any:
    """Left alone, pdpyras tries 429 for ever and others several times; Temporal does the retrying."""
    session.retry = {429: 1}
    session.max_http_attempts = -1
    session.max_network_attempts = 0
    session.timeout = (_CONNECT_TIMEOUT_S, timeout_s)
    session.url = url.rstrip("/")
    return session


def _level(item: Mapping[str, Any]) -> int:
    return int(item.get("escalation_level") or 0)


def _person(item: Mapping[str, Any]) -> Person:
    user, schedule, end = item["user"], item.get("schedule") or {}, item.get("end")
    return Person(
        name=user.get("name") or user.get("summary") or user["id"],
        email=user.get("email") or "",
        schedule=schedule.get("summary") or "",
        until=datetime.fromisoformat(end) if end else None,
    )


def _change(item: Mapping[str, Any]) -> Change:
    links = [each.get("href") or "" for each in item.get("links") or ()]
    return Change(
        summary=item.get("summary") or "(no summary)",
        source=item.get("source") or _VENDOR,
        at=datetime.fromisoformat(item["timestamp"]),
        link=next(filter(_is_web, links), ""),
    )


def _why(response: Any) -> str:
    """The vendor's own words, in the error shape of REST or of events; empty where there are none."""
    try:
        body = response.json()
    except ValueError:
        return ""
    inner = body.get("error", body) if isinstance(body, dict) else {}
    if not isinstance(inner, dict):
        return ""
    errors = inner.get("errors")
    listed = [str(each) for each in errors] if isinstance(errors, list) else []
    return ", ".join(listed) or str(inner.get("message") or "")


def _key(key: str) -> str:
    if not key or len(key) > _KEY_LIMIT:
        raise Malformed(f"a page's key is 1 to {_KEY_LIMIT} characters long, not {len(key)}")
    return key


def _sound(text: str, limit: int) -> str:
    """`text` that any JSON reader takes: no lone surrogates, at most `limit` characters."""
    return text.encode("utf-8", "replace").decode()[:limit]


def _second(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_web(link: str) -> bool:
    return link.startswith(("http://", "https://"))
