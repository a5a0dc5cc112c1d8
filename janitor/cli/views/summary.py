"""What a clean-up came to, in a few lines for people: the last ones of a run. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from janitor.cli.views.amounts import items, lasted, sum_of, together
from janitor.words import called, counted

if TYPE_CHECKING:
    from janitor.cleanup.outcome import AgentRecord, Outcome, ZnodeRecord

UNCHANGED = "Nothing was changed."
NOT_FOUND = "Nothing was found: there is nothing to remove."


def summary(outcome: Outcome) -> tuple[str, ...]:
    """The lines, the heading first; none where there was nothing to do."""
    return tuple(_lines(outcome)) if outcome.ran else ()


def held(agents: Iterable[AgentRecord]) -> str:
    """`17 reservations and 3 volumes on 4 agents (4.4 cpus, 8.3 GB of memory)`."""
    agents = tuple(agents)
    amounts = sum_of(together(agent.thousandths for agent in agents))
    found = items(sum(agent.items for agent in agents), sum(agent.volumes for agent in agents))
    return f"{found} on {counted(len(agents), 'agent')}{f' ({amounts})' if amounts else ''}"


def znode_of(path: str, nodes: int | None) -> str:
    """`the znode /dcos-service-kafka with 22 nodes below it`."""
    return f"the znode {path}" + (f" ({counted(nodes, 'node')})" if nodes else "")


def _lines(outcome: Outcome) -> Iterator[str]:
    holders = [agent for agent in outcome.agents if agent.items]
    gone = [agent for agent in holders if agent.proof is not None]
    if outcome.result == "not-found":
        yield NOT_FOUND
    elif outcome.result == "would-remove":
        yield "A run would remove:"
        if holders:
            yield f"  {held(holders)}"
        yield from _znode(outcome.znode)
        yield UNCHANGED
    elif outcome.result == "removed":
        if outcome.touched:
            yield f"Removed and proven gone in {lasted(outcome.seconds)}:"
        else:  # an approved plan that was carried out already, or somebody else was quicker
            yield f"Nothing was left to remove. Proven gone in {lasted(outcome.seconds)}:"
        if gone:
            yield f"  {held(gone)}"
        yield from _znode(outcome.znode)
        yield from _proofs(gone)
        if given_up := [agent for agent in holders if agent.proof is None]:
            yield f"  Not proven, since these agents never return: {held(given_up)}"
    elif not outcome.touched:
        yield UNCHANGED
    else:
        yield f"Not finished after {lasted(outcome.seconds)}:"
        if gone:
            yield f"  gone: {held(gone)}"
        yield from _proofs(gone)
        left = {leftover.agent_id for leftover in outcome.leftovers if leftover.agent_id}
        if left:
            yield f"  not proven gone: on {counted(len(left), 'agent')}, as named above"
        if outcome.znode is not None and outcome.znode.state in ("kept", "failed"):
            of = f", after {counted(outcome.znode.nodes, 'node')} of it were deleted" if outcome.znode.nodes else ""
            yield f"  the znode {outcome.znode.path} stays{of}"
            yield from backup(outcome.znode)
        else:
            yield from _znode(outcome.znode)


def _znode(znode: ZnodeRecord | None) -> Iterator[str]:
    if znode is not None and znode.state in ("gone", "root-left", "planned"):
        but = ", but for its empty root" if znode.state == "root-left" else ""
        yield f"  {znode_of(znode.path, znode.nodes)}{but}"
    yield from backup(znode)


def backup(znode: ZnodeRecord | None) -> Iterator[str]:
    """Where the znode is saved, in a line; none where it is not."""
    if znode is None or not znode.backup:
        return
    if znode.state == "planned":
        yield f"  saved before that in {called(znode.backup)}"
    else:
        yield f"  {counted(znode.saved, 'node')} of it saved in {called(znode.backup)}"


def _proofs(gone: list[AgentRecord]) -> Iterator[str]:
    """How it is known that it is gone (rule P2)."""
    proofs = Counter(agent.proof.sentence for agent in gone if agent.proof is not None)
    for proof, agents in sorted(proofs.items()):
        yield f"  proof on {counted(agents, 'agent')}: {proof}"
