"""Where the cluster is, how to log in there and how long it may take. Contacts nothing; reads the files named."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

from janitor.cli.arguments import options
from janitor.cli.arguments.kinds import Text
from janitor.cli.arguments.options import CLUSTER, PARTS
from janitor.cli.arguments.values import Place, Value, Values, count, seconds
from janitor.cli.environment import Environment
from janitor.errors import BadUrl, JanitorError, UsageError
from janitor.message import Again, Remedy, do, notice_of
from janitor.namedfile import STANDARD_INPUT, Reading
from janitor.secret import Secret
from janitor.secretfile import read_credential, read_key, read_secret
from janitor.target import Credentials, Limits, MesosLogin, Target

if TYPE_CHECKING:
    from janitor.dcos.config import CliCluster

MOST_CONCURRENT = 64

_OF_THIS_RUN = (Place.COMMAND_LINE, Place.VARIABLE)


def limits_of(values: Values, env: Environment, standard: float = Limits().timeout) -> Limits:
    """How long, counted from the start of the command, and how many side by side. Raises UsageError."""
    timeout, concurrency = values.text(options.TIMEOUT), values.text(options.CONCURRENCY)
    return Limits(
        timeout=seconds(timeout) if timeout else standard,
        concurrency=count(concurrency, MOST_CONCURRENT) if concurrency else Limits().concurrency,
        began=env.began,
    )


def target_of(values: Values, env: Environment, limits: Limits, notices: list[str]) -> Target:
    """Where things are and how to log in. Raises UsageError, or BadUrl last; adds to `notices`."""
    reading = reading_of(values, env, limits)
    target = _target(values, env, reading, _credentials(values, env, reading, notices))
    unused = [value.source for part in PARTS if (value := values.text(part)) is not None]
    if target.dcos_url is not None and unused:
        notices.append(f"{' and '.join(unused)}: not used: with --dcos-url every request goes through Admin Router.")
    return target


def site_target(values: Values, env: Environment, limits: Limits, notices: list[str]) -> Target:
    """`--dcos-url`, else the parts that were named, else the cluster that the DC/OS CLI is attached to.

    Raises UsageError and BadUrl; adds to `notices`.
    """
    target = target_of(values, env, limits, notices)
    if target.dcos_url is not None or target.credentials.mesos is not None or any(map(values.text, PARTS)):
        return target
    cluster = _of_the_cli(values, env, limits)
    if cluster is None:
        return target
    notices.append(f"The cluster is {cluster.name} at {cluster.url}, which the DC/OS CLI is attached to.")
    return cluster.of(target)


def attached_notice(values: Values, env: Environment, limits: Limits) -> str | None:
    """What to tell of the DC/OS CLI's cluster, where nothing else names one: all commands but `clean` take it."""
    if any(values.text(option) is not None for option in CLUSTER):
        return None
    try:
        cluster = _of_the_cli(values, env, limits)
    except JanitorError as error:
        return notice_of(error.message, error.remedy)
    if cluster is None:
        return None
    where = f"{cluster.name} at {cluster.url}"
    return f"Every command but clean takes the cluster {where}, which the DC/OS CLI is attached to."


def _of_the_cli(values: Values, env: Environment, limits: Limits) -> CliCluster | None:
    """The cluster that the DC/OS CLI is attached to, where it is attached to one."""
    from janitor.dcos.config import attached_cluster

    cluster = attached_cluster(env.environ, reading=reading_of(values, env, limits))
    env.hide(cluster.token if cluster is not None else None)
    return cluster


def as_far_as_told(values: Values, env: Environment) -> tuple[Target, Limits]:
    """Give what is needed to reach Marathon, as well as a command line that is in error can tell it (rule C5)."""
    target, limits = Target(), Limits()
    with contextlib.suppress(JanitorError):
        limits = limits_of(values, env)
    with contextlib.suppress(JanitorError):
        marathon = _slashed(values, options.MARATHON_URL)
        target = Target(marathon=_checked(values, options.MARATHON_URL, marathon))
        reading = reading_of(values, env, limits)
        target = dataclasses.replace(target, credentials=_credentials(values, env, reading, []))
        target = _target(values, env, reading, target.credentials)
    return target, limits


def reading_of(values: Values, env: Environment, limits: Limits) -> Reading:
    """How the files that were named are read: within the time of the run."""
    return env.reading(limits.timeout, quiet=values.on(options.QUIET))


