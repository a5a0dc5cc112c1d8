"""Outcomes written by hand: what the engine could have found, by the name that the golden files use."""

from __future__ import annotations

from dataclasses import replace

from janitor import rules
from janitor.cleanup.outcome import AgentRecord, Answer, Blocked, Leftover, Outcome, ZnodeRecord
from janitor.cleanup.proof import Proof
from janitor.errors import BadAnswer, LoginRefused, Refusal, TooOld, Unreachable, UsageError
from janitor.events import Event, Held, Planned, Stage
from janitor.exits import Exit
from janitor.message import Again, Message, do
from janitor.rules import Rule

ZNODE = "/dcos-service-kafka"
BRING_BACK = do("Bring the agent back.").also("If it is gone for good:", Again("--lost-agent", "S2"))


def answer(number: int, stage: Stage, items: int, status: int | None = 202, words: str = "") -> Answer:
    return Answer(f"S{number}", f"10.0.0.{number}", stage, items, status, words)


def agent(
    number: int,
    volumes: int,
    items: int,
    *answers: Answer,
    roles: tuple[str, ...] = ("kafka-role",),
    proof: Proof | None = Proof.BY_OPERATIONS,
) -> AgentRecord:
    return AgentRecord(f"S{number}", f"10.0.0.{number}", roles, volumes, items, answers, proof)


def full(number: int) -> AgentRecord:
    """An agent of a broker: a volume and four more reservations, all gone at the first try."""
    record = agent(number, 1, 5, answer(number, "destroy", 1), answer(number, "unreserve", 5))
    return replace(record, thousandths={"cpus": 1200, "mem": 2_560_000, "disk": 5_376_000, "ports": 3000})


CLEANED = Outcome(
    status=Exit.CLEAN,
    ran=True,
    resources=True,
    version="1.9.0",
    # Not in order: the transcript sorts.
    agents=(
        full(2),
        full(1),
        full(3),
        agent(4, 0, 2, answer(4, "unreserve", 2)),
        agent(5, 0, 0, roles=("hdfs-role", "slave_public"), proof=None),
        agent(6, 0, 0, roles=(), proof=None),
    ),
    znode=ZnodeRecord(ZNODE, "gone", nodes=23, how="zookeeper"),
    rounds=2,
    seconds=0.71,
)

NOTHING_THERE = replace(
    CLEANED,
    agents=(agent(1, 0, 0, roles=(), proof=None),),
    znode=ZnodeRecord(ZNODE, "missing", how="zookeeper"),
    notices=("Nothing is reserved for the role kafka-role.",),
    rounds=1,
)

ROOT_LEFT = replace(
    NOTHING_THERE,
    notices=(),
    znode=ZnodeRecord(
        ZNODE,
        "root-left",
        nodes=22,
        how="zookeeper",
        words="not authenticated for /dcos-service-kafka",
        remedy=do("On a master:", "docker run --network host IMAGE -z dcos-service-kafka --zookeeper 127.0.0.1:2181"),
    ),
)

CONFLICT = replace(
    CLEANED,
    status=Exit.FAILED,
    agents=(
        full(1),
        agent(
            2,
            1,
            5,
            answer(2, "destroy", 1, 409, "Invalid DESTROY operation: Persistent volumes in use"),
            answer(2, "destroy", 1, 409, "Invalid DESTROY operation: Persistent volumes in use"),
            proof=None,
        ),
    ),
    leftovers=(
        Leftover("S2", "10.0.0.2", "volume 6f2e (disk:1024)", "409 Persistent volumes in use", "Stop its task."),
        Leftover("S2", "10.0.0.2", "cpus:0.5", "409 Persistent volumes in use", "Stop its task."),
    ),
    znode=ZnodeRecord(ZNODE, "kept", words="something of the service is left"),
)

UNREACHABLE_AGENT = replace(
    CLEANED,
    status=Exit.FAILED,
    agents=(full(1), agent(2, 0, 3, answer(2, "unreserve", 3, None, "the connection was lost"), proof=None)),
    leftovers=(Leftover("S2", "10.0.0.2", "cpus:0.5", "the agent is not reachable", BRING_BACK),),
    znode=ZnodeRecord(ZNODE, "kept", words="the agent S2 is not proven clean"),
)

ZNODE_FAILED = replace(
    CLEANED,
    status=Exit.FAILED,
    agents=(full(1),),
    znode=ZnodeRecord(ZNODE, "failed", nodes=3, words="access denied at /dcos-service-kafka/Tasks", remedy="Log in."),
)

NO_MASTER = Outcome(
    status=Exit.FAILED,
    ran=True,
    resources=True,
    version="",
    agents=(),
    znode=None,
    error=(
        Message("There is no connection to http://leader.mesos:5050/master/.", "connection refused"),
        do("Name the master:", Again("-m", "http://MASTER:5050/")),
    ),
)

