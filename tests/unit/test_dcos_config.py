"""The DC/OS CLI's own files and variables: which cluster, its URL, token and CA (dcos-cli: dcos/config.py)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from janitor.cli.arguments.commands import Common, Status
from janitor.cli.arguments.line import parse
from janitor.dcos.config import CliCluster, attached_cluster
from janitor.errors import BadUrl, OutOfTime, UsageError
from janitor.namedfile import Reading
from janitor.patience import Patience
from janitor.secret import Secret
from tests.cli.terminal import environment

TOKEN = "eyJ0eXAi.the-token.of-the-cli"
CORE = f'[core]\ndcos_url = "https://one.example"\ndcos_acs_token = "{TOKEN}"\nssl_verify = "true"\n'


def cluster(home: Path, id: str, text: str = CORE, *, name: str = "", attached: bool = False) -> Path:
    folder = home / ".dcos" / "clusters" / id
    folder.mkdir(parents=True)
    (folder / "dcos.toml").write_text(text + (f'[cluster]\nname = "{name}"\n' if name else ""))
    if attached:
        (folder / "attached").touch()
    return folder


def found(home: Path, **environ: str) -> CliCluster:
    one = attached_cluster(environ, home)
    assert one is not None
    return one


def test_none(tmp_path: Path) -> None:
    assert attached_cluster({}, tmp_path) is None
    (tmp_path / ".dcos" / "clusters").mkdir(parents=True)
    (tmp_path / ".dcos" / "dcos.toml").write_text(CORE)
    assert attached_cluster({}, tmp_path) is None, "the old file counts only where there is no folder of clusters"


def test_the_attached_one_of_several(tmp_path: Path) -> None:
    cluster(tmp_path, "id-1", name="one")
    cluster(tmp_path, "id-2", CORE.replace("one", "two"), name="two", attached=True)
    one = found(tmp_path)
    assert (one.name, one.url, one.token, one.ca_cert, one.insecure) == (
        "two",
        "https://two.example",
        Secret(TOKEN),
        None,
        False,
    )


def test_the_only_one(tmp_path: Path) -> None:
    cluster(tmp_path, "id-1")
    assert found(tmp_path).name == "id-1"
    cluster(tmp_path, "id-2")
    assert attached_cluster({}, tmp_path) is None, "of two that are not attached, neither is meant"


@pytest.mark.parametrize("wanted", ["two", "id-2"])
def test_dcos_cluster_by_name_or_id(tmp_path: Path, wanted: str) -> None:
    cluster(tmp_path, "id-1", name="one", attached=True)
    cluster(tmp_path, "id-2", CORE.replace("one", "two"), name="two")
    assert found(tmp_path, DCOS_CLUSTER=wanted).url == "https://two.example"


def test_which_is_not_clear(tmp_path: Path) -> None:
    cluster(tmp_path, "id-1", name="one", attached=True)
    cluster(tmp_path, "id-2", name="two", attached=True)
    with pytest.raises(UsageError, match="Several clusters are attached: one, two"):
        attached_cluster({}, tmp_path)
    with pytest.raises(UsageError) as caught:
        attached_cluster({"DCOS_CLUSTER": "three"}, tmp_path)
    assert caught.value.remedy == "It knows: one, two."


def test_the_old_file(tmp_path: Path) -> None:
    (tmp_path / ".dcos").mkdir()
    (tmp_path / ".dcos" / "dcos.toml").write_text(CORE)
    assert found(tmp_path).url == "https://one.example"
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text(CORE.replace("one", "two"))
    assert found(tmp_path, DCOS_CONFIG=str(elsewhere)).url == "https://two.example"


def test_dcos_dir(tmp_path: Path) -> None:
    cluster(tmp_path, "id-1", attached=True)
    assert found(Path("/nonexistent"), DCOS_DIR=str(tmp_path / ".dcos")).url == "https://one.example"


@pytest.mark.parametrize("url", ["DCOS_URL", "DCOS_DCOS_URL"])
@pytest.mark.parametrize("token", ["DCOS_ACS_TOKEN", "DCOS_DCOS_ACS_TOKEN"])
def test_the_environment_goes_before_the_file(tmp_path: Path, url: str, token: str) -> None:
    cluster(tmp_path, "id-1", attached=True)
    one = found(tmp_path, **{url: "https://two.example", token: "another"})
    assert (one.url, one.token) == ("https://two.example", Secret("another"))


def test_the_files_token_goes_to_the_files_cluster_only(tmp_path: Path) -> None:
    """Invariant 6: to no host that it was not given for."""
    folder = cluster(tmp_path, "id-1", attached=True)
    (folder / "dcos_ca.crt").write_text("a CA")
    other = found(tmp_path, DCOS_URL="https://two.example")
    assert (other.token, other.ca_cert) == (None, None)
    same = found(tmp_path, DCOS_URL="https://one.example/#/")
    assert (same.token, same.ca_cert) == (Secret(TOKEN), str(folder / "dcos_ca.crt"))


def test_as_a_plugin_of_the_cli_without_any_file(tmp_path: Path) -> None:
    environ = {"DCOS_URL": "https://two.example", "DCOS_ACS_TOKEN": "another"}
    one = found(tmp_path, **environ, DCOS_TLS_CA_PATH="/ca.crt")
    assert (one.url, one.token, one.ca_cert, one.insecure) == (
        "https://two.example",
        Secret("another"),
        "/ca.crt",
        False,
    )
    assert found(tmp_path, **environ, DCOS_TLS_INSECURE="1").insecure


@pytest.mark.parametrize(
    "ssl_verify, ca_cert, insecure",
    [
        ('"true"', None, False),
        ("true", None, False),
        ('"false"', None, True),
        ("false", None, True),
        ('"/path/ca.crt"', "/path/ca.crt", False),
    ],
)
def test_what_the_certificate_is_verified_with(
    tmp_path: Path, ssl_verify: str, ca_cert: str | None, insecure: bool
) -> None:
    cluster(tmp_path, "id-1", CORE.replace('"true"', ssl_verify), attached=True)
    one = found(tmp_path)
    assert (one.ca_cert, one.insecure) == (ca_cert, insecure)
    assert found(tmp_path, DCOS_SSL_VERIFY="/env/ca.crt").ca_cert == "/env/ca.crt"
    assert found(tmp_path, DCOS_SSL_VERIFY="false").said_by == "DCOS_SSL_VERIFY"


def test_the_clusters_own_ca_lies_beside(tmp_path: Path) -> None:
    folder = cluster(tmp_path, "id-1", attached=True)
    (folder / "dcos_ca.crt").write_text("a CA")
    assert found(tmp_path).ca_cert == str(folder / "dcos_ca.crt")


@pytest.mark.parametrize(
    "text, words",
    [
        (f'[core]\ndcos_acs_token = "{TOKEN}"\n', "names no cluster"),
        (f"dcos_url = {TOKEN}", "is not TOML"),
        ("core = 3\n", "are not sections"),
        ("\xff", "cannot be read: not UTF-8"),
    ],
)
def test_files_that_are_wrong_are_never_quoted(tmp_path: Path, text: str, words: str) -> None:
    folder = cluster(tmp_path, "id-1", "", attached=True)
    (folder / "dcos.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError) as caught:
        attached_cluster({}, tmp_path)
    assert words in caught.value.message
    assert TOKEN not in f"{caught.value.message} {caught.value.remedy}"


@pytest.mark.parametrize("refused", ["clusters", "clusters/id-1/dcos.toml", "clusters/id-1/attached"])
def test_what_may_not_be_looked_at_is_not_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    """sudo with HOME kept: the folder is another user's. Played, since root may look at everything."""
    cluster(tmp_path, "id-1", attached=True)
    locked = tmp_path / ".dcos" / refused
    listdir, look = os.listdir, Path.stat

    def check(path: object) -> None:
        if str(path) == str(locked):
            raise PermissionError(13, "Permission denied")

    def listed(path: Path) -> list[str]:
        check(path)
        return listdir(path)

    def looked(path: Path, **options: bool) -> os.stat_result:
        check(path)
        return look(path, **options)

    monkeypatch.setattr(os, "listdir", listed)
    monkeypatch.setattr(Path, "stat", looked)
    with pytest.raises(UsageError) as caught:
        attached_cluster({}, tmp_path)
    assert caught.value.message == f"The DC/OS CLI's {locked} cannot be read: Permission denied."
    assert "--dcos-url" in (caught.value.remedy or "")