def _credentials(values: Values, env: Environment, reading: Reading, notices: list[str]) -> Credentials:
    token = _secret(values, reading, options.AUTH_TOKEN, options.AUTH_TOKEN_FILE)
    if not token and (file := _file_of(values, options.AUTH_TOKEN, options.AUTH_TOKEN_FILE)) is not None:
        notices.append(f"{file.source} {file.text} is empty: this run has no token.")
    password = _secret(values, reading, options.PASSWORD, options.PASSWORD_FILE)
    username, key_file = values.text(options.USERNAME), values.text(options.PRIVATE_KEY_FILE)
    key = read_key(key_file.text, key_file.source, reading) if key_file else None
    name = (username.text if username else "") or (key.uid if key else "")
    env.hide(token, password, key.private_key if key else None)
    if key is not None and password:
        raise UsageError("Give a password or a private key, not both.")
    if bool(name) != bool(password or key):
        # The original ignores one without the other, silently.
        missing = "password" if name else "user"
        notices.append(f"The {missing} is missing, so there is no login: it needs a user and a password.")
    mesos = _mesos_login(values, env, reading)
    if mesos is not None and (token or (name and (password or key))):
        raise UsageError(
            "Give a login to DC/OS or a principal of Mesos, not both.",
            remedy="With DC/OS, give the login. Without DC/OS, give the principal.",
        )
    return Credentials(
        token=token or None,
        username=name or None,
        password=password or None,
        private_key=key.private_key if key else None,
        mesos=mesos,
        redact=env.redact,
        again=_log_in_again(values, name, mesos),
    )


def _log_in_again(values: Values, user: str, mesos: MesosLogin | None) -> tuple[str, ...]:
    """The options with which a command to paste logs in, but for what it has from the configuration file again."""
    words = [
        *_file_again(values, options.AUTH_TOKEN_FILE, options.AUTH_TOKEN),
        *_file_again(values, options.PASSWORD_FILE, options.PASSWORD),
        *_file_again(values, options.PRIVATE_KEY_FILE),
    ]
    if user and not _comes_again(values, options.USERNAME) and words:
        words = ["--username", user, *words]
    if mesos is not None and not _comes_again(values, options.MESOS_SECRET_FILE):
        words += ["--mesos-principal", mesos.principal, *_file_again(values, options.MESOS_SECRET_FILE)]
    return (*words, *_file_again(values, options.ZOOKEEPER_AUTH_FILE))


def _comes_again(values: Values, option: Text) -> bool:
    """Whether a command to paste has the option from the configuration file."""
    return values.stored.comes_again and values.place(option).stored


def _file_again(values: Values, option: Text, plain: Text | None = None) -> list[str]:
    """A file that has a secret, as an option; nothing where nobody can read it there again, or a command has it.

    plain: the option that has the secret itself, and may be the one that counts.
    """
    file = _file_of(values, plain, option) if plain is not None else values.text(option)
    if file is None or _comes_again(values, option) or not _lasts(file.text):
        return []
    return [f"--{option.name}", file.text]


def _lasts(path: str) -> bool:
    """Whether a file can be read there again: standard input and what a shell passes cannot."""
    return path not in STANDARD_INPUT and not path.startswith(("/dev/", "/proc/"))


def _mesos_login(values: Values, env: Environment, reading: Reading) -> MesosLogin | None:
    """The principal of Mesos's own. Raises UsageError for one without a secret, and for what cannot be one."""
    principal, file = values.text(options.MESOS_PRINCIPAL), values.text(options.MESOS_SECRET_FILE)
    if file is None:
        if principal is None:
            return None
        raise UsageError(
            f"{principal.source} {principal.text} is given without its secret.",
            remedy=do("Give the file that has it (- for stdin):", Again("--mesos-secret-file", "FILE")),
        )
    if (router := values.text(options.DCOS_URL)) is not None:
        raise UsageError(
            f"{file.source} and {router.source} are both given: behind Admin Router a login to DC/OS counts.",
            remedy=do(
                "Name the master itself:", Again("-m", "http://MASTER:5050/master/", without=["--dcos-url"])
            ).also(
                "Or log in to DC/OS:",
                Again("--auth-token-file", "FILE", without=["--mesos-principal", "--mesos-secret-file"]),
            ),
        )
    name, secret = read_credential(file.text, file.source, principal.text if principal else "", reading)
    env.hide(secret)
    return MesosLogin(name, secret)


