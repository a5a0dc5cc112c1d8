"""The composition root: the one place that builds clients, lazily, and hands them to the engine as a cluster."""

from __future__ import annotations

import logging
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit

from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.job import Job
from janitor.cleanup.look import Looker, Wants
from janitor.cleanup.outcome import Outcome
from janitor.cleanup.run import clean
from janitor.dcos.cosmos import Cosmos
from janitor.dcos.endpoints import Endpoints, direct, through_admin_router
from janitor.dcos.login import Login
from janitor.dcos.marathon import DEFAULT_BASE, App, Marathon
from janitor.dcos.permissions import named, shutdown_permission
from janitor.dcos.scheduler import Scheduler
from janitor.dcos.version import dcos_version
from janitor.errors import BackupTrouble, JanitorError, NoAnswer, Unreachable, UsageError
from janitor.events import Notice, RequestSent, View, Waiting
from janitor.exits import Exit
from janitor.journal import UNRECORDED, Journal, RestoreEnd, RestoreIntent
from janitor.mesos.cluster import Flags, Framework, Leader, Unknown
from janitor.mesos.master import Master
from janitor.mesos.roles import check_role
from janitor.message import Again, Remedy, do
from janitor.namedfile import Reading
from janitor.patience import Patience
from janitor.secret import Secret
from janitor.target import STANDARD_MASTER, Credentials, Limits, Run, Target
from janitor.transport.advice import CLUSTER, FROM_OUTSIDE, MARATHON
from janitor.transport.basic import Basic
from janitor.transport.http import Http
from janitor.transport.trust import Tls, Trust, TrustWhoIsAsked
from janitor.zookeeper.backup import Backup, Saved, expect_writable
from janitor.zookeeper.backupfile import BackupFile
from janitor.zookeeper.choice import Choice
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.ensemble import NO_BACKUP, NO_BACKUP_REMEDY, Ensemble, Progress
from janitor.zookeeper.exhibitor import ExhibitorEnsemble
from janitor.zookeeper.leading import LeadingMaster, names_zookeeper, servers_of
from janitor.zookeeper.paths import Hosts, parse_hosts, znode_path
from janitor.zookeeper.removal import BothWays
from janitor.zookeeper.restoring import Restored

_log = logging.getLogger(__name__)


def run_clean(job: Job, run: Run) -> Outcome:
    """Clean up what `job` asks for.

    Raises UsageError, BadUrl or Refusal (rule Z1) before anything is contacted, and LoginRefused or Trouble of the
    login before anything else is. Whatever happens after that is in the Outcome.
    """
    check(job, run.target)
    if job.role == "*":
        run.view(Notice("Role * means unreserved: there is nothing to destroy or to unreserve."))
    if job.role is None and job.principal is not None:
        nothing = f"No role (-r) is given: no reservation of principal {job.principal} is selected."
        run.view(Notice(f"{nothing} Give its role, too; janitor scan shows it."))
    if job.role in (None, "*") and job.znode is None:
        status = Exit.FAILED if job.role is None else Exit.CLEAN
        return Outcome(status, ran=job.role is not None, resources=False, version="", agents=(), znode=None)
    patience = Patience(run.limits.timeout, stop=run.stop, began=run.limits.began)
    cluster = Connection(run.target, run.limits, patience, run.view, journal=run.journal)
    try:
        cluster.login()
        return clean(cluster, job, patience, run.view, run.journal)
    finally:
        cluster.close()


def check(job: Job, target: Target) -> None:
    """Raises UsageError or Refusal for a role or a znode that cannot be meant (rule Z1).

    And BackupTrouble where the znode cannot be saved first, as it is to be (rule Z6).
    """
    if job.role is not None:
        check_role(job.role)
    if job.znode is not None:
        znode_path(job.znode, parse_hosts(target.zookeeper).chroot if target.zookeeper is not None else "")
        if job.backup is not None:
            expect_backup(job.backup, target)


