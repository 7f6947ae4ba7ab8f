"""AWS itself: services that look after an account, each with a role of its own. Most of what any trail holds."""

from collections.abc import Iterator
from datetime import date

from simulator.chance import Chance
from simulator.days import DAY, HOUR, at
from simulator.habits import Habit, Start
from simulator.scene import Scene, Script
from simulator.world import HOME, Account, World

_LINKED = (
    ("config", "AWSServiceRoleForConfig", "configLambdaExecution"),
    ("access-analyzer", "AWSServiceRoleForAccessAnalyzer", "access-analyzer"),
    ("autoscaling", "AWSServiceRoleForAutoScaling", "AutoScaling"),
    ("ssm", "AWSServiceRoleForAmazonSSM", "StateManagerService"),
    ("guardduty", "AWSServiceRoleForAmazonGuardDuty", "GuardDuty"),
    ("securityhub", "AWSServiceRoleForSecurityHub", "securityhub"),
    ("elasticloadbalancing", "AWSServiceRoleForElasticLoadBalancing", "ELB"),
    ("vpc-flow-logs", "flow-logs", "vpc-flow-logs"),
    ("trustedadvisor", "AWSServiceRoleForTrustedAdvisor", "TrustedAdvisor"),
    ("backup", "AWSServiceRoleForBackup", "AWSBackup"),
)


def habits(world: World) -> Iterator[Habit]:
    """Ten services in every account."""
    for account in world.accounts:
        yield Habit("services", account.name, _Services(world, account).day)


class _Services:
    """The services of one account."""

    def __init__(self, world: World, account: Account) -> None:
        self._world = world
        self._account = account

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """All day."""
        if day >= self._account.born:
            yield Start(at(day, 0) + chance.randrange(600), self._loop)

    def _loop(self, scene: Scene) -> Script:
        chance, end = scene.chance, scene.now + DAY - 600
        while scene.now < end:
            service, name, session = _LINKED[chance.randrange(len(_LINKED))]
            role = self._world.role(self._account, name, f"/aws-service-role/{service}.amazonaws.com/")
            scene.by_service(service, role, session, HOME)
            yield chance.about(HOUR / 7)
