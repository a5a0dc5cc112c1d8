"""What stands behind the wrapper, played: the DC/OS CLI of both generations, ssh, Docker on the master, and Janitor.

Programs: laptop.py puts them on a PATH under the names dcos, docker and janitor.py. The world that they share is a JSON
file, named by WORLD, and every command line is written down beside it. Each generation asks, prints and quotes as
its source does (dcos-cli 0.5 cli/dcoscli/{package,node,service}/main.py, dcos/ssh_util.py; dcos-core-cli
pkg/cmd/{pkg,service,node}, pkg/sshclient/client.go).
"""

from __future__ import annotations

import json
import os
import sys
import time

# It is started some twenty times a test, so it imports little.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    World = dict[str, Any]

WORLD = os.environ["WORLD"]
PROXY, LEADER = "203.0.113.1", "10.0.0.1"


def main() -> int:
    name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
    with open(WORLD.replace(".json", ".log"), "a") as log:
        log.write("\x1f".join([name, *words]) + "\x1e")
    with open(WORLD) as file:
        world: World = json.load(file)
    players: dict[str, Callable[[World, list[str]], int]] = {
        "dcos": dcos,
        "docker": docker,
        "janitor.py": janitor,
    }
    return players[name](world, words)


def keep(world: World) -> None:
    with open(f"{WORLD}.new", "w") as file:
        json.dump(world, file)
    os.replace(f"{WORLD}.new", WORLD)


