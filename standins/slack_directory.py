"""Slack's methods about the workspace itself: who is who, which channel is which."""

from datetime import datetime
from zoneinfo import ZoneInfo

from standins.block_kit import Json
from standins.slack_arguments import SlackError
from standins.slack_workspace import SlackChannel, SlackUser, Workspace


def auth_test(workspace: Workspace, _args: Json) -> Json:
    """auth.test: who this token is."""
    app = workspace.app
    return {
        "url": f"https://{app.domain}.slack.com/",
        "team": app.team_name,
        "user": app.name,
        "team_id": app.team_id,
        "user_id": app.bot_user,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def channel_info(workspace: Workspace, args: Json) -> Json:
    """conversations.info."""
    if args["channel"] not in workspace.channels:
        raise SlackError("channel_not_found")
    return {"channel": _channel(workspace, workspace.channels[args["channel"]])}


def open_direct(workspace: Workspace, args: Json) -> Json:
    """conversations.open, with one person."""
    user = args.get("users", "")
    if user not in workspace.users:
        raise SlackError("user_not_found", wrong=not user)
    return {"channel": {"id": workspace.direct_channel(user).id}}


def user_info(workspace: Workspace, args: Json) -> Json:
    """users.info."""
    if args["user"] not in workspace.users:
        raise SlackError("user_not_found", wrong=False)
    return {"user": _user(workspace, workspace.users[args["user"]])}


def user_by_email(workspace: Workspace, args: Json) -> Json:
    """users.lookupByEmail."""
    for user in workspace.users.values():
        if user.email.lower() == args["email"].lower():
            return {"user": _user(workspace, user)}
    raise SlackError("users_not_found", wrong=False)


def group_members(workspace: Workspace, args: Json) -> Json:
    """usergroups.users.list."""
    if args["usergroup"] not in workspace.groups:
        raise SlackError("no_such_subteam", wrong=False)
    return {"users": list(workspace.groups[args["usergroup"]].users)}


def _channel(workspace: Workspace, channel: SlackChannel) -> Json:
    if channel.user:
        return {"id": channel.id, "is_im": True, "user": channel.user, "is_archived": False}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_im": False,
        "is_private": False,
        "is_archived": False,
        "is_member": True,
        "context_team_id": workspace.app.team_id,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
    }


def _user(workspace: Workspace, user: SlackUser) -> Json:
    offset = datetime.now(ZoneInfo(user.tz)).utcoffset()
    return {
        "id": user.id,
        "team_id": workspace.app.team_id,
        "name": user.name,
        "deleted": False,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": {
            "real_name": user.real_name,
            "display_name": user.name,
            "email": user.email,
            "team": workspace.app.team_id,
        },
        "is_bot": False,
        "is_app_user": False,
        "updated": 0,
    }
