"""What changes between two looks at a service, or between two questions of one look, and what follows from it."""

from __future__ import annotations

from janitor.dcos.marathon import App
from janitor.dcos.scheduler import Phase, Plan
from janitor.mesos.cluster import TaskPlace, Unknown
from janitor.uninstall.actions import CleanUp, DeleteApp, Done, Next, ShutDown, StartUninstall, Stuck, WaitFor
from janitor.uninstall.next_step import next_step
from janitor.uninstall.situation import Away, Choice, Situation, WaitLimits
from tests.unit.builders import agent, framework
from tests.unit.uninstall_world import UNINSTALLING, Watched, World, app, completed, installed, owned, plan_of

LIMITS = WaitLimits()


def following(situation: Situation, choice: Choice | None = None) -> Next:
    return next_step(situation, choice or Choice(), LIMITS)


def ids(situation: Situation) -> tuple[list[str], list[str]]:
    """(its own frameworks, others of its name)."""
    return [one.id for one in situation.frameworks], [one.id for one in situation.strangers]


# --- which frameworks are its own is settled once ---------------------------------------------------------------------


def test_a_framework_that_comes_later_is_another_services() -> None:
    """The old one's app and framework went, and somebody installed the service anew."""
    watched = Watched(installed())
    assert ids(watched.look()) == (["F1"], [])
    after = watched.look(apps=(), frameworks=(completed("F1"), framework("F2")))
    assert ids(after) == ([], ["F2"])
    assert not isinstance(following(after), ShutDown)


def test_where_there_was_no_framework_one_that_comes_later_is_another_services_too() -> None:
    """An hour after its election a leader knows every framework: then there was none (rule O2)."""
    watched = Watched(World(agents=(owned("F0"),)))
    assert ids(watched.look()) == ([], [])
    assert ids(watched.look(frameworks=(framework("F2"),))) == ([], ["F2"])


def test_an_app_of_another_id_may_be_its_scheduler_that_is_away_for_a_moment() -> None:
    """Marathon on Marathon: its app tells the framework's name, and no label does."""
    marathon = App("/infra/marathon", "./start --framework_name kafka", (), None, {}, {}, "v1", 1, ())
    away = (framework("F1", active=False),)
    assert isinstance(following(Watched(World(apps=(marathon,), frameworks=away)).look()), Stuck)
    assert isinstance(following(Watched(World(frameworks=away)).look()), ShutDown)


def test_a_young_leader_may_not_know_its_framework_yet() -> None:
    """Its framework registers with the new leader a few seconds later, and is its own all the same (rule O2)."""
    watched = Watched(World(apps=(app(),), agents=(owned("F1"),), age=3.0))
    assert ids(watched.look()) == ([], [])
    assert ids(watched.look(age=8.0, frameworks=(framework("F1"),))) == (["F1"], [])


def test_once_it_is_known_a_new_leader_changes_nothing() -> None:
    watched = Watched(installed())
    watched.look()
    assert ids(watched.look(leader="M2", age=2.0, frameworks=())) == ([], [])
    assert ids(watched.look(age=4.0, frameworks=(framework("F1"), framework("F2")))) == (["F1"], ["F2"])


def test_a_young_leader_that_knows_its_framework_settles_which_it_is() -> None:
    watched = Watched(installed())
    watched.look(age=3.0)
    assert ids(watched.look(age=5.0, frameworks=(framework("F2"),))) == ([], ["F2"])


def test_a_framework_that_takes_another_name_is_not_its_own_any_more() -> None:
    watched = Watched(installed())
    watched.look()
    after = watched.look(apps=(), frameworks=(framework("F1", "kafka-dev"),))
    assert ids(after) == ([], [])
    assert after.service.framework_ids == frozenset()


def test_a_framework_id_that_changes_under_its_app_is_left_alone() -> None:
    """Its scheduler lost its znode and registered anew, or another service was installed: nobody can tell."""
    watched = Watched(installed())
    watched.look()
    after = watched.look(frameworks=(completed("F1"), framework("F2")))
    assert ids(after) == ([], ["F2"])
    step = following(after)
    assert isinstance(step, CleanUp)
    assert "nothing else" in step.what
    assert {held.framework_id for held in after.reserved} == {"F1"}


def test_what_another_framework_of_the_name_reserves_is_never_its_own() -> None:
    watched = Watched(installed())
    watched.look()
    both = (owned("F1"), owned("F2", host_number=2))
    after = watched.look(apps=(), frameworks=(completed("F1"), framework("F2")), agents=both)
    assert {held.framework_id for held in after.reserved} == {"F1"}
    assert after.service.framework_ids == {"F1"}


