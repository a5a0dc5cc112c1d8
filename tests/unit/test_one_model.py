"""Whose something is, is one thing: a scan, the guards of a clean-up and an uninstall never contradict each other."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from janitor.cleanup.guards import likely_typo, live_owner, unshared_role
from janitor.cleanup.objection import Objection
from janitor.cleanup.znodeguards import live_znode, part_of_a_service
from janitor.dcos.marathon import App
from janitor.errors import UsageError
from janitor.holdings.known import plain
from janitor.holdings.services import reservations
from janitor.holdings.verdict import Seen, StateNode, Verdict
from janitor.mesos.cluster import Framework
from janitor.scan.report import Found, scan
from janitor.uninstall.service import Service, identify
from tests.unit.builders import case, look, znode_view
from tests.unit.clusters import Spec, frameworks
from tests.unit.test_decide_properties import EXAMPLES
from tests.unit.test_holdings import APPS, CLUSTERS, ZNODES, seen

FRAMEWORKS = st.lists(frameworks(), max_size=3, unique_by=lambda one: one.id).map(tuple)


def shown(
    cluster: Sequence[Spec], known: tuple[Framework, ...], apps: tuple[App, ...], znodes: tuple[StateNode, ...]
) -> Seen:
    """The cluster, with nothing hidden in it: a scan calls nothing abandoned otherwise."""
    agents = [Spec(one.id, one.items, True, False, one.capabilities, hidden=False).shown() for one in cluster]
    return seen(*agents, frameworks=known, apps=apps, znodes=znodes)


CITIES = st.builds(shown, CLUSTERS, FRAMEWORKS, APPS, ZNODES)


@settings(max_examples=EXAMPLES)
@given(CITIES)
def test_what_a_scan_calls_abandoned_no_guard_refuses_and_no_living_service_has(there: Seen) -> None:
    found = scan(there)
    for one in found.found:
        if one.removal is not None:
            _no_guard_refuses(one, there)
    abandoned = found.of(Verdict.ABANDONED)
    if abandoned:
        _no_living_service_has(abandoned, there)
        _an_uninstall_by_its_name_takes_it(abandoned, there)


def _no_guard_refuses(found: Found, there: Seen) -> None:
    """Rules O1, O3, O4, S4: the very clean-up that a scan prints, and a sweep runs."""
    assert found.removal is not None
    view = znode_view(path=found.removal.path) if found.removal.znode is not None else None
    asked = case(look(there.snapshot, znode=view), found.removal)
    objections: list[Objection] = [guard(asked) for guard in (live_owner, unshared_role, likely_typo, live_znode)]
    assert objections == [None] * 4, (found.removal, objections)
    if found.verdict is Verdict.ZNODE_ONLY:
        assert part_of_a_service(asked) is None


def _no_living_service_has(abandoned: Sequence[Found], there: Seen) -> None:
    """What an uninstall of a service would take that is registered, or has an app, is no abandoned one's."""
    frameworks, apps = there.snapshot.frameworks, there.apps
    assert isinstance(apps, tuple)
    ended = {one.id for one in frameworks if one.completed}
    names = {one.name for one in frameworks if not one.completed} | {one.id for one in apps}
    living = [one for name in names if (one := _service(name, there)) is not None]
    for part in (part for one in abandoned if one.holding is not None for part in one.holding.parts):
        if part.framework_id not in ended:  # what an earlier life left is told apart by that life's own id
            assert not any(one.marks.hold(part) for one in living), part


def _an_uninstall_by_its_name_takes_it(abandoned: Sequence[Found], there: Seen) -> None:
    for found in abandoned:
        name = found.judgement.service
        assert found.holding is not None
        assert name is not None
        one = _service(plain(name).replace("__", "/"), there)
        assert one is None or all(one.marks.hold(part) for part in found.holding.parts), (found, one)


def _service(name: str, there: Seen) -> Service | None:
    """As an uninstall knows it; None where the name means several."""
    assert isinstance(there.apps, tuple)
    try:
        return identify(name, there.apps, there.snapshot.frameworks, reservations(there.snapshot.agents))
    except UsageError:
        return None