def expect_backup(directory: str, target: Target) -> None:
    """Raises BackupTrouble where no backup can be made of a znode of this cluster in this directory (rule Z6)."""
    if _exhibitor_alone(target) != "no":
        raise BackupTrouble(
            "No backup can be made with -e or --dcos-url alone: that goes through Exhibitor.",
            why=NO_BACKUP,
            remedy=NO_BACKUP_REMEDY,
        )
    expect_writable(directory)


def marathon(target: Target, patience: Patience, journal: Journal | None = None) -> Marathon:
    """A client for Marathon alone; `journal` takes down what it deletes.

    Raises UsageError for a CA file or a token that cannot be used.
    """
    return Connection(target, Limits(), patience, lambda _: None, journal=journal).marathon


def _tls_of_zookeeper(target: Target, reading: Reading) -> ssl.SSLContext | None:
    """What ZooKeeper is asked with over TLS, if it is. Raises UsageError for a CA or a certificate that is unusable."""
    if not target.zookeeper_tls:
        return None
    trusted = "--zookeeper-ca" if target.zookeeper_ca else "--ca-cert"
    tls = Tls(
        target.zookeeper_ca or target.ca_cert,
        client_cert=target.zookeeper_cert,
        client_key=target.zookeeper_key,
        reading=reading,
        options=(trusted, "--zookeeper-cert", "--zookeeper-key"),
    )
    return tls.context()


def _zookeeper(
    target: Target, hosts: Hosts, tls: ssl.SSLContext | None, patience: Patience, view: View
) -> KazooEnsemble:
    """A client for the ZooKeeper at `hosts`, which is logged in to as the target says. Contacts nothing.

    Raises UsageError for credentials of another form, and Incomplete for a package that SASL needs.
    """
    return KazooEnsemble(hosts, patience, auth=target.zookeeper_auth, sasl=target.zookeeper_sasl, tls=tls, view=view)