def _secret(values: Values, reading: Reading, plain: Text, file: Text) -> Secret | None:
    """Take a secret from its option or from its file; the command line's over the environment's, and that over the
    configuration file's. Both from one place is an error."""
    path, text = _file_of(values, plain, file), values.text(plain)
    if path is not None:
        return read_secret(path.text, path.source, reading)
    return Secret(text.text) if text else None


def _file_of(values: Values, plain: Text, file: Text) -> Value | None:
    """The file that a secret is read from; None where its option gives it, or nothing does."""
    text, path = values.text(plain), values.text(file)
    by_option, by_file = values.place(plain), values.place(file)
    if text and text.text and path and by_option == by_file:
        raise UsageError(f"Give {text.source} or {path.source}, not both.")
    given = text and (by_option > by_file or not path) and (text.text or by_file is not Place.COMMAND_LINE)
    return None if given else path


def _target(values: Values, env: Environment, reading: Reading, credentials: Credentials) -> Target:
    zookeeper, ca_cert = values.text(options.ZOOKEEPER), values.text(options.CA_CERT)
    hosts = None
    if zookeeper:
        from janitor.zookeeper.paths import parse_hosts

        hosts = parse_hosts(zookeeper.text).written  # what a master's zk flag holds besides ends here
    insecure = values.on(options.INSECURE)
    if ca_cert and insecure:
        raise UsageError(f"--insecure and {ca_cert.source} contradict each other.", remedy="Leave one of them out.")
    _refuse_key_alone(values, options.CLIENT_KEY, options.CLIENT_CERT)
    zookeeper_auth = _zookeeper_auth(values, env, reading)
    _check_zookeeper(values)
    dcos_url = values.text(options.DCOS_URL)
    router = None
    if dcos_url:
        from janitor.dcos.endpoints import cluster_url

        router = cluster_url(dcos_url.text, dcos_url.source)
    marathon = _slashed(values, options.MARATHON_URL)
    master = _slashed(values, options.MASTER_URL)
    exhibitor = _slashed(values, options.EXHIBITOR_URL)
    return Target(
        marathon=_checked(values, options.MARATHON_URL, marathon),
        mesos=_checked(values, options.MASTER_URL, master),
        exhibitor=_checked(values, options.EXHIBITOR_URL, exhibitor),
        exhibitor_given=values.text(options.EXHIBITOR_URL) is not None,
        zookeeper=hosts,
        zookeeper_auth=zookeeper_auth,
        zookeeper_sasl=values.on(options.ZOOKEEPER_SASL),
        zookeeper_tls=values.on(options.ZOOKEEPER_TLS),
        zookeeper_ca=values.plain(options.ZOOKEEPER_CA),
        zookeeper_cert=values.plain(options.ZOOKEEPER_CERT),
        zookeeper_key=values.plain(options.ZOOKEEPER_KEY),
        ca_cert=values.plain(options.CA_CERT),
        insecure=insecure,
        client_cert=values.plain(options.CLIENT_CERT),
        client_key=values.plain(options.CLIENT_KEY),
        dcos_url=router,
        credentials=credentials,
        named=any(values.place(part) in _OF_THIS_RUN for part in PARTS),
        again=values.stored.again,
        stored=_stored(values),
    )


def _stored(values: Values) -> frozenset[str]:
    """What of the target a command to paste has from the configuration file again."""
    if not values.stored.comes_again:
        return frozenset()
    return frozenset(
        name
        for name, option in (
            ("dcos_url", options.DCOS_URL),
            ("mesos", options.MASTER_URL),
            ("marathon", options.MARATHON_URL),
            ("exhibitor", options.EXHIBITOR_URL),
            ("zookeeper", options.ZOOKEEPER),
            ("zookeeper_sasl", options.ZOOKEEPER_SASL),
            ("zookeeper_tls", options.ZOOKEEPER_TLS),
            ("zookeeper_ca", options.ZOOKEEPER_CA),
            ("zookeeper_cert", options.ZOOKEEPER_CERT),
            ("zookeeper_key", options.ZOOKEEPER_KEY),
            ("ca_cert", options.CA_CERT),
            ("client_cert", options.CLIENT_CERT),
            ("client_key", options.CLIENT_KEY),
        )
        if values.place(option).stored
    )


