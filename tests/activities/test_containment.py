from datetime import timedelta

import pytest

from activities.containment import Containing, ContainRequest, Lifted, LiftRequest
from model.containment import Action, policy_name
from model.containment_planner import plan_containment
from model.errors import HopstopError, NotFound, Refused, Unavailable, WrongTarget
from model.own import TAG
from model.principal_state import InlinePolicy
from model.settings import Budget, Guard
from tests.model.denials import EVERYTHING, cut_of, denied
from tests.workflows.attack import IDS, ROLES, USER, finding, iam
from tests.workflows.fakes import T0, PaperIam, PaperSwitch

ROLE = ROLES[1]
CASE, RUN = "case:ana:111111111111:0123abcd", "run12345"
POLICY = policy_name(CASE, RUN)
SECOND = timedelta(seconds=1)
FOREIGN = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'


class World:
    """One IAM on paper, and what acts on it."""

    def __init__(self) -> None:
        self.iam = iam()
        self.switch = PaperSwitch()
        self.containing = Containing(self.iam, self.switch)

    def contain(self, target: str = ROLE, case: str = CASE):
        return self.containing.contain(request(target, case))

    def read_back(self, target: str = ROLE):
        return self.containing.read_back(request(target))

    def lift(self, target: str = ROLE, case: str = CASE, keys: tuple[str, ...] = ()) -> Lifted:
        return self.containing.lift(LiftRequest(request=request(target, case), keys=keys))

    def policies(self, target: str = ROLE) -> dict[str, str]:
        return {policy.name: policy.document for policy in self.iam.principals[target].policies}

    def tags(self, target: str = ROLE) -> dict[str, str]:
        return dict(self.iam.principals[target].tags)

    def keys(self) -> dict[str, bool]:
        return dict(self.iam.principals[USER].keys)

    def put(self, name: str, document: str, target: str = ROLE) -> None:
        """Somebody else writes a policy."""
        kept = tuple(p for p in self.iam.principals[target].policies if p.name != name)
        policies = (*kept, InlinePolicy(name=name, document=document))
        self.iam.principals[target] = self.iam.principals[target].model_copy(update={"policies": policies})

    def later(self, seconds: int) -> None:
        self.iam.clock += timedelta(seconds=seconds)


@pytest.fixture
def world() -> World:
    return World()


def action(target: str = ROLE) -> Action:
    plan = plan_containment(finding().lineages)
    return next(one for one in plan.actions if one.target == target)


def request(target: str = ROLE, case: str = CASE, keys: tuple[str, ...] = ()) -> ContainRequest:
    return ContainRequest(case=case, run=RUN, action=action(target), keys=keys)


class SlowIam(PaperIam):
    """Every write takes that many seconds, by AWS's own clock."""

    def __init__(self, *delays: int) -> None:
        super().__init__()
        self.delays = list(delays)

    def put_policy(self, arn: str, name: str, document: str) -> None:
        super().put_policy(arn, name, document)
        self.clock += timedelta(seconds=self.delays.pop(0) if self.delays else 0)


class Forgetful(PaperIam):
    """The write is done, and its answer is lost: once for each method that is named."""

    def __init__(self, *methods: str) -> None:
        super().__init__()
        self.lost = list(methods)

    def _forget(self, method: str) -> None:
        if method in self.lost:
            self.lost.remove(method)
            raise Unavailable("the answer was lost")

    def put_policy(self, arn: str, name: str, document: str) -> None:
        super().put_policy(arn, name, document)
        self._forget("put_policy")

    def delete_policy(self, arn: str, name: str) -> None:
        super().delete_policy(arn, name)
        self._forget("delete_policy")

    def set_key(self, arn: str, key_id: str, active: bool) -> None:
        super().set_key(arn, key_id, active)
        self._forget("set_key")

    def tag(self, arn: str, key: str, value: str) -> None:
        super().tag(arn, key, value)
        self._forget("tag")

    def untag(self, arn: str, key: str) -> None:
        super().untag(arn, key)
        self._forget("untag")