class Connection:
    """A cluster as `target` names it, directly or through Admin Router (a `janitor.cleanup.cluster.Cluster`)."""

    def __init__(
        self,
        target: Target,
        limits: Limits,
        patience: Patience,
        view: View,
        *,
        router_too: bool = False,
        journal: Journal | None = None,
    ) -> None:
        """Contacts nothing. `router_too`: from inside, Admin Router on the master may have the token, too.

        `journal` takes down what changes something, but for the writes of a clean-up, which does that itself.

        Raises BadUrl, and UsageError for a CA file or a token that cannot be used.
        """
        self._target = target
        self._patience = patience
        self._view = view
        self.endpoints = where = endpoints(target)
        reading = Reading(patience, _waiting(view))
        self._zookeeper_tls = _tls_of_zookeeper(target, reading)
        self._leading = _leading(target, self._zookeeper_tls, patience, view)
        named = [where.marathon, where.exhibitor] + ([where.router] if router_too else [])
        named += [] if self._leading is not None else [where.mesos]
        tls = Tls(target.ca_cert, target.insecure, target.client_cert, target.client_key, reading)
        trust = Trust(named, tls=tls)
        self.http, self._login = _http(target.credentials, where.login, trust, patience, view, journal)
        self._ensemble: Ensemble | None = None
        self.concurrency = limits.concurrency
        masters, agents = self.http, None
        if target.credentials.mesos is not None:
            trust = Trust([] if self._leading is not None else [where.mesos], tls=tls)
            masters, agents = _for_mesos(self.http, target.credentials, trust)
        find = None
        if self._leading is not None:
            find = _naming(self._leading.find, trust, None if target.credentials.nothing else self.http)
        self.master = Master(masters, where.mesos, where.agents, agents_http=agents, find=find)
        self.marathon = Marathon(self.http, self.endpoints.marathon)

    def login(self) -> None:
        """Log in, where there is something to log in with. Raises LoginRefused or Trouble."""
        self._login.login()

    def ensemble(self, flags: Flags, leader: Leader, patience: Patience) -> Ensemble:
        """The way to the cluster's own ZooKeeper (rule Z2).

        From outside, Exhibitor alone; so, too, when it was named and no ZooKeeper was. Else the ZooKeeper that was
        named, the ensemble in the master's `zk` flag, or the master's own host; Exhibitor then serves for an empty
        root only.
        """
        if self._ensemble is None:
            exhibitor = ExhibitorEnsemble(self.http, self.endpoints.exhibitor, patience)
            choice = self._choice(flags, leader)
            if choice.exhibitor != "no":
                self._ensemble = exhibitor
            else:
                self._ensemble = BothWays(self._direct(choice, patience), exhibitor)
        return self._ensemble

    def zookeeper(self, look: Callable[[], Inventory]) -> KazooEnsemble:
        """ZooKeeper itself: the one that was named, else the cluster's own, which `look` tells. To be closed.

        Raises UsageError where only an Exhibitor can be reached.
        """
        target = self._target
        if target.zookeeper is not None:
            return self._direct(Choice(target.zookeeper, "no", None, ""), self._patience)
        if _exhibitor_alone(target) != "no":
            raise UsageError(
                "With -e or --dcos-url alone, only Exhibitor is reached, and it cannot write znodes with their ACLs.",
                remedy=do("Name ZooKeeper itself, from where it can be reached:", Again("--zookeeper", "HOST:PORT")),
            )
        snapshot = look().snapshot
        return self._direct(self._choice(snapshot.flags, snapshot.leader), self._patience)

    def _direct(self, choice: Choice, patience: Patience) -> KazooEnsemble:
        return _zookeeper(self._target, choice.hosts(), self._zookeeper_tls, patience, self._view)

    def mesos_path(self, flags: Flags, leader: Leader) -> str:
        """Where the masters register: the path of the master's `zk` flag."""
        return self._choice(flags, leader).mesos_path()

    def masters_register(self, flags: Flags, leader: Leader) -> bool:
        """Whether the master's flag says that masters register in the very ensemble that `ensemble` gives."""
        return self._choice(flags, leader).masters_register()

    def apps_named(self, names: Sequence[str]) -> frozenset[str] | Unknown:
        """Which of these Marathon apps exist (rule O2); a Marathon that does not answer soon is no witness."""
        client = Marathon(self.http.with_patience(self._patience.within(5.0)), self.endpoints.marathon)
        try:
            return frozenset(name for name in names if client.app(name) is not None)
        except JanitorError as error:
            return Unknown(error.message)

    def token_expires_in(self) -> float | None:
        """Seconds until the token expires, None when there is none or it does not say."""
        return self._login.expires_in()

    def close(self) -> None:
        """End every connection and thread. Never raises: what the run came to is told after it."""
        for part in (self._ensemble, self._leading, self.http):
            try:
                if part is not None:
                    part.close()
            except Exception as error:
                _log.debug("closing %s:", type(part).__name__, exc_info=error)

    def _choice(self, flags: Flags, leader: Leader) -> Choice:
        target = self._target
        machine = urlsplit(leader.url).hostname or "leader.mesos"
        masters = target.mesos if self._leading is not None else None
        return Choice(target.zookeeper, _exhibitor_alone(target), flags.zk, machine, masters)


def _exhibitor_alone(target: Target) -> Literal["no", "named", "behind Admin Router"]:
    """Whether Exhibitor alone is asked for znodes, and which (rule Z2): a ZooKeeper that was named goes before it."""
    if target.zookeeper is not None:
        return "no"
    if target.exhibitor_given:
        return "named"
    return "no" if target.dcos_url is None else "behind Admin Router"


def _waiting(view: View) -> Callable[[str, float, float], None]:
    """Tell the view of a wait, in the main thread alone."""

    def tell(what: str, waited: float, at_most: float) -> None:
        if threading.current_thread() is threading.main_thread():
            view(Waiting(what, waited, at_most))

    return tell


