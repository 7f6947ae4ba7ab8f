"""Slack's views.* methods: modals."""

from standins.block_kit import Json, view_flaws
from standins.slack_arguments import SlackError
from standins.slack_workspace import View, Workspace, kept_blocks


def open_view(workspace: Workspace, args: Json) -> Json:
    """views.open: needs a trigger id that is under three seconds old and was not used."""
    checked(args["view"])
    user, error = workspace.take_trigger(args.get("trigger_id", ""))
    if user is None:
        raise SlackError(error)
    return {"view": rendered_view(workspace.put_view(user, kept(args["view"])), workspace)}


def update_view(workspace: Workspace, args: Json) -> Json:
    """views.update, by the view's id or by its external id."""
    checked(args["view"])
    view = _find(workspace, args)
    if args.get("hash", view.hash) != view.hash:
        raise SlackError("hash_conflict", wrong=False)
    return {"view": rendered_view(workspace.put_view(view.user, kept(args["view"]), view.id), workspace)}


def checked(view: object) -> None:
    """Nothing when Slack would take the modal; SlackError says why not."""
    if flaws := view_flaws(view):
        raise SlackError("invalid_arguments", tuple(flaws))


def kept(view: Json) -> Json:
    """A modal as Slack keeps it: its blocks have ids."""
    return {**view, "blocks": list(kept_blocks(view["blocks"]))}


def rendered_view(view: View, workspace: Workspace, values: Json | None = None) -> Json:
    """A modal as Slack's API gives it back; `values` are what the person filled in."""
    app = workspace.app
    return {
        "submit": None,
        "close": None,
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        **view.body,
        "id": view.id,
        "team_id": app.team_id,
        "state": {"values": values or {}},
        "hash": view.hash,
        "previous_view_id": None,
        "root_view_id": view.id,
        "app_id": app.id,
        "app_installed_team_id": app.team_id,
        "bot_id": app.bot_id,
    }


def _find(workspace: Workspace, args: Json) -> View:
    for view in workspace.views.values():
        named = args.get("external_id") and view.body.get("external_id") == args["external_id"]
        if view.open and (view.id == args.get("view_id") or named):
            return view
    raise SlackError("not_found", wrong=False)