def populated(world: PaperIam) -> PaperIam:
    world.principals = iam().principals
    return world


class TestARole:
    def test_sessions_before_the_cut_are_denied_and_new_ones_are_not(self, world):
        done = world.contain()
        document = world.policies()[POLICY]
        assert (done.contained, done.cut, done.why) == (True, T0 + SECOND, "")
        assert denied(document, T0)
        assert not denied(document, T0 + SECOND)
        assert world.tags() == {TAG: CASE}

    def test_again_moves_the_cut_forward_and_leaves_one_policy_and_one_tag(self, world):
        first = world.contain()
        world.later(30)
        second = world.contain()
        assert second.cut == first.cut + timedelta(seconds=30)
        assert len(world.policies()) == 1
        assert world.iam.principals[ROLE].tags == ((TAG, CASE),)

    def test_a_clock_that_goes_back_does_not_move_the_cut_back(self, world):
        first = world.contain()
        world.later(-600)
        assert world.contain().cut == first.cut

    @pytest.mark.parametrize(("delays", "writes"), [((0,), 1), ((1,), 2), ((9, 9, 0), 3), ((60, 60, 60, 0), 4)])
    def test_a_slow_write_is_repeated_until_no_session_minted_meanwhile_is_younger_than_the_cut(self, delays, writes):
        slow = populated(SlowIam(*delays))
        done = Containing(slow, PaperSwitch()).contain(request())
        assert done.contained
        assert len(slow.writes) == writes
        assert done.cut > slow.clock

    def test_a_cut_that_cannot_be_fixed_is_tried_again_later(self):
        slow = populated(SlowIam(60, 60, 60, 60))
        with pytest.raises(Unavailable):
            Containing(slow, PaperSwitch()).contain(request())
        assert len(slow.writes) == 4

    def test_reading_back_writes_nothing_and_says_what_stands(self, world):
        done = world.contain()
        world.later(3600)
        writes = list(world.iam.writes)
        assert world.read_back() == done
        assert world.iam.writes == writes

    @pytest.mark.parametrize("document", [None, FOREIGN, "not json", EVERYTHING])
    def test_what_somebody_changed_is_not_called_contained(self, world, document):
        world.contain()
        world.iam.delete_policy(ROLE, POLICY)
        if document is not None:
            world.put(POLICY, document)
        seen = world.read_back()
        assert not seen.contained
        assert seen.why


class TestAUser:
    def test_everything_is_denied_and_active_keys_are_made_inactive(self, world):
        done = world.contain(USER)
        assert done.contained
        assert done.cut is None
        assert done.keys == ("AKIAEXAMPLE1",)
        assert world.keys() == {"AKIAEXAMPLE1": False, "AKIAEXAMPLE2": False}
        assert denied(world.policies(USER)[POLICY], T0 + timedelta(days=1))

    def test_only_keys_that_worked_are_listed(self, world):
        assert world.containing.active_keys(action(USER)) == ("AKIAEXAMPLE1",)
        assert world.containing.active_keys(action(ROLE)) == ()

    def test_a_key_that_somebody_turned_on_again_is_not_contained(self, world):
        world.contain(USER)
        world.iam.set_key(USER, "AKIAEXAMPLE2", True)
        seen = world.read_back(USER)
        assert (seen.contained, seen.why) == (False, "an access key is still active")

    def test_the_keys_known_before_are_kept_when_nothing_is_active_any_more(self, world):
        asked = request(USER, keys=("AKIAEXAMPLE1",))
        world.containing.contain(asked)
        again = world.containing.contain(asked)
        assert again.contained
        assert again.keys == ("AKIAEXAMPLE1",)