class _Teller:
    """Tells the view of requests in the main thread alone: those of the workers wait for its next one."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._waiting: deque[RequestSent] = deque()

    def __call__(self, method: str, url: str) -> None:
        self._waiting.append(RequestSent(method, url))
        if threading.current_thread() is threading.main_thread():
            while self._waiting:
                self._view(self._waiting.popleft())


def endpoints(target: Target) -> Endpoints:
    """Where each part of the target answers. Raises BadUrl."""
    if target.dcos_url is not None:
        return through_admin_router(target.dcos_url)
    if names_zookeeper(target.mesos):
        # Who leads is not known yet. Admin Router, which only DC/OS has, is where DC/OS's own name for the leader is.
        return replace(direct(STANDARD_MASTER, target.marathon, target.exhibitor), mesos=target.mesos)
    return direct(target.mesos, target.marathon, target.exhibitor)


def _http(
    given: Credentials, login_at: str, trust: Trust, patience: Patience, view: View, journal: Journal | None
) -> tuple[Http, Login]:
    """The door to everything that speaks HTTP, and the login behind it."""
    on_request, redact = _Teller(view), given.redact
    login = Login(given, login_at, Http(trust=trust, patience=patience, on_request=on_request, redact=redact.quoted))
    http = Http(
        trust=trust,
        patience=patience,
        authorizer=login,
        on_request=on_request,
        redact=redact.quoted,
        journal=journal or UNRECORDED,
    )
    return http, login


def _for_mesos(http: Http, given: Credentials, masters: Trust) -> tuple[Http, Http]:
    """How masters are asked, and agents that want a login, with a principal of Mesos's own.

    It goes to the masters that were named, to the leader that one of them names, and to their agents: nowhere else.
    """
    assert given.mesos is not None
    basic = Basic(given.mesos.principal, given.mesos.secret)
    given.redact.hide(Secret(basic.header()), Secret(basic.header().partition(" ")[2]))
    return http.with_login(basic, masters), http.with_login(basic, TrustWhoIsAsked(tls=masters.tls))


def _leading(target: Target, tls: ssl.SSLContext | None, patience: Patience, view: View) -> LeadingMaster | None:
    """Who says which master leads, where the target names the ZooKeeper in which they register."""
    if target.dcos_url is not None or not names_zookeeper(target.mesos):
        return None
    ensemble = _zookeeper(target, servers_of(target.mesos), tls, patience, view)
    return LeadingMaster(target.mesos, ensemble, patience)


def _naming(find: Callable[[], str], trust: Trust, asker: Http | None) -> Callable[[], str]:
    """The same, and what is found counts as named: the operator named the place that says so.

    Masters do not register whether they speak http or https. Where a login goes along, `asker` asks that first, without
    the login: over https alone where a CA or a certificate of ours is given.
    """
    https = trust.tls.ca_cert is not None or trust.tls.client_cert is not None

    def found() -> str:
        url = find()
        if asker is not None:
            url = f"https{url.removeprefix('http')}" if https else url
            try:
                asker.request("GET", f"{url}health", with_token=False, stays=True)
            except NoAnswer as error:
                error.remedy = error.remedy or (_HTTPS_ALONE if https else None)
                raise
        trust.name(url)
        return url

    return found


_HTTPS_ALONE = do(
    "With --ca-cert or --client-cert, no login goes over http to a master that -m zk://... leads to. If the masters do "
    "speak http alone, name them so:",
    Again("-m", "http://MASTER:5050/"),
)


class DcosSite:
    """A DC/OS cluster for an uninstall (a `janitor.uninstall.site.Site`): what is one call to each of its parts."""

    def __init__(self, run: Run) -> None:
        """Contacts nothing. Raises as `Connection` does."""
        self._target = run.target
        self._view = run.view
        self._journal = run.journal
        self.patience = Patience(run.limits.timeout, stop=run.stop, began=run.limits.began)
        self.connection = Connection(
            run.target, run.limits, self.patience, run.view, router_too=True, journal=run.journal
        )
        self._looker = Looker(self.connection, self.patience, run.view)

    @property
    def reach(self) -> tuple[str, ...]:
        return self._target.reach

    def login(self) -> None:
        """Log in, where there is something to log in with. Raises LoginRefused or Trouble."""
        self.connection.login()

    def look(self, wants: Wants) -> Inventory:
        with named():
            return self._looker.look(wants)

    def znode(self, inventory: Inventory, path: str) -> ZnodeView | Unknown:
        return self._looker.znode(inventory, path)

    def znodes_beside(self, inventory: Inventory, path: str) -> tuple[str, ...]:
        """What is at the top of the cluster's own ZooKeeper and beside `path`. Raises ZooKeeperTrouble."""
        snapshot = inventory.snapshot
        return self.connection.ensemble(snapshot.flags, snapshot.leader, self.patience).beside(path)

    @contextmanager
    def zookeeper(self) -> Iterator[KazooEnsemble]:
        """ZooKeeper itself, for what goes through nothing else. Where it is named, nothing else is contacted.

        Raises UsageError where only an Exhibitor can be reached, and JanitorError where the master does not tell.
        """
        ensemble = self.connection.zookeeper(lambda: self.look(Wants()))
        try:
            yield ensemble
        finally:
            ensemble.close()

    def save_znode(self, path: str, directory: str) -> Saved | None:
        """Save a znode as it is in a new file there, and delete nothing; None where there is no such znode.

        Raises BackupTrouble, ZooKeeperTrouble, and what `zookeeper` raises.
        """
        since = self.patience.clock()

        def tell(nodes: int) -> None:
            waited = self.patience.clock() - since
            self._view(Waiting(f"the backup of {path} ({nodes} nodes so far)", waited, self.patience.at_most(waited)))

        with self.zookeeper() as ensemble:
            return ensemble.save(path, Backup(directory), tell)

    def put_back(
        self, ensemble: KazooEnsemble, file: BackupFile, named: str, progress: Progress, *, go_on: bool = False
    ) -> Restored:
        """Put a backup back, and record it. named: how the operator named the file. Raises as `restore` does."""
        journal = self._journal or UNRECORDED
        path = file.header.path
        journal.record(
            RestoreIntent(path=path, ensemble=ensemble.name, file=named, nodes=file.nodes),
            sync=True,
        )
        restored = ensemble.restore(file, progress, go_on=go_on)
        words = restored.error.message if restored.error is not None else ""
        journal.record(
            RestoreEnd(path=path, created=restored.created, equal=restored.equal, words=words),
            sync=True,
        )
        return restored

    def apps(self) -> tuple[App, ...]:
        try:
            return self.connection.marathon.apps()
        except Unreachable as error:
            error.remedy = error.remedy or self._name_marathon()
            raise

    def _name_marathon(self) -> Remedy:
        """Which option is missing, or wrong, when nobody answers at Marathon's address."""
        if self._target.dcos_url is not None:
            return do("Does Marathon run there? Is the URL this cluster's own? Else give that:", CLUSTER)
        if self._target.marathon != DEFAULT_BASE:
            return do("Does Marathon run there? Else give its address, with the path of its apps:", MARATHON)
        if self._target.mesos != Target().mesos:
            return do("Name Marathon, too, with the path of its apps:", MARATHON)
        return Remedy([FROM_OUTSIDE]).also("On a node of it, name Marathon, with the path of its apps:", MARATHON)

    def frameworks(self) -> tuple[Framework, ...]:
        """Every framework, completed ones included."""
        return self.look(Wants(counts=False)).snapshot.frameworks

    def scheduler(self, name: str) -> Scheduler:
        return Scheduler(self.connection.http, self.connection.endpoints.service(name))

    def start_uninstall(self, package: str, app_id: str) -> str:
        return Cosmos(self.connection.http, self.connection.endpoints.router).uninstall(package, app_id).notes

    def delete_app(self, app_id: str) -> None:
        self.connection.marathon.remove(app_id)

    def shut_down(self, framework_id: str, principal: str | None) -> None:
        with named(shutdown_permission(principal)):
            self.connection.master.teardown(framework_id, self._looker.version)

    def clean(self, job: Job) -> Outcome:
        """The drop-in's clean-up, over the same connections and within the same deadline."""
        check(job, self._target)
        return clean(self.connection, job, self.patience, self._view, self._journal)

    def dcos_version(self) -> tuple[int, int] | None:
        return dcos_version(self.connection.http, self.connection.endpoints.metadata)

    def token_expires_in(self) -> float | None:
        return self.connection.token_expires_in()

    def close(self) -> None:
        """End every connection and thread."""
        self.connection.close()