def test_of_two_frameworks_the_one_that_its_scheduler_claims_is_settled_at_the_first_look() -> None:
    """Later its scheduler uninstalls, and cannot be asked any more."""
    world = installed()
    world.frameworks, world.claimed = (framework("F1"), framework("F2")), "F1"
    watched = Watched(world)
    assert ids(watched.look()) == (["F1"], ["F2"])
    watched.look()
    world.claimed = None
    assert ids(watched.look(apps=(UNINSTALLING,), plan=plan_of("PENDING"))) == (["F1"], ["F2"])
    assert world.asked.count("framework_id") == 1


# --- a framework that was shut down -----------------------------------------------------------------------------------


def test_a_framework_that_was_shut_down_is_waited_for() -> None:
    """The master has answered, and shows it still: it is not asked for again."""
    watched = Watched(World(frameworks=(framework("F1", active=False), framework("G1", "hdfs"))))
    assert isinstance(following(watched.look()), ShutDown)
    watched.tore_down("F1")
    assert following(watched.look()) == WaitFor("framework F1 to be gone: it was shut down")
    assert isinstance(following(watched.look(frameworks=(completed("F1"),))), CleanUp)


def test_a_new_leader_knows_nothing_of_a_teardown() -> None:
    """Its agents tell it of the framework's tasks, and it has the framework again."""
    watched = Watched(World(frameworks=(framework("F1", active=False),)))
    watched.look()
    watched.tore_down("F1")
    assert isinstance(following(watched.look(leader="M2", age=2.0)), ShutDown)


# --- which way it goes ------------------------------------------------------------------------------------------------


def test_the_way_is_settled_by_the_first_look_at_its_app() -> None:
    """A scheduler's app may lose its labels on the way, and in the end it is gone."""
    watched = Watched(installed())
    assert watched.look().way == "modern"
    assert watched.look(apps=(app(labels={}, SDK_UNINSTALL="true"),), plan=plan_of("PENDING")).way == "modern"
    assert watched.look(apps=()).way == "modern"
    assert watched.look(apps=(app(labels={}, SDK_UNINSTALL="true"),)).way == "modern"
    assert watched.world.asked.count("dcos") == 1


def test_the_way_of_what_this_run_has_begun_does_not_change() -> None:
    watched = Watched(World(frameworks=(framework("F1", active=False),), age=3.0))
    assert watched.look().way == "manual"
    watched.tore_down("F1")
    assert watched.look(apps=(app(),), frameworks=()).way == "manual"


# --- whether the app is another one -----------------------------------------------------------------------------------


def test_an_app_that_uninstalled_and_now_does_not_is_another_service() -> None:
    watched = Watched(installed())
    watched.look()
    watched.look(apps=(UNINSTALLING,), plan=plan_of("IN_PROGRESS"))
    after = watched.look(apps=(app("v2"),), frameworks=(framework("F2"),))
    assert after.replaced
    assert not isinstance(following(after), StartUninstall)
    assert watched.look().replaced, "it stays another one, however often it is looked at"


def test_an_app_that_comes_after_none_was_there_is_another_service() -> None:
    watched = Watched(World(frameworks=(framework("F1", active=False),), agents=(owned("F1"),)))
    assert isinstance(following(watched.look()), ShutDown)
    after = watched.look(apps=(app("v2"),), frameworks=(completed("F1"),))
    assert after.replaced
    assert not isinstance(following(after), StartUninstall)


def test_an_app_that_comes_after_this_run_deleted_one_is_another_service() -> None:
    """Also when a young leader did not tell yet whose the frameworks are."""
    watched = Watched(World(apps=(app(),), agents=(owned("F1"),), age=3.0), Choice(way="manual"))
    assert isinstance(following(watched.look(), watched.choice), DeleteApp)
    watched.did("delete")
    watched.look(apps=(), age=4.0)
    after = watched.look(apps=(app("v2"),), age=6.0)
    assert after.replaced
    assert not isinstance(following(after, watched.choice), DeleteApp)


def test_where_a_young_leader_tells_nothing_an_app_that_comes_may_be_its_own() -> None:
    """Neither its app nor its framework was there: there was no end of it to be seen."""
    watched = Watched(World(agents=(owned("F1"),), age=3.0))
    watched.look()
    after = watched.look(apps=(app(),), age=5.0)
    assert not after.replaced
    assert after.way == "modern", "without its app nothing told which way it goes"
    assert isinstance(following(after), StartUninstall)


def test_an_app_that_was_changed_before_its_uninstall_is_the_same_service() -> None:
    """Marathon restarts it with another version: nothing of its end was seen."""
    watched = Watched(installed())
    watched.look()
    after = watched.look(apps=(app("v2"),))
    assert not after.replaced
    assert isinstance(following(after), StartUninstall)