class TestWhoseItIs:
    @pytest.mark.parametrize("target", [ROLE, USER])
    def test_a_name_that_was_made_again_is_never_touched(self, world, target):
        world.iam.add(target, "AROANEW" if target == ROLE else "AIDANEW", (("AKIANEW", True),))
        for act in (world.contain, world.read_back):
            with pytest.raises(WrongTarget):
                act(target)
        assert world.lift(target).clean
        assert world.policies(target) == {}
        assert world.iam.principals[target].keys == (("AKIANEW", True),)

    def test_a_principal_that_is_gone_is_refused_and_its_lift_is_done(self, world):
        del world.iam.principals[ROLE]
        with pytest.raises(NotFound):
            world.contain()
        assert world.lift().clean

    @pytest.mark.parametrize(
        ("rules", "word"),
        [
            (Guard(stop=True), "kill switch"),
            (Guard(protected=(ROLE,)), "protect"),
            (Guard(protected=("arn:aws:iam::*:role/Deploy",)), "protect"),
            (Guard(protected=(IDS[1],)), "protect"),
            (Guard(budget=Budget(hour=0)), "budget"),
            (Guard(budget=Budget(account_day=0)), "somebody is paged instead"),
        ],
    )
    def test_guard_rules_of_this_moment_forbid(self, world, rules, word):
        world.switch.rules = rules
        with pytest.raises(Refused, match=word):
            world.contain()
        assert world.iam.writes == []

    def test_a_protecting_tag_counts_only_where_an_scp_reserves_its_key(self, world):
        world.iam.tag(ROLE, "keep", "yes")
        world.switch.rules = Guard(tag="keep", tag_scp="p-1")
        with pytest.raises(Refused, match="tag"):
            world.contain()
        assert world.iam.writes == []
        world.switch.rules = Guard(tag="keep")
        assert world.contain().contained

    def test_the_worker_never_cuts_itself_off(self, world):
        world.iam.principals[ROLE] = world.iam.principals[ROLE].model_copy(
            update={"arn": "arn:aws:iam::999999999999:role/hopstop/worker"}
        )
        with pytest.raises(Refused, match="protect"):
            world.contain()
        assert world.iam.writes == []

    def test_what_is_contained_again_counts_once(self, world):
        world.switch.rules = Guard(budget=Budget(hour=1))
        assert world.contain().contained
        assert world.contain().contained

    def test_guard_rules_do_not_hold_up_a_lift(self, world):
        world.contain()
        world.switch.rules = Guard(stop=True, protected=("*",))
        assert world.lift().clean
        assert world.policies() == {}

    def test_guard_rules_that_cannot_be_read_forbid(self, world):
        class Unreadable:
            def guard(self) -> Guard:
                raise Refused("cannot be read")

        with pytest.raises(Refused):
            Containing(world.iam, Unreadable()).contain(request())
        assert world.iam.writes == []

    def test_somebody_elses_policy_under_our_name_is_neither_overwritten_nor_removed(self, world):
        world.put(POLICY, FOREIGN)
        with pytest.raises(Refused, match="somebody"):
            world.contain()
        lifted = world.lift()
        assert not lifted.clean
        assert "left as it is" in lifted.said or "left as it was" in lifted.said
        assert world.policies() == {POLICY: FOREIGN}


class TestTwoCasesOnOneRole:
    OTHER = "case:eve:444444444444:89abcdef"

    def test_neither_frees_the_other(self, world):
        world.contain()
        world.contain(case=self.OTHER)
        theirs = policy_name(self.OTHER, RUN)
        assert world.tags() == {TAG: CASE}
        assert world.lift().clean
        assert list(world.policies()) == [theirs]
        assert TAG in world.tags()
        assert world.lift(case=self.OTHER).clean
        assert world.policies() == {}
        assert world.tags() == {}

    def test_policies_and_tags_of_others_stay(self, world):
        world.put("app", FOREIGN)
        world.iam.tag(ROLE, "owner", "web")
        world.contain()
        world.lift()
        assert world.policies() == {"app": FOREIGN}
        assert world.tags() == {"owner": "web"}


