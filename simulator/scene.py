"""What an actor can do at one moment: every act becomes the records that AWS would write of it."""

from collections.abc import Callable, Generator
from typing import TypeAlias

from simulator.chance import Chance
from simulator.days import expiration, stamp
from simulator.principals import Caller, Json, Place, Role, User, by_role, by_user
from simulator.records import (
    CONSOLE,
    STS,
    Asked,
    Moment,
    assumed,
    by_saml,
    by_service,
    by_web,
    denied,
    record,
    refused,
    switched,
)

Script: TypeAlias = Generator[float, None, None]
"""What somebody does, one thing after another: it yields the seconds until the next."""
Tell: TypeAlias = Callable[[int, Json], None]
SSO_PROVIDER = "AWSSSO_0a1b2c3d4e5f6071_DO_NOT_DELETE"


class Scene:
    """One script's clock, chance and pen. `told` has the ids of all its records."""

    def __init__(self, name: str, chance: Chance, tell: Tell, *, data_events: bool = False) -> None:
        self.name = name
        self.chance = chance
        self.now = 0
        self.told: list[str] = []
        self.data_events = data_events
        self._tell = tell

    def call(
        self,
        caller: Caller,
        action: str,
        place: Place,
        *,
        request: Json | None = None,
        response: Json | None = None,
        error: str = "",
    ) -> None:
        """One call of `service:Name`; `error` is the ARN that was refused."""
        service, name = action.split(":")
        seen = record(self._moment(place), f"{service}.amazonaws.com", name, caller.told, caller.account)
        seen |= {"requestParameters": request, "responseElements": response}
        self._write(refused(seen, caller, action, error) if error else seen)

    def data(self, caller: Caller, action: str, place: Place, request: Json) -> None:
        """A data event: told of only where the trail has them."""
        if self.data_events:
            self.call(caller, action, place, request=request)

    def assume(
        self,
        caller: Caller,
        role: Role,
        session: str,
        place: Place,
        *,
        duration: int | None = 3600,
        source_identity: str | None = None,
        external_id: str | None = None,
    ) -> Caller:
        """AssumeRole; the session that it made. Durations in seconds; None: what the role says."""
        wish = Asked(role, session, duration, source_identity, external_id)
        key = self.chance.key()
        self._write(*assumed(self._moment(place), caller, wish, key))
        extra = {"sourceIdentity": wish.source_identity} if wish.source_identity else None
        return by_role(role, session, key, stamp(self.now), caller.hops, extra)

    def denied(self, caller: Caller, role: Role, session: str, place: Place) -> None:
        """AssumeRole of a role that will not have them, or that does not exist."""
        self._write(*denied(self._moment(place), caller, Asked(role, session)))

    def sign_in(self, mail: str, role: Role, place: Place) -> Caller:
        """Somebody opens an account in Identity Center's portal."""
        key = self.chance.key()
        asked = Asked(role, mail, 43_200)
        self._write(by_saml(self._moment(place), mail, asked, key, SSO_PROVIDER))
        return by_role(role, mail, key, stamp(self.now), ())

    def by_web(self, provider: str, subject: str, role: Role, session: str, place: Place) -> Caller:
        """A workload outside AWS trades its token for a session."""
        key = self.chance.key()
        self._write(by_web(self._moment(place), provider, subject, Asked(role, session), key))
        arn = f"arn:aws:iam::{role.account}:oidc-provider/{provider}"
        federated = {"webIdFederationData": {"federatedProvider": arn, "attributes": {}}}
        return by_role(role, session, key, stamp(self.now), (), federated)

    def by_service(self, service: str, role: Role, session: str, region: str) -> Caller:
        """AWS starts a session of a role for a function, an instance or a task."""
        key = self.chance.key()
        host = f"{service}.amazonaws.com"
        moment = self._moment(Place(host, host, region))
        self._write(by_service(moment, host, Asked(role, session), key))
        extra: Json | None = {"ec2RoleDelivery": "2.0"} if service == "ec2" else None
        return by_role(role, session, key, stamp(self.now), (), extra)

    def switch(self, caller: Caller, role: Role, place: Place) -> Caller:
        """A role switch in the console, whose later calls carry yet another key."""
        session = caller.told["arn"].rsplit("/", 1)[1]
        made = by_role(role, session, self.chance.key(), stamp(self.now), caller.hops)
        self._write(*switched(self._moment(place), caller, made))
        return made

    def login(self, caller: Caller, place: Place, *, mfa: bool = True) -> None:
        """A user signs in to the console."""
        kept = ("type", "principalId", "arn", "accountId", "userName")
        told = {name: caller.told[name] for name in kept if name in caller.told}
        seen = record(self._moment(place), CONSOLE, "ConsoleLogin", told, caller.account)
        extra = {"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No"}
        said = {"additionalEventData": extra | {"MFAUsed": "Yes" if mfa else "No"}}
        done = {"eventType": "AwsConsoleSignIn", "responseElements": {"ConsoleLogin": "Success"}}
        self._write(seen | said | done | {"readOnly": False})

    def session_token(self, user: User, place: Place) -> Caller:
        """A user trades the long-term key for a temporary one."""
        key = self.chance.key()
        seen = record(self._moment(place), STS, "GetSessionToken", by_user(user).told, user.account)
        request = {"durationSeconds": 43_200, "serialNumber": f"arn:aws:iam::{user.account}:mfa/{user.name}"}
        self._write(seen | {"requestParameters": request, "responseElements": self._key(key, 43_200)})
        return by_user(user, key, stamp(self.now))

    def federation_token(self, user: User, name: str, place: Place) -> Caller:
        """A user makes a federated user of any name."""
        key = self.chance.key()
        arn = f"arn:aws:sts::{user.account}:federated-user/{name}"
        seen = record(self._moment(place), STS, "GetFederationToken", by_user(user).told, user.account)
        federated = {"federatedUserId": f"{user.account}:{name}", "arn": arn}
        answer = self._key(key, 129_600) | {"federatedUser": federated, "packedPolicySize": 4}
        self._write(
            seen | {"requestParameters": {"name": name, "durationSeconds": 129_600}, "responseElements": answer}
        )
        issuer = {"type": "IAMUser", "principalId": user.id, "arn": user.arn, "accountId": user.account}
        told: Json = {
            "type": "FederatedUser",
            "principalId": f"{user.account}:{name}",
            "arn": arn,
            "accountId": user.account,
            "accessKeyId": key,
            "sessionContext": {
                "sessionIssuer": issuer | {"userName": user.name},
                "attributes": {"creationDate": stamp(self.now), "mfaAuthenticated": "false"},
            },
        }
        return Caller(user.account, f"{user.account}:{name}", told, key, (user.arn, arn))

    def assume_root(self, caller: Caller, account: str, place: Place, task: str) -> Caller:
        """The management account enters a member account as its root."""
        key, root = self.chance.key(), f"arn:aws:iam::{account}:root"
        seen = record(self._moment(place), STS, "AssumeRoot", caller.told, caller.account)
        policy = {"arn": f"arn:aws:iam::aws:policy/root-task/{task}"}
        request = {"targetPrincipal": account, "taskPolicyArn": policy, "durationSeconds": 900}
        self._write(seen | {"requestParameters": request, "responseElements": self._key(key, 900)})
        context = {"attributes": {"creationDate": stamp(self.now), "mfaAuthenticated": "false"}, "assumedRoot": "true"}
        told = {
            "type": "Root",
            "principalId": account,
            "arn": root,
            "accountId": account,
            "accessKeyId": key,
            "sessionContext": context,
        }
        return Caller(account, account, told, key, (*caller.hops, root))

    def write(self, seen: Json) -> None:
        """A record of another shape, made by `record`."""
        self._write(seen)

    def moment(self, place: Place) -> Moment:
        """Now, for `record`."""
        return self._moment(place)

    def _key(self, key: str, lasts: int) -> Json:
        credentials = {"accessKeyId": key, "sessionToken": "HIDDEN_DUE_TO_SECURITY_REASONS"}
        return {"credentials": credentials | {"expiration": expiration(self.now + lasts)}}

    def _moment(self, place: Place) -> Moment:
        return Moment(self.now, place, self.chance)

    def _write(self, *seen: Json) -> None:
        for each in seen:
            self.told.append(each["eventID"])
            self._tell(self.now, each)
