"""The Slack app that hopstop needs, as Slack's own manifest: create the app with it, and nothing is left to click."""

import json
from typing import Any
from urllib.parse import quote

CREATE = "https://api.slack.com/apps?new_app=1&manifest_json="

# Each scope with what it is for; anything more would be more than hopstop may do.
SCOPES = {
    "channels:history": "find the case's message again after a lost answer, in public channels",
    "chat:write": "post and update the case's message, its thread, private answers",
    "files:write": "show the chain as a picture in the case's thread",
    "groups:history": "the same in private channels",
    "im:history": "the same in direct messages",
    "im:write": "ask somebody by direct message whether it was them",
    "usergroups:read": "who is in the groups that may decide",
    "users:read": "what people are called",
    "users:read.email": "who in Slack is on call in PagerDuty",
}


def manifest(name: str = "hopstop") -> dict[str, Any]:
    """The manifest; the app is called `name`."""
    return {
        "display_information": {
            "name": name,
            "description": "Asks before it cuts off identities that hop between AWS accounts",
            "background_color": "#16324f",
        },
        "features": {"bot_user": {"display_name": name, "always_online": True}},
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }


def create_link(made: dict[str, Any]) -> str:
    """The page of Slack that creates the app with everything filled in."""
    return CREATE + quote(json.dumps(made, separators=(",", ":")), safe="")
