"""Findings to an HTTPS collector: activities.ports.Siem."""

import json
from typing import Any

import requests
from requests.exceptions import RequestException

from integrations.vendor_answers import (
    refused_by,
    retry_after_s,
    unreachable_or_unreadable,
    without_secrets,
)
from model.errors import HopstopError

_VENDOR = "the SIEM"
_DOING = "take a finding"
_CONNECT_TIMEOUT_S = 3.05


class SiemHttps:
    """POSTs each event as JSON. `token` goes into the header Authorization behind `scheme` (Bearer, Splunk);
    with `wrapped` the body is `{"event": …}`, as Splunk's collector takes it. Redirects are not followed."""

    def __init__(self, url: str, token: str, scheme: str, *, wrapped: bool = False, timeout_s: float = 10.0) -> None:
        self._url = url
        self._token = token
        self._scheme = scheme
        self._wrapped = wrapped
        self._timeout_s = timeout_s

    def send(self, event: dict[str, Any]) -> None:
        """Send the event once; any answer from 200 to 299 is a yes."""
        body = json.dumps({"event": event} if self._wrapped else event, separators=(",", ":"))
        headers = {"Content-Type": "application/json", **self._authorization()}
        failure: HopstopError | None = None
        try:
            answer = requests.post(
                self._url,
                data=body,
                headers=headers,
                timeout=(_CONNECT_TIMEOUT_S, self._timeout_s),
                allow_redirects=False,
            )
            if not 200 <= answer.status_code < 300:
                why = without_secrets(answer.text[:200], self._token)
                failure = refused_by(_VENDOR, _DOING, answer.status_code, why, retry_after_s(answer.headers))
        except (RequestException, ValueError) as error:
            failure = unreachable_or_unreadable(_VENDOR, _DOING, error)
        if failure is not None:
            raise failure

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"{self._scheme} {self._token}"} if self._token else {}
