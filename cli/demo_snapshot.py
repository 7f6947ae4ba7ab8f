"""IAM of the demo's accounts, kept as `hopstop trust graph --live --keep` keeps it: what the case calls in reach."""

import json
from pathlib import Path

from cli.demo_aws import BEYOND, Stage
from cli.demo_organization import ACCOUNTS


def keep_snapshot(stage: Stage, folder: Path) -> None:
    """Write each account's authorization details into a folder."""
    folder.mkdir()
    for account in (*ACCOUNTS, *BEYOND):
        details = dict(stage.root("iam", account).get_account_authorization_details())
        del details["ResponseMetadata"]
        (folder / f"{account}.json").write_text(json.dumps(details, default=str), "utf-8")
