"""Which znodes may be named (rule Z1), how servers are written, what a service's znode says of its name."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from janitor.errors import Refusal, UsageError
from janitor.zookeeper.paths import Hosts, parse_hosts, znode_path

# The rule's own list, written down a second time on purpose.
PROTECTED = (
    *("zookeeper", "mesos", "marathon", "metronome", "cosmos", "cluster-id", "dcos", "navstar_key"),
    *("bouncer", "vault", "exhibitor", "universe"),
)


def expected(given: str, chroot: str = "") -> str:
    """What rule Z1 says of a name: its canonical path, "usage" or "refused". Written character by character."""
    parts: list[str] = [""]
    for character in given:
        if character == "/":
            parts.append("")
        else:
            parts[-1] += character
    if parts[0] == "" and len(parts) > 1:
        parts = parts[1:]
    if parts[-1] == "" and len(parts) > 1:
        parts = parts[:-1]
    for part in parts:
        if part in {"", ".", ".."} or any(map(zookeeper_refuses, part)):
            return "usage"
    whole = [part for part in chroot.split("/") if part] + parts
    if whole[0] in PROTECTED and not (whole[0] == "universe" and len(whole) > 1):
        return "refused"
    return "/" + "/".join(parts)


def zookeeper_refuses(character: str) -> bool:
    """PathUtils.validatePath, by the UTF-16 units that Java sees."""
    units = character.encode("utf-16-be", "surrogatepass")
    for unit in (int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2)):
        if unit <= 0x1F or 0x7F <= unit <= 0x9F or 0xD800 <= unit <= 0xF8FF or 0xFFF0 <= unit <= 0xFFFF:
            return True
    return False


def answer(given: str, chroot: str = "") -> str:
    try:
        return znode_path(given, chroot)
    except UsageError:
        return "usage"
    except Refusal as refusal:
        return "refused" if (refusal.rule.code, refusal.override) == ("Z1", None) else "wrongly refused"


names = st.one_of(
    st.sampled_from([*PROTECTED, "dcos-service-kafka", "cassandra", "spark_mesos_dispatcher", ".", "..", "", " "]),
    st.text(max_size=5),
)
paths = st.lists(names, max_size=4).map("/".join)


@given(
    st.one_of(paths, paths.map(lambda path: "/" + path), st.text(max_size=8)),
    st.sampled_from(["", "/dcos", "/mesos", "/universe", "/prod", "/prod/dcos"]),
)
@example("/", "")
@example("//", "")
@example("mesos/", "")
@example("\ud800", "")
@example("\U0001f600", "")
@example("\x7f", "")
@example("universe/x", "")
@example("x", "/universe")
def test_every_name_is_judged_as_rule_z1_says(given: str, chroot: str) -> None:
    assert answer(given, chroot) == expected(given, chroot)


@pytest.mark.parametrize("given", ["", "/", "//", ".", "..", "./x", "a/../mesos", "a//b", "x//", "a\nb", "a\0"])
def test_z1_what_no_znode_can_be_called_is_a_usage_error(given: str) -> None:
    with pytest.raises(UsageError):
        znode_path(given)


@pytest.mark.parametrize("name", PROTECTED)
def test_z1_protected_znodes_are_refused_in_every_spelling_and_nothing_lifts_it(name: str) -> None:
    for spelling in (name, f"/{name}", f"{name}/", f"/{name}/"):
        with pytest.raises(Refusal) as refused:
            znode_path(spelling)
        assert refused.value.rule.code == "Z1"
        assert refused.value.override is None
        assert f"/{name}" in refused.value.message


def test_z1_what_lies_below_a_protected_znode_is_protected_save_below_universe() -> None:
    for name in PROTECTED:
        assert answer(f"{name}/x/y") == (f"/{name}/x/y" if name == "universe" else "refused")


@pytest.mark.parametrize(
    "given", ["dcos-service-kafka", "cassandra", "spark_mesos_dispatcher", "universe/x", "mesos-2", "Mesos", "a b"]
)
def test_z1_any_other_name_is_fine_with_and_without_slashes(given: str) -> None:
    for spelling in (given, f"/{given}", f"{given}/", f"/{given}/"):
        assert znode_path(spelling) == f"/{given}"


def test_z1_the_chroot_counts_and_is_not_part_of_the_answer() -> None:
    assert znode_path("x", "/prod") == "/x"
    assert answer("x", "/dcos") == "refused"
    assert answer("mesos", "/prod") == "/mesos"


@pytest.mark.parametrize(
    ("text", "servers", "chroot"),
    [
        ("zk-1.zk:2181,zk-2.zk:2181/chroot", (("zk-1.zk", 2181), ("zk-2.zk", 2181)), "/chroot"),
        ("10.0.0.1", (("10.0.0.1", 2181),), ""),
        ("ZK-1.zk", (("zk-1.zk", 2181),), ""),
        ("10.0.0.1:2182/", (("10.0.0.1", 2182),), ""),
        ("a:1, b:2 /x/y/", (("a", 1), ("b", 2)), "/x/y"),
        ("[::1]:2182,[fe80::1]", (("::1", 2182), ("fe80::1", 2181)), ""),
        ("zk://h1:2181,h2:2181/mesos", (("h1", 2181), ("h2", 2181)), "/mesos"),
    ],
)
def test_servers_are_read_as_zookeeper_clients_and_masters_write_them(
    text: str, servers: tuple[tuple[str, int], ...], chroot: str
) -> None:
    assert parse_hosts(text) == Hosts(servers, chroot)


@pytest.mark.parametrize("text", ["zk://user:pa:ss@h1:2181,h2/mesos", "user:p@ss@h1:2181,h2/mesos"])
def test_credentials_among_the_servers_are_dropped(text: str) -> None:
    assert parse_hosts(text) == Hosts((("h1", 2181), ("h2", 2181)), "/mesos")


@pytest.mark.parametrize(
    "text",
    [
        *("", ",", "a,,b", "a:0", "a:65536", "a:x", ":2181", "/chroot", "a b", "::1", "[::1", "a:1:2"),
        *("a/x//y", "a/..", "zk://", "file:///etc/zk", "http://a:2181"),
        *("a..b:2181", ".a", f"{'a' * 64}.zk", ".".join(["abcdefg"] * 33)),
    ],
)
def test_servers_that_cannot_be_meant_are_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_hosts(text)


@given(st.text(alphabet="p/@:,? ", min_size=1, max_size=6))
@example("p/p")
@example("p@/p")
def test_no_message_and_no_value_ever_holds_a_password(noise: str) -> None:
    """A password may hold any character, also those that servers are cut at."""
    password = f"hunter2{noise}hunter2"
    try:
        found = str(parse_hosts(f"zk://user:{password}@h1:2181/mesos"))
    except UsageError as error:
        found = f"{error.message} {error.remedy} {error!r}"
    assert "hunter2" not in found


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=12))
def test_servers_are_accepted_or_refused_but_nothing_else(text: str) -> None:
    try:
        hosts = parse_hosts(text)
    except UsageError:
        return
    assert hosts.servers
    assert all(host and 0 < port < 65536 for host, port in hosts.servers)
    assert hosts.chroot == "" or hosts.chroot.startswith("/")
    assert parse_hosts(str(hosts)) == hosts


def test_a_name_with_letters_of_any_language_is_fine() -> None:
    name = "dcos-service-größe"
    assert znode_path(name) == f"/{unicodedata.normalize('NFC', name)}"