def complain(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


# The CLI


def dcos(world: World, words: list[str]) -> int:
    if failure := world["fails"].get(" ".join(words[:2])):
        return complain(failure)
    match words:
        case ["--version"]:
            print(f"dcoscli.version=0.5.0\ndcos.version={world['version']}\ndcos.commit=0\ndcos.bootstrap-id=0")
        case ["config", "show", "core.dcos_acs_token"]:
            if world["token"] is None:
                return complain("Property 'core.dcos_acs_token' doesn't exist")
            print(world["token"])
        case ["marathon", "app", "list", "--json"]:
            publish(world, world["apps"])
        case ["service", "--inactive", "--json"]:
            publish(world, world["frameworks"])
            step(world, "leaves_after", lambda: world["frameworks"].clear())
        case ["service", "--inactive", "--completed", "--json"]:
            publish(world, [*world["completed"], *world["frameworks"]])
            step(world, "tasks_end_after", lambda: [each["tasks"].clear() for each in world["completed"]])
        case ["service", "shutdown", framework]:
            return shutdown(world, framework)
        case ["node", "--json"]:
            publish(world, [{"type": "master (leader)", "ip": LEADER}, *world["agents"]])
        case ["package", "uninstall", *rest]:
            return uninstall(world, rest)
        case ["node", "ssh", *rest]:
            return node_ssh(world, rest)
        case _:
            return complain("Usage:")
    return 0


def publish(world: World, values: list[Any]) -> None:
    if world["generation"] == "go":
        # encoding/json escapes these; a list that nothing was put into is null.
        text = json.dumps(values, indent=4, ensure_ascii=False) if values else "null"
        print(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
    else:
        print(json.dumps(values, indent=2, sort_keys=True))


def step(world: World, counter: str, then: Callable[[], object]) -> None:
    """Something happens after so many looks."""
    if world.get(counter) is not None:
        world[counter] -= 1
        if world[counter] <= 0:
            then()
            world[counter] = None
        keep(world)


def shutdown(world: World, framework: str) -> int:
    if world["generation"] == "go":
        print(f"Do you really want to teardown {framework} with all its tasks? [yes/no] ", end="", flush=True)
        if sys.stdin.readline().strip() not in ("y", "yes"):
            return complain("Error: couldn't get confirmation")
    for each in [each for each in world["frameworks"] if each["id"] == framework]:
        world["frameworks"].remove(each)
        world["completed"].append(each)
    keep(world)
    return 0


def uninstall(world: World, words: list[str]) -> int:
    go = world["generation"] == "go"
    unknown = [word for word in words if word.startswith("-") and not word.startswith("--app-id=")]
    if unknown:
        return complain("Command not recognized\nUsage:")
    (app_id,) = [word.partition("=")[2] for word in words if word.startswith("--app-id=")]
    (package,) = [word for word in words if not word.startswith("-")]
    print(
        f"WARNING: This action cannot be undone. This will uninstall [{app_id}]", file=sys.stderr if go else sys.stdout
    )
    for _ in range(3):
        print("Please type the name of the service to confirm: ", end="", flush=True)
        typed = sys.stdin.readline().strip()
        if typed == app_id and not world["refuses"]:
            break
        print(f"Expected '{app_id}'. You supplied '{typed}'.")
    else:
        # The Python one calls this a success.
        return complain("Error: cancelling uninstall") if go else 0
    world["apps"] = [each for each in world["apps"] if each["id"] != app_id]
    match world["framework_afterwards"]:
        case "gone":
            world["frameworks"] = []
        case "inactive":
            for each in world["frameworks"]:
                each["active"] = False
    keep(world)
    print(f"Uninstalled package [{package}] version [1.1.9]", file=sys.stderr)
    return 0


def node_ssh(world: World, words: list[str]) -> int:
    assert words[:2] == ["--master-proxy", "--leader"], words
    options: list[str] = []
    user = "core" if world["generation"] == "python" else "centos"
    rest = words[2:]
    while rest and rest[0].startswith("--"):
        if rest[0] == "--option":
            options += ["-o", rest[1]]
            rest = rest[2:]
        else:
            user = rest.pop(0).removeprefix("--user=")
    (command,) = rest
    if world["generation"] == "go":
        line = ["ssh", *options, "-A", "-t", "-l", user, PROXY, "ssh", *options, "-l", user, "-A", "-t", LEADER]
        return 1 if os.spawnvp(os.P_WAIT, "ssh", [*line, "'", command, "'"]) else 0
    given = " ".join(options)
    hop = f"ssh -A -t {given} -l {user} {PROXY} --"
    text = f"{hop} ssh -A -t {given} -l {user} {LEADER} -- {command}"
    print(f"Running `{text}`", file=sys.stderr)
    sys.stderr.flush()
    return os.waitstatus_to_exitcode(os.system(text))


# Beyond it


def docker(world: World, words: list[str]) -> int:
    if world["docker"]:
        return complain(world["docker"])
    assert words[:2] == ["run", "--rm"], words
    rest = words[2:]
    interactive = rest[0] == "-i"
    if interactive:
        del rest[0]
    image, program, *rest = rest
    assert image == world["image"], image
    itself = os.path.join(os.path.dirname(sys.argv[0]), "janitor.py")
    if program == "/bin/sh" and rest == []:
        # /janitor.py is at the container's root.
        script = sys.stdin.read().replace("exec /janitor.py", f"exec {itself}")
        shell = os.popen("/bin/sh", "w")
        shell.write(script)
        return os.waitstatus_to_exitcode(shell.close() or 0)
    assert program == "/janitor.py", program
    if interactive:
        return janitor(world, rest)
    with open(os.devnull) as sys.stdin:  # nothing of the standard input gets into a container then
        return janitor(world, rest)


def janitor(world: World, words: list[str]) -> int:
    """Janitor, as far as reservations go; or it `hangs`, or `ends` with these words."""
    if words == ["--version"]:
        print("janitor 0.1.0")
        return 0
    given = dict(zip(words[::2], words[1::2], strict=False))
    role, principal = given["-r"], given["-p"]
    token = sys.stdin.read() if "--auth-token-file" in words else None
    world["runs"].append({"role": role, "principal": principal, "znode": given["-z"], "token": token, "words": words})
    keep(world)
    if world["hangs"]:
        time.sleep(600)  # it is ended before
    if world["ends"]:
        print(world["ends"], file=sys.stderr)
        return 5
    holders = {
        owner: items for agent in world["agents"] for owner, items in agent["principals"].get(role, {}).items() if items
    }
    if holders and principal not in holders:
        listed = "; ".join(f"principal {owner} holds {items} reservations" for owner, items in sorted(holders.items()))
        print(
            f"janitor: Likely typo: role {role} holds reservations, but none of principal {principal}: {listed}. "
            "(rule S4 likely-typo)\n  To select them: janitor ...",
            file=sys.stderr,
        )
        return 6
    if "--dry-run" in words:
        print("Dry run: nothing was changed.")
        return 0
    for agent in world["agents"]:
        agent["principals"].get(role, {}).pop(principal, None)
        if not world["keeps"] and not agent["principals"].get(role):
            agent["reserved_resources"].pop(role, None)
    keep(world)
    print("Cleanup completed successfully.")
    return 0