def test_a_file_that_nobody_writes(tmp_path: Path) -> None:
    folder = cluster(tmp_path, "id-1", attached=True)
    (folder / "dcos.toml").unlink()
    os.mkfifo(folder / "dcos.toml")
    with pytest.raises(OutOfTime, match=r"dcos\.toml"):
        attached_cluster({}, tmp_path, Reading(Patience(0.2)))


@pytest.mark.parametrize("text", ["core = " + "[" * 5000, "core = " + "9" * 5000, "core = 1979-99-99"])
def test_what_no_toml_reader_takes_is_no_bug(tmp_path: Path, text: str) -> None:
    folder = cluster(tmp_path, "id-1", "", attached=True)
    (folder / "dcos.toml").write_text(text)
    with pytest.raises(UsageError):
        attached_cluster({}, tmp_path)


@pytest.mark.parametrize("variable", ["DCOS_URL", "DCOS_DCOS_URL"])
@pytest.mark.parametrize("url", ["https://bob:S3cretPassw0rd@h", "https://h/?token=S3cretPassw0rd"])
def test_a_url_with_a_secret_in_it_is_refused_at_the_door(tmp_path: Path, variable: str, url: str) -> None:
    with pytest.raises(BadUrl) as caught:
        attached_cluster({variable: url, "DCOS_SSL_VERIFY": "false"}, tmp_path)
    assert caught.value.message.startswith(f"{variable}: a URL may not hold a")
    assert "S3cret" not in f"{caught.value.message} {caught.value.remedy}"
    folder = cluster(tmp_path, "id-1", f'[core]\ndcos_url = "{url}"\n', attached=True)
    with pytest.raises(BadUrl) as caught:
        attached_cluster({}, tmp_path)
    assert caught.value.message.startswith(f"{folder / 'dcos.toml'} (core.dcos_url): a URL may not hold a")
    assert "S3cret" not in f"{caught.value.message} {caught.value.remedy}"