def test_an_uninstall_that_restarts_is_the_same_service() -> None:
    """Cosmos changes the app once more: it still uninstalls."""
    watched = Watched(installed())
    watched.look()
    watched.look(apps=(UNINSTALLING,), plan=plan_of("IN_PROGRESS"))
    again = app("v3", SDK_UNINSTALL="true")
    assert not watched.look(apps=(again,)).replaced


def test_of_a_service_that_was_replaced_only_what_names_the_old_framework_goes() -> None:
    watched = Watched(installed())
    watched.look()
    watched.look(apps=(UNINSTALLING,), plan=plan_of("COMPLETE"))
    both = (owned("F1"), owned("F2", host_number=2))
    after = watched.look(apps=(app("v2"),), frameworks=(completed("F1"), framework("F2")), agents=both)
    assert isinstance(following(after), CleanUp)
    assert isinstance(following(watched.look(agents=both[1:])), Done)


# --- the app goes, and its framework stays; or the other way round ---------------------------------------------------


def test_an_app_that_goes_before_its_framework_is_not_forgotten() -> None:
    """Its package, its roles, its principal and its znode came from it: the clean-up at the end needs them."""
    named = app(labels={**LABELS_OF_A_FOLDER}, MESOS_ALLOCATION_ROLE="prod", MARATHON_APP_ENFORCE_GROUP_ROLE="true")
    world = installed()
    world.apps, world.frameworks = (named,), (framework("F1", "kafka", "prod", principal="its-account"),)
    watched = Watched(world)
    first = watched.look()
    after = watched.look(apps=(), frameworks=())
    assert set(first.service.roles) <= set(after.service.roles)
    assert set(first.service.principals) <= set(after.service.principals)
    assert "its-account" in after.service.principals
    assert (after.service.znode, after.service.places) == (first.service.znode, first.service.places)
    assert after.service.known_from == first.service.known_from
    assert after.service.framework_ids == {"F1"}


LABELS_OF_A_FOLDER = {"DCOS_PACKAGE_NAME": "kafka", "DCOS_COMMONS_UNINSTALL": "true"}


def test_an_uninstall_that_ends_between_two_questions_seems_no_orphan() -> None:
    """Apps are asked for before Mesos: otherwise its framework would be there, and its app not."""
    world = installed()
    world.apps, world.plan = (UNINSTALLING,), plan_of("COMPLETE")
    watched = Watched(world)
    watched.look()

    def ends() -> None:
        world.apps, world.frameworks = (), (completed("F1"),)

    world.before["look"] = ends
    between = watched.look()
    assert between.frameworks == ()
    assert isinstance(following(between), WaitFor)
    assert isinstance(following(watched.look()), CleanUp)


def test_a_step_that_is_done_between_two_questions_is_not_safe_to_force() -> None:
    """The plan is asked for after Mesos: a reservation that is gone by then belongs to a step that is COMPLETE."""
    world = installed()
    world.apps, world.plan = (UNINSTALLING,), plan_of("PREPARED")
    watched = Watched(world, Choice(force_missing=True))
    watched.look()

    def given_back() -> None:
        world.agents, world.plan = (agent("S1"),), plan_of("COMPLETE")

    world.before["look"] = given_back
    assert watched.look().stuck == ()


def test_when_its_plan_is_complete_and_its_app_is_gone_it_is_cleaned_up() -> None:
    watched = Watched(installed())
    watched.look()
    watched.look(apps=(UNINSTALLING,), plan=plan_of("COMPLETE"))
    after = watched.look(apps=(), frameworks=(completed("F1"),), agents=(agent("S1"),), plan=None)
    assert after.plan is None
    assert isinstance(following(after), CleanUp)
    assert after.service.znode == "dcos-service-kafka"


def test_an_active_framework_whose_app_cannot_be_seen_is_not_shut_down() -> None:
    watched = Watched(World(frameworks=(framework("F1"),), agents=(owned("F1"),)))
    assert isinstance(following(watched.look()), Stuck)


# --- the scheduler restarts -------------------------------------------------------------------------------------------


def test_how_long_a_scheduler_is_away_counts_from_its_last_answer() -> None:
    watched = Watched(installed())
    watched.look(apps=(UNINSTALLING,), plan=plan_of("IN_PROGRESS"))
    assert watched.look(plan=None).plan == Away("502", 0.0)
    assert watched.look(400.0).plan == Away("502", 400.0)
    assert watched.look(100.0).plan == Away("502", 500.0)
    watched.look(plan=plan_of("IN_PROGRESS"))
    assert watched.look(400.0, plan=None).plan == Away("502", 0.0)
    assert watched.look(500.0).plan == Away("502", 500.0)


