"""The organisation as its people would describe it, in TOML: accounts, vendors, documented trust, who was on call.

Not all that is ordinary is documented: a third of what functions read elsewhere is not, nor what engineers do by hand.
"""

from collections.abc import Iterator
from datetime import timedelta

from simulator.chance import Chance
from simulator.days import DAY, ZONES, at, stamp
from simulator.life_changes import Changes
from simulator.life_scanners import MONITORING, vendor_account
from simulator.life_workloads import readings
from simulator.world import World

_TIERS = {"prod": "critical", "management": "critical", "security": "critical", "tools": "critical"}


def organization(world: World) -> str:
    """What `--organization` reads."""
    return "\n".join(
        (
            *_head(world),
            *_accounts(world),
            "[vendors]",
            f'"{vendor_account(world, MONITORING)}" = "Monitoring"',
            "",
            *_trust(world),
            *_duties(world),
        )
    )


def _head(world: World) -> Iterator[str]:
    yield f'org_id = "{world.org_id}"'
    yield f'management_account = "{world.management.id}"'
    yield f'time_zone = "{ZONES[0]}"'
    yield ""
    yield "[time_zones]"
    yield from (f'"{person.mail}" = "{person.zone}"' for person in world.people if person.zone != ZONES[0])
    yield ""


def _accounts(world: World) -> Iterator[str]:
    for account in world.accounts:
        yield f'[accounts."{account.id}"]'
        told = (
            ("name", account.name),
            ("ou", account.ou),
            ("environment", account.environment),
            ("business_unit", account.unit),
            ("tier", _TIERS.get(account.environment, "standard")),
        )
        yield from (f'{name} = "{value}"' for name, value in told)
        yield ""


def _trust(world: World) -> Iterator[str]:
    end = stamp(world.end + 90 * DAY)
    for source, target in _documented(world):
        yield from ("[[trust]]", f'from = "{source}"', f'to = "{target}"', "")
    source, target = Changes(world).integration
    yield from ("[[trust]]", f'from = "{source}"', f'to = "{target}"', f"until = {end}", "")


def _documented(world: World) -> Iterator[tuple[str, str]]:
    tools, security = world.tools.id, world.security.id
    everywhere = "arn:aws:iam::*:role"
    for name in ("deploy", "terraform-apply"):
        yield f"arn:aws:iam::{tools}:role/*", f"{everywhere}/{name}"
    yield f"arn:aws:iam::{security}:role/posture-scanner", f"{everywhere}/SecurityAudit"
    yield f"arn:aws:iam::{world.management.id}:role/asset-inventory", f"{everywhere}/InventoryRole"
    yield f"arn:aws:iam::{world.management.id}:role/account-factory", f"{everywhere}/AccountFactoryExecution"
    yield vendor_account(world, MONITORING), f"{everywhere}/VendorMonitoring"
    yield world.user(tools, "vendor-scan").arn, f"{everywhere}/VendorSupport"
    yield f"{everywhere}/web-node", f"arn:aws:iam::{tools}:role/config-reader"
    for reader, read in readings(world):
        if Chance.of(world.seed, "documented", reader.arn).happens(0.65):
            yield reader.arn, read.arn


def _duties(world: World) -> Iterator[str]:
    held: dict[str, tuple[str, int, int]] = {}
    done: list[tuple[str, int, int]] = []
    for number in range(-1, world.days + 1):
        day = world.first + timedelta(days=number)
        for person in world.on_call(day):
            since, until = at(day, 9, person.zone), at(day + timedelta(days=1), 9, person.zone)
            before = held.get(person.mail)
            if before is not None and before[2] == since:
                held[person.mail] = (person.mail, before[1], until)
                continue
            if before is not None:
                done.append(before)
            held[person.mail] = (person.mail, since, until)
    for mail, since, until in sorted([*done, *held.values()], key=lambda duty: (duty[1], duty[0])):
        yield from ("[[on_call]]", f'person = "{mail}"', f"from = {stamp(since)}", f"until = {stamp(until)}", "")