class TestLift:
    def test_it_removes_exactly_what_was_added_and_twice_is_once(self, world):
        before = world.iam.principals[ROLE]
        world.contain()
        assert world.lift() == Lifted(clean=True, said="policy removed")
        assert world.lift() == Lifted(clean=True, said="there was nothing to remove")
        assert world.iam.principals[ROLE] == before

    def test_keys_stay_inactive_unless_somebody_asked(self, world):
        world.contain(USER)
        world.lift(USER)
        assert not any(world.keys().values())

    def test_only_the_keys_that_were_asked_for_are_active_again(self, world):
        world.contain(USER)
        world.lift(USER, keys=("AKIAEXAMPLE1",))
        assert world.keys() == {"AKIAEXAMPLE1": True, "AKIAEXAMPLE2": False}

    def test_a_key_that_was_deleted_meanwhile_is_said_and_holds_up_nothing(self, world):
        world.contain(USER)
        kept = world.iam.principals[USER].keys[1:]
        world.iam.principals[USER] = world.iam.principals[USER].model_copy(update={"keys": kept})
        lifted = world.lift(USER, keys=("AKIAEXAMPLE1",))
        assert lifted.clean
        assert "AKIAEXAMPLE1" in lifted.said
        assert world.policies(USER) == {}


class TestLostAnswers:
    """The effect happened and the call failed: Temporal runs the activity again."""

    def twice(self, world: PaperIam, act):
        with pytest.raises(HopstopError):
            act()
        world.clock += timedelta(seconds=3)
        return act()

    @pytest.mark.parametrize("method", ["put_policy", "tag"])
    def test_a_role_has_one_policy_and_one_tag(self, method):
        world = populated(Forgetful(method))
        containing = Containing(world, PaperSwitch())
        done = self.twice(world, lambda: containing.contain(request()))
        assert done.contained
        assert [policy.name for policy in world.principals[ROLE].policies] == [POLICY]
        assert cut_of(world.principals[ROLE].policies[0].document) == done.cut
        assert world.principals[ROLE].tags == ((TAG, CASE),)

    @pytest.mark.parametrize("method", ["put_policy", "set_key", "tag"])
    def test_a_users_keys_are_still_known(self, method):
        world = populated(Forgetful(method))
        containing = Containing(world, PaperSwitch())
        asked = request(USER, keys=containing.active_keys(action(USER)))
        done = self.twice(world, lambda: containing.contain(asked))
        assert done.contained
        assert done.keys == ("AKIAEXAMPLE1",)
        assert [policy.name for policy in world.principals[USER].policies] == [POLICY]

    @pytest.mark.parametrize("method", ["delete_policy", "untag"])
    def test_a_lift_ends_clean(self, method):
        world = populated(Forgetful(method))
        containing = Containing(world, PaperSwitch())
        containing.contain(request())
        lifted = self.twice(world, lambda: containing.lift(LiftRequest(request=request())))
        assert lifted.clean
        assert world.principals[ROLE].policies == ()
        assert world.principals[ROLE].tags == ()

    def test_a_key_that_was_asked_for_is_active_in_the_end(self):
        world = populated(Forgetful())
        containing = Containing(world, PaperSwitch())
        containing.contain(request(USER))
        world.lost = ["set_key"]
        order = LiftRequest(request=request(USER), keys=("AKIAEXAMPLE1",))
        assert self.twice(world, lambda: containing.lift(order)).clean
        assert dict(world.principals[USER].keys)["AKIAEXAMPLE1"]


def test_a_role_whose_path_is_protected_is_left_alone_even_where_the_record_named_no_path(world: World) -> None:
    real = ROLE.replace(":role/", ":role/protected/")
    world.iam.principals[ROLE] = world.iam.principals[ROLE].model_copy(update={"arn": real})
    world.switch.rules = Guard(protected=("arn:aws:iam::*:role/protected/*",))
    with pytest.raises(Refused, match="protect"):
        world.contain()
    assert world.policies() == {}