def test_the_time_away_begins_anew_when_it_had_nothing_to_answer() -> None:
    """Before its uninstall no plan is asked for: what was then does not count."""
    watched = Watched(installed())
    watched.look(apps=(UNINSTALLING,), plan=None)
    watched.look(100.0, apps=(app(),))
    assert watched.look(100.0, apps=(UNINSTALLING,)).plan == Away("502", 0.0)


def test_a_restart_after_the_end_gives_cosmos_its_minute_again() -> None:
    """It may have been restarted because of the removal that is under way."""
    watched = Watched(installed())
    watched.look(apps=(UNINSTALLING,), plan=plan_of("COMPLETE"), frameworks=(completed("F1"),))
    assert watched.look(59.0).complete_for == 59.0
    assert watched.look(plan=None).complete_for == 0.0
    back = watched.look(30.0, plan=plan_of("COMPLETE"))
    assert back.complete_for == 0.0
    assert isinstance(following(back), WaitFor)
    assert isinstance(following(watched.look(61.0)), DeleteApp)


def test_a_scheduler_that_shows_its_deployment_still_has_not_begun() -> None:
    watched = Watched(installed())
    deployment = Plan("deploy", "COMPLETE", None, (Phase("p", "broker", "COMPLETE"),))
    seen = watched.look(apps=(UNINSTALLING,), plan=deployment)
    assert (seen.plan, seen.complete_for) == (None, 0.0)
    assert following(seen) == WaitFor("the scheduler to begin its uninstall")


def test_what_was_given_up_is_remembered_when_scheduler_and_plan_are_gone() -> None:
    lost = Choice(lost_agents=("S9",), force_missing=True)
    watched = Watched(installed(), lost)
    watched.look()
    forced = plan_of("COMPLETE", host="S9")
    watched.look(apps=(UNINSTALLING,), plan=forced, agents=(agent("S1"),))
    held = [("S9", True, {"r-F1"})]
    anew = watched.look(plan=Plan("deploy", "COMPLETE"))  # started anew: it has nothing left to unreserve
    assert [(one.host, one.lost, set(one.resource_ids)) for one in anew.missing] == held
    after = watched.look(apps=(), plan=None, frameworks=(completed("F1"),))
    assert [(one.host, one.lost, set(one.resource_ids)) for one in after.missing] == held


# --- its znode, and what this view shows ------------------------------------------------------------------------------


def test_the_znode_that_was_found_stays_the_one_that_is_looked_at() -> None:
    """Of several that it may have, the one that was there; when it goes, no other one is its own instead."""
    world = World(apps=(app(labels={"DCOS_PACKAGE_NAME": "zeppelin"}),), frameworks=(framework("F1"),))
    watched = Watched(world)
    first = watched.look()
    place = first.service.places[-1].strip("/")
    assert len(first.service.places) > 1
    assert watched.look(znodes={place: True}).service.znode == place
    after = watched.look(apps=(), znodes={first.service.places[0].strip("/"): True})
    assert (after.service.znode, after.znode) == (place, False)
    assert watched.look().service.znode == place


def test_what_cannot_be_read_of_a_znode_is_not_taken_for_gone() -> None:
    watched = Watched(installed())
    watched.look()
    after = watched.look(apps=(), frameworks=(), znodes={"dcos-service-kafka": Unknown("denied")})
    assert after.znode == Unknown("denied")


def test_a_role_that_was_seen_is_visible_for_the_whole_run() -> None:
    """Rule L5: of a role of which something was shown, everything is."""
    watched = Watched(installed())
    watched.look()
    hiding = agent("S2", hidden={"cpus": 2.0})
    after = watched.look(apps=(), frameworks=(), agents=(hiding,))
    assert (set(after.seen_roles), after.hidden) == ({"kafka-role"}, "")
    fresh = Watched(World(agents=(hiding,), znodes={"dcos-service-kafka": True})).look()
    assert "this view is filtered" in fresh.hidden


def test_tasks_of_a_completed_framework_are_over() -> None:
    """A master shows them as running for a while after the teardown."""
    running = TaskPlace("F1", "S1", frozenset({"kafka-role"}), frozenset(), "kafka-0", "TASK_RUNNING")
    watched = Watched(installed())
    assert watched.look(tasks=(running,)).tasks == 1
    assert watched.look(apps=(), frameworks=()).tasks == 1
    assert watched.look(frameworks=(completed("F1"),)).tasks == 0