def test_of_a_url_its_clean_form_is_kept(tmp_path: Path) -> None:
    one = found(tmp_path, DCOS_URL="https://two.example/#/access_token=S3cret")
    assert (one.name, one.url) == ("https://two.example", "https://two.example")


def test_a_clusters_name_is_one_line(tmp_path: Path) -> None:
    cluster(tmp_path, "id-1", name="prod\\n  do: x", attached=True)
    assert found(tmp_path).name == "prod   do: x"


# --- how the commands take it -----------------------------------------------------------------------------------------


def chosen(home: Path, *argv: str, **environ: str) -> Common:
    asked = parse(["status", "kafka", *argv], environment({"HOME": str(home), **environ}))
    assert isinstance(asked, Status)
    return asked.common


def test_the_attached_cluster_is_the_default_and_is_named(tmp_path: Path) -> None:
    cluster(tmp_path, "id-1", name="prod", attached=True)
    taken = chosen(tmp_path)
    assert (taken.target.dcos_url, taken.target.credentials.token) == ("https://one.example", Secret(TOKEN))
    assert "The cluster is prod at https://one.example, which the DC/OS CLI is attached to." in taken.notices


def test_what_is_given_goes_before_it(tmp_path: Path) -> None:
    cluster(tmp_path, "id-1", name="prod", attached=True)
    url = chosen(tmp_path, "--dcos-url", "https://two.example").target
    assert (url.dcos_url, url.credentials.token) == ("https://two.example", None)
    inside = chosen(tmp_path, "-m", "http://master:5050/master/").target
    assert (inside.dcos_url, inside.credentials.token) == (None, None)
    token = chosen(tmp_path, "--auth_token", "mine").target
    assert (token.dcos_url, token.credentials.token) == ("https://one.example", Secret("mine"))


def test_without_verification_it_has_to_be_said_here_too(tmp_path: Path) -> None:
    cluster(tmp_path, "id-1", CORE.replace('"true"', '"false"'), name="prod", attached=True)
    with pytest.raises(UsageError) as caught:
        chosen(tmp_path)
    assert "set up without verification (core.ssl_verify)" in caught.value.message
    assert "--insecure" in (caught.value.remedy or "")
    assert chosen(tmp_path, "--insecure").target.insecure
    assert chosen(tmp_path, "--ca-cert", "/ca.crt").target.ca_cert == "/ca.crt"


def test_urls_that_are_not_used_are_named(tmp_path: Path) -> None:
    both = chosen(tmp_path, "--dcos-url", "https://two.example", "-m", "http://m:5050/master/", "-e", "http://e/")
    assert "-m and -e: not used" in " ".join(both.notices)
