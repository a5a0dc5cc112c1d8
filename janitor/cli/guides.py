"""What the help says of each command beside its options: declared once, for the help, the man page and the documents.

Nothing else loads it: a run does not need it.
"""

from __future__ import annotations

from dataclasses import dataclass

from janitor.cli.arguments.verbs import CommandName
from janitor.exits import MEANINGS, Exit

CLUSTER = "--dcos-url https://cluster.example.com"
_TOKEN = f"{CLUSTER} --auth-token-file token.txt"
_IMAGE = "docker run --rm -i janitor"
_TOKEN_IN = f"{CLUSTER} --auth-token-file - <token.txt"

_NAME = "the service, as Marathon calls it: kafka, or prod/kafka"

_TYPED_WRONG = "invalid usage: nothing was contacted or changed"
_NOT_WRITTEN = "the output could not be written"
_READS = {
    Exit.USAGE: "invalid usage, or there is no such service; nothing was changed",
    Exit.BAD_URL: MEANINGS[Exit.BAD_URL],
    Exit.LOGIN_REFUSED: MEANINGS[Exit.LOGIN_REFUSED],
    Exit.FAILED: "the cluster did not answer, or not in time",
    Exit.SIGINT: MEANINGS[Exit.SIGINT],
    Exit.SIGTERM: MEANINGS[Exit.SIGTERM],
}
_LOCAL = {Exit.USAGE: _TYPED_WRONG, Exit.FAILED: _NOT_WRITTEN}
_LOG = {Exit.USAGE: "invalid usage, the file cannot be read, or it is no audit log", Exit.FAILED: _NOT_WRITTEN}
_DETAILED = "with --dry-run --detailed-exitcode: a run would change something"
_NOT_CONFIRMED = "not confirmed, or something changed while you were asked; nothing was done"


@dataclass(frozen=True, slots=True)
class Guide:
    """One command.

    does       what it does, in one or two sentences
    examples   command lines that can be typed as they are
    words      (word, what it stands for), in the order of the command's words
    statuses   those that it can end with, and what each means for it
    page       the document to read on in
    """

    does: str
    examples: tuple[str, ...]
    statuses: dict[Exit, str]
    page: str
    words: tuple[tuple[str, str], ...] = ()


def _statuses(first: dict[Exit, str], others: dict[Exit, str]) -> dict[Exit, str]:
    """Both, in the order of the numbers; the first wins."""
    return dict(sorted({**others, **first}.items()))