INTERRUPTED = replace(
    CLEANED,
    status=Exit.SIGINT,
    agents=(full(1), agent(2, 1, 5, answer(2, "destroy", 1), proof=None)),
    leftovers=(Leftover("S2", "10.0.0.2", "cpus:0.5", "", do("Run it again:", Again())),),
    znode=ZnodeRecord(ZNODE, "kept", words="interrupted before it"),
    error=("Interrupted by signal 2.", None),
)
TERMINATED = replace(INTERRUPTED, status=Exit.SIGTERM, error=("Interrupted by signal 15.", None))

LOGIN = replace(
    NO_MASTER, status=Exit.LOGIN_REFUSED, error=(Message("The login was refused.", "401 Authentication failed"), None)
)

DRY = replace(
    CLEANED,
    dry_run=True,
    agents=(
        agent(1, 1, 5, proof=None),
        agent(4, 0, 2, proof=None),
        agent(5, 0, 0, roles=("hdfs-role",), proof=None),
    ),
    znode=ZnodeRecord(ZNODE, "planned", nodes=23),
    rounds=1,
)

DRY_NOTHING = replace(
    DRY, agents=(agent(1, 0, 0, roles=(), proof=None),), znode=ZnodeRecord(ZNODE, "missing", how="zookeeper")
)


def refused(rule: Rule, message: str, *, status: Exit = Exit.REFUSED, remedy: str | None = None) -> Outcome:
    """Refused before the first write."""
    blocked = Blocked(rule, status, message, remedy)
    agents = (agent(1, 1, 5, proof=None),)
    return Outcome(status, True, True, "1.9.0", agents, None, blocked=(blocked,), rounds=1)


LIVE_OWNER = refused(
    rules.O1,
    "The framework kafka (0001) is active and subscribed to kafka-role.",
    remedy=do("To remove the service:", "janitor uninstall kafka"),
)
TYPO = refused(
    rules.S4,
    "kafka-role holds reservations, but none of kafka-pricipal: 5 items of kafka-principal on 1 agent",
    remedy=do("Is this meant?", "janitor -r kafka-role -p kafka-principal -z dcos-service-kafka"),
)
SHARED = refused(rules.O3, "The role is shared.")
LIVE_ZNODE = refused(rules.O4, "The znode is alive.")
WRONG_ENSEMBLE = refused(rules.Z2, "This ZooKeeper belongs to another master.")
FILTERED = refused(rules.L5, "This user may not see all reservations.", status=Exit.FAILED)

OUTCOMES: dict[str, Outcome] = {
    name.lower().replace("_", "-"): value for name, value in list(globals().items()) if isinstance(value, Outcome)
}


def held(number: int, volumes: int = 1, host: str | None = None) -> Held:
    """What a broker holds, with volumes of 5 GB."""
    agent_id = f"97e71205-e29d-4c66-bff7-3979c74f9627-S{number}"
    of = tuple((f"6f2e1a7c-55d0-4c9b-9f5e-{number:06}{volume:06}", 5120.0) for volume in range(volumes))
    amounts = {"cpus": 1200, "mem": 2_560_000, "disk": 256_000 + 5_120_000 * volumes, "ports": 3000}
    return Held(agent_id, f"10.0.0.{number}" if host is None else host, amounts, 4 + volumes, of)


def plan(*agents: Held, more: int = 0, dry_run: bool = False) -> Planned:
    sums = {name: sum(each.thousandths[name] for each in agents) for name in ("cpus", "mem", "disk", "ports")}
    reservations, volumes = sum(each.reservations for each in agents), sum(len(each.volumes) for each in agents)
    return Planned(agents, len(agents) + more, reservations, volumes, sums, ZNODE, 23, dry_run)


EVENTS: dict[str, Event] = {
    "planned": plan(held(1), held(2), held(3, 2, "ip-10-0-0-3.us-west-2.compute.internal"), held(4, 0, "")),
    "planned-dry": plan(held(1), held(4, 0), dry_run=True),
    "planned-of-many": plan(*(held(number, number % 9) for number in range(20)), more=580),
}

ERRORS: dict[str, Exception] = {
    "unreachable": Unreachable(
        "There is no connection to the master.", why="connection refused", remedy="Name it with -m."
    ),
    "html": BadAnswer("A web page instead of JSON.", remedy="Is it a login page?"),
    "too-old": TooOld("Mesos 0.28.2 is too old: 1.0 is the oldest."),
    "token": LoginRefused("The token is not accepted (expired?)."),
    "protected": Refusal("/mesos belongs to the cluster itself.", rule=rules.Z1),
    "bad-role": UsageError("The role 'a b' contains white space."),
    "bug": ZeroDivisionError("division by zero"),
}