def _refuse_key_alone(values: Values, key: Text, certificate: Text) -> None:
    """Raises UsageError for a key that is given without its certificate."""
    shown, given = values.text(certificate), values.text(key)  # an empty one is told before a URL that is wrong
    if given is not None and shown is None:
        raise UsageError(
            f"{given.source} {given.text} is given without its certificate.",
            remedy=do("Give the file that has it:", Again(certificate.spelled, "FILE")),
        )


def _check_zookeeper(values: Values) -> None:
    """Raises UsageError for TLS or SASL that cannot be meant as they stand: they would be left out silently."""
    if values.on(options.ZOOKEEPER_SASL) and values.text(options.ZOOKEEPER_AUTH_FILE) is None:
        raise UsageError(
            f"{options.ZOOKEEPER_SASL.spelled} is given without who logs in.",
            remedy=do("Give the file that has user:password:", Again("--zookeeper-auth-file", "FILE")),
        )
    files = [options.ZOOKEEPER_CA, options.ZOOKEEPER_CERT, options.ZOOKEEPER_KEY]
    given = [value for value in map(values.text, files) if value is not None]
    if not values.on(options.ZOOKEEPER_TLS):
        for value in given:
            raise UsageError(
                f"{value.source} is given without {options.ZOOKEEPER_TLS.spelled}.",
                remedy=do("If ZooKeeper speaks TLS:", Again("--zookeeper-tls")).also(
                    "If it does not:", Again(without=["--zookeeper-ca", "--zookeeper-cert", "--zookeeper-key"])
                ),
            )
        return
    _refuse_key_alone(values, options.ZOOKEEPER_KEY, options.ZOOKEEPER_CERT)
    master = values.text(options.MASTER_URL)
    if values.text(options.ZOOKEEPER) is None and not (master and master.text.lower().startswith("zk://")):
        raise UsageError(
            f"{options.ZOOKEEPER_TLS.spelled} is given without the port that speaks TLS: the master names another.",
            remedy=do("Name ZooKeeper's secureClientPort:", Again("--zookeeper", "HOST:PORT,HOST:PORT")),
        )


def _zookeeper_auth(values: Values, env: Environment, reading: Reading) -> Secret | None:
    file = values.text(options.ZOOKEEPER_AUTH_FILE)
    if file is None:
        return None
    digest = read_secret(file.text, file.source, reading)
    _, colon, password = digest.reveal().partition(":")
    if not colon:
        raise UsageError(f"{file.source} {file.text}: there is no user:password in it.")
    env.hide(digest, Secret(password))
    return digest


def _with_a_slash(option: Text, url: str) -> Remedy | None:
    """How a URL is to be written that has no slash at its end, nor perhaps a scheme; None where it says nothing."""
    if not url.strip() or not url.isprintable() or " " in url or "?" in url or "#" in url:
        return None
    whole = url if "://" in url else f"http://{url}"
    return do("Write:", Again(f"-{option.short}", f"{whole}/"))


def _slashed(values: Values, option: Text) -> str:
    """The URL, or the standard one. Raises BadUrl without a slash at its end, in the original's words and order."""
    value = values.text(option)
    if value is not None and option is options.MASTER_URL and value.text.lower().startswith("zk://"):
        return value.text  # the masters' place in ZooKeeper ends in no slash
    if value is not None and not value.text.endswith("/"):
        from janitor.transport.urls import shown_as_given

        what = option.name.removesuffix("_url").capitalize()
        where = f" ({value.source})" if value.stored else ""
        raise BadUrl(
            f"{what} URL must end with trailing slash: {shown_as_given(value.text)}{where}",
            remedy=_with_a_slash(option, value.text) if value.text == shown_as_given(value.text) else None,
        )
    return value.text if value is not None else option.default


def _checked(values: Values, option: Text, url: str) -> str:
    value = values.text(option)
    source = value.source if value is not None and value.stored else f"--{option.name}"
    if option is options.MASTER_URL and url.lower().startswith("zk://"):
        from janitor.zookeeper.leading import checked

        return checked(url, source)
    from janitor.transport.urls import check_url

    return check_url(url, source, option.default)