GUIDES: dict[CommandName, Guide] = {
    "clean": Guide(
        "Releases the reservations and persistent volumes of a role on every agent, and then deletes the znode. It "
        "removes only what the options select, and ends with 0 only when it has checked that all of it is gone.",
        (
            "janitor -r kafka-role -p kafka-principal -z dcos-service-kafka --dry-run",
            "janitor -r kafka-role -p kafka-principal -z dcos-service-kafka",
            "docker run --rm -i janitor -r kafka-role -p kafka-principal -z dcos-service-kafka "
            "--auth-token-file - <token.txt",
        ),
        _statuses(
            {
                Exit.CLEAN: "removed and checked, or there was nothing to remove; after a dry run: it would do that",
                Exit.USAGE: _TYPED_WRONG,
                Exit.FAILED: "failed, or something is left; the message names it",
                Exit.REFUSED: "refused for safety; the message says what lifts it",
                Exit.FOUND: _DETAILED,
            },
            _READS,
        ),
        "docs/quickstart.md",
    ),
    "apply": Guide(
        "Removes exactly what a plan says that `clean --dry-run --save` wrote, and ends as `clean` does. It removes "
        "nothing when the plan is old, altered or another cluster's, or when more is there than it names.",
        ("janitor apply kafka.plan --dry-run", f"janitor apply kafka.plan --max-age 3d {CLUSTER}"),
        _statuses(
            {
                Exit.CLEAN: "removed and checked, or there was nothing to remove; after a dry run: it would do that",
                Exit.USAGE: "invalid usage, or the file is no plan; nothing was contacted or changed",
                Exit.FAILED: "failed, or something is left; the message names it",
                Exit.REFUSED: "refused for safety, or the plan does not fit any more; the message says why",
                Exit.FOUND: _DETAILED,
            },
            _READS,
        ),
        "docs/records.md",
        (("FILE", "the plan"),),
    ),
    "uninstall": Guide(
        "Uninstalls a service and removes what it leaves: its app, framework, reservations, volumes and znode. It "
        "shows what belongs to the service and asks first. After an interruption, run it again: it goes on.",
        (f"{_IMAGE} uninstall kafka --dry-run {_TOKEN_IN}", f"janitor uninstall kafka {_TOKEN}"),
        _statuses(
            {
                Exit.CLEAN: "the service is gone, or nothing of it was found; after a dry run: nothing was changed",
                Exit.FAILED: "failed, or something is stuck or left; the message says what to do",
                Exit.REFUSED: "refused for safety, or not confirmed; the message says what to do",
                Exit.FOUND: _DETAILED,
            },
            _READS,
        ),
        "docs/uninstall.md",
        (("NAME", _NAME),),
    ),
    "status": Guide(
        "Shows where a service stands: what belongs to it, which steps of its uninstall are stuck and why, and the "
        "command to type next. It changes nothing.",
        (f"janitor status kafka {CLUSTER}", f"{_IMAGE} status kafka --output json {_TOKEN_IN}"),
        _statuses(
            {
                Exit.CLEAN: "nothing of the service is left",
                Exit.USAGE: "invalid usage, or an agent of --lost-agent is not known",
                Exit.FAILED: "it is not known whether something is left",
                Exit.REFUSED: "the znode belongs to the cluster itself, or to another cluster",
                Exit.FOUND: "something of the service is left",
            },
            _READS,
        ),
        "docs/uninstall.md",
        (("NAME", _NAME),),
    ),
    "scan": Guide(
        "Shows who holds each reservation in the cluster, and what is abandoned, with the command that removes it. It "
        "changes nothing.",
        (
            f"{_IMAGE} scan {_TOKEN_IN}",
            f"janitor scan --only abandoned --role 'kafka*' {_TOKEN}",
            f"janitor scan --output html {_TOKEN} >scan.html",
        ),
        _statuses(
            {
                Exit.CLEAN: "nothing is abandoned or half uninstalled",
                Exit.USAGE: _TYPED_WRONG,
                Exit.FAILED: "the cluster could not be read, or not completely",
                Exit.FOUND: "something is abandoned or half uninstalled",
            },
            _READS,
        ),
        "docs/scan.md",
    ),
    "sweep": Guide(
        "Removes everything that a scan calls abandoned, one service after the other. It shows what would go and asks "
        "first.",
        (f"{_IMAGE} sweep --dry-run {_TOKEN_IN}", f"janitor sweep --only-service kafka {_TOKEN}"),
        _statuses(
            {
                Exit.CLEAN: "all of it is removed and checked, or there was nothing; a dry run changed nothing",
                Exit.USAGE: _TYPED_WRONG,
                Exit.FAILED: "something stayed, or the cluster could not be read",
                Exit.REFUSED: "not confirmed; nothing was done",
                Exit.FOUND: _DETAILED,
            },
            _READS,
        ),
        "docs/scan.md",
    ),
    "restore": Guide(
        "Puts a znode back from a file that --backup wrote: its data and its ACLs, node by node. It "
        "overwrites nothing, asks first, and compares everything afterwards.",
        (
            "janitor restore /backup/dcos-service-kafka.jsonl.gz --dry-run --zookeeper 10.0.0.5:2181",
            "janitor restore /backup/dcos-service-kafka.jsonl.gz --zookeeper 10.0.0.5:2181",
        ),
        _statuses(
            {
                Exit.CLEAN: "the znode is there as it was saved; a dry run changed nothing",
                Exit.USAGE: "invalid usage, or there is no such file; nothing was changed",
                Exit.FAILED: "the file is damaged, ZooKeeper did not answer, or something is not as it was",
                Exit.REFUSED: "the znode is there already or belongs to the cluster itself, or it was not confirmed",
                Exit.FOUND: _DETAILED,
            },
            _READS,
        ),
        "docs/backup.md",
        (("FILE", "the backup, as the run that wrote it named it"),),
    ),
    "plan show": Guide(
        "Shows a plan of a service with its phases and steps, and how far each of them is. It changes nothing.",
        (f"{_IMAGE} plan show kafka {_TOKEN_IN}", f"janitor plan show kafka recovery --watch {_TOKEN}"),
        _statuses({Exit.CLEAN: "the plan was shown; with --watch: it is complete, or the service is gone"}, _READS),
        "docs/uninstall.md",
        (("NAME", _NAME), ("PLAN", "the plan, such as deploy (the default) or recovery")),
    ),
    "plan force-complete": Guide(
        "Tells the scheduler to take a plan, a phase or a step for COMPLETE, without doing its work. It asks first, "
        "except for a single step. A restart of the scheduler forgets it.",
        (
            f"{_IMAGE} plan force-complete kafka deploy --dry-run {_TOKEN_IN}",
            f"janitor plan force-complete kafka deploy kafka-deploy 'kafka-0:[broker]' {_TOKEN}",
        ),
        _statuses(
            {
                Exit.CLEAN: "it is COMPLETE now, or was before; a dry run changed nothing",
                Exit.USAGE: "invalid usage, or there is no such service, plan, phase or step",
                Exit.REFUSED: _NOT_CONFIRMED,
                Exit.FOUND: _DETAILED,
            },
            _READS,
        ),
        "docs/uninstall.md",
        (
            ("NAME", _NAME),
            ("PLAN", "the plan, such as deploy"),
            (
                "PHASE",
                "one phase of the plan, by its name or id, or how its id begins; without it, the whole plan",
            ),
            ("STEP", "one step of the phase, in the same way; without it, the whole phase"),
        ),
    ),
    "pod list": Guide(
        "Lists the pods of a service, with the tasks of each and their states. It changes nothing.",
        (f"janitor pod list kafka {_TOKEN}", f"{_IMAGE} pod list kafka --output json {_TOKEN_IN}"),
        _statuses({Exit.CLEAN: "the pods were listed"}, _READS),
        "docs/uninstall.md",
        (("NAME", _NAME),),
    ),
    "pod replace": Guide(
        "Has the scheduler start a pod again from nothing, on any agent that fits. The data of the pod is lost. It "
        "asks first.",
        (
            f"{_IMAGE} pod replace kafka kafka-1 --dry-run {_TOKEN_IN}",
            f"janitor pod replace kafka kafka-1 --yes {_TOKEN}",
        ),
        _statuses(
            {
                Exit.CLEAN: "the scheduler replaces the pod; a dry run changed nothing",
                Exit.USAGE: "invalid usage, or there is no such service or pod",
                Exit.REFUSED: _NOT_CONFIRMED,
                Exit.FOUND: _DETAILED,
            },
            _READS,
        ),
        "docs/uninstall.md",
        (("NAME", _NAME), ("POD", "the pod, as `janitor pod list` shows it, such as kafka-1")),
    ),
    "service list": Guide(
        "Lists the frameworks that are registered with the Mesos master, with their roles, principals and ids. It "
        "changes nothing.",
        (f"janitor service list {_TOKEN}", f"{_IMAGE} service list --inactive {_TOKEN_IN}"),
        _statuses({Exit.CLEAN: "the frameworks were listed", Exit.USAGE: _TYPED_WRONG}, _READS),
        "docs/uninstall.md",
    ),
    "service shutdown": Guide(
        "Shuts a framework down: the Mesos master ends all its tasks. Its reservations and volumes stay. It shows what "
        "the framework holds and asks first.",
        (f"{_IMAGE} service shutdown kafka --dry-run {_TOKEN_IN}", f"janitor service shutdown kafka --yes {_TOKEN}"),
        _statuses(
            {
                Exit.CLEAN: "the framework is shut down; a dry run changed nothing",
                Exit.USAGE: "invalid usage, or there is no such framework, or more than one",
                Exit.REFUSED: "refused for safety, not confirmed, or it changed while you were asked; nothing was done",
                Exit.FOUND: _DETAILED,
            },
            _READS,
        ),
        "docs/uninstall.md",
        (
            (
                "ID|NAME",
                "the framework, as `janitor service list` shows it: its id, or its name where only one has it",
            ),
        ),
    ),
    "audit list": Guide(
        "Lists the runs of an audit log, in the order in which they began: who, when, how it ended, the command.",
        ("janitor audit list /var/log/janitor.audit", "janitor audit list /var/log/janitor.audit --output json"),
        {Exit.CLEAN: "the runs were listed", **_LOG},
        "docs/records.md",
        (("FILE", "the file that --audit-log named"),),
    ),
    "audit show": Guide(
        "Shows what each run of an audit log removed, with the answers, and prints the requests that reserve it again. "
        "It sends nothing.",
        (
            "janitor audit show /var/log/janitor.audit",
            "janitor audit show /var/log/janitor.audit --run 3f2a91c0 --output json",
        ),
        {Exit.CLEAN: "the runs were shown", **_LOG},
        "docs/records.md",
        (("FILE", "the file that --audit-log named"),),
    ),
    "config": Guide(
        "Shows the configuration file that is used, its profile, and every setting with the place that it comes from: "
        "the command line, a variable, a profile, the top of the file, or the default. It contacts nothing.",
        ("janitor config", f"janitor config --timeout 30m {CLUSTER}"),
        {
            Exit.CLEAN: "the settings were shown",
            Exit.USAGE: "invalid usage, or something is wrong in the configuration file",
            Exit.FAILED: "the file was not readable in time, or the output could not be written",
            Exit.SIGINT: MEANINGS[Exit.SIGINT],
            Exit.SIGTERM: MEANINGS[Exit.SIGTERM],
        },
        "docs/configuration.md",
    ),
    "sandbox": Guide(
        "Starts a stand-in for a DC/OS cluster on this machine, with a service that left something. Nothing real is "
        "touched. Ctrl-C ends it.",
        ("janitor sandbox", "janitor sandbox --with-zookeeper --port 5050"),
        {
            Exit.CLEAN: "it was started, and was ended by Ctrl-C or SIGTERM",
            Exit.USAGE: "invalid usage: nothing was started",
            Exit.FAILED: "it could not start",
        },
        "docs/quickstart.md",
        (("OPTION", "`janitor sandbox --help` lists them"),),
    ),
    "completion": Guide(
        "Prints a script that completes commands and options in your shell.",
        ("janitor completion bash >/etc/bash_completion.d/janitor", "janitor completion zsh >~/.zfunc/_janitor"),
        {Exit.CLEAN: "the script was printed", **_LOCAL},
        "README.md",
        (("bash|zsh|fish", "the shell"),),
    ),
    "help": Guide(
        "Explains a command. Without one, it lists all commands and the options of `clean`.",
        ("janitor help uninstall", "janitor help plan force-complete"),
        {Exit.CLEAN: "the help was printed", **_LOCAL},
        "docs/options.md",
        (("COMMAND", "such as uninstall or plan"), ("VERB", "such as show, where the command has verbs")),
    ),
    "version": Guide(
        "Prints the version of Janitor. `janitor --version` does the same.",
        ("janitor version", "janitor --version"),
        {Exit.CLEAN: "the version was printed", **_LOCAL},
        "CHANGELOG.md",
    ),
}
"""The guide of every command."""
