"""The pictures of docs/pictures: `recordings.py [NAME...]` runs the commands and writes the SVGs of a terminal, and the
screenshots of a scan in a browser.

Each command runs on a pseudo-terminal; pyte, a terminal emulator, keeps what a person would see, and rich draws it.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

import pyte
from playwright.sync_api import sync_playwright
from pyte.screens import Char
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
JANITOR = Path(sys.executable).parent / "janitor"

ROWS = 400
"""Lines of the pseudo-terminal: more than any command prints, so that nothing leaves the screen."""

SHOWN = 36
"""Lines that a recording shows at once."""

LONGEST_PAUSE = 1.5
"""Seconds that a recording stands still at most: it waits less than the run did."""

TYPING = 0.06
"""Seconds between two lines that came at once."""

LINE = 24.4
"""Pixels from line to line in rich's drawing: its characters are 20 high."""

FONTS = 'ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'

DRAWING = """\
<svg class="{unique_id}" viewBox="0 0 {width} HEIGHT" xmlns="http://www.w3.org/2000/svg" role="img">
<title>TITLE</title>
<style>
.{unique_id}-matrix {{ font-family: FONTS; font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
MOTION</style>
<defs><clipPath id="{unique_id}-screen"><rect width="{terminal_width}" height="SCREEN"/></clipPath></defs>
<rect fill="#191919" stroke="#808080" x="1" y="1" width="FRAME" height="BOX" rx="8"/>
<g transform="translate({terminal_x}, 12)" clip-path="url(#{unique_id}-screen)">
<g class="scroll">{backgrounds}<g class="{unique_id}-matrix">
{matrix}
</g></g></g>
</svg>
"""


@dataclass(frozen=True)
class Seen:
    """What a terminal showed at the end: its lines, and the second at which each came to be as it is."""

    lines: tuple[Text, ...]
    times: tuple[float, ...]


def watched(words: list[str], columns: int, typed: str, status: int = 0) -> Seen:
    """Run a command on a terminal of `columns`, with `typed` shown as its first line, and see what it prints.

    Of one that does not end with `status` no picture is made: that ends the program.
    """
    screen = pyte.Screen(columns, ROWS)
    stream = pyte.ByteStream(screen)
    stream.feed(f"$ {typed}\r\n".encode())
    kept: dict[int, str] = {}
    times: dict[int, float] = {}
    beginning = time.monotonic()
    for chunk in _output(words, columns, status):
        stream.feed(chunk)
        for number, shown in enumerate(screen.display[: screen.cursor.y + 1]):
            if kept.get(number) != shown:
                kept[number], times[number] = shown, time.monotonic() - beginning
    last = max((number for number, shown in enumerate(screen.display) if shown.strip()), default=0)
    lines = tuple(_text([screen.buffer[number][column] for column in range(columns)]) for number in range(last + 1))
    return Seen(lines, tuple(times.get(number, 0.0) for number in range(last + 1)))


def _output(words: list[str], columns: int, status: int) -> Iterator[bytes]:
    """The command's output, as it comes."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("JANITOR_", "DCOS_", "CI"))}
    environ |= {"TERM": "xterm-256color", "PATH": f"{JANITOR.parent}:{environ['PATH']}"}
    environ.pop("NO_COLOR", None)
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env=environ, cwd=ROOT) as done:
        os.close(slave)
        try:
            while chunk := os.read(master, 65536):
                yield chunk
        except OSError:  # Linux's way to say that the other side is closed
            pass
        finally:
            os.close(master)
    if done.returncode != status:
        sys.exit(f"{words[0]} ended with {done.returncode} and not with {status}: no picture is made of that.")


def _text(cells: list[Char]) -> Text:
    """A line of the terminal with its colours, without the blanks at its end."""
    line = Text()
    for (colour, bold, dim), same in groupby(cells, lambda cell: (cell.fg, cell.bold, cell.fg == "brightblack")):
        style = " ".join(filter(None, ("bold" if bold else "", "dim" if dim else "", _colour(colour))))
        line.append("".join(cell.data for cell in same), style)
    line.rstrip()
    return line


def _colour(name: str) -> str:
    """rich's name for a colour of pyte's."""
    if name == "default":
        return ""
    if re.fullmatch("[0-9a-f]{6}", name):
        return f"#{name}"
    name = "yellow" if name == "brown" else name
    return re.sub("^bright", "bright_", name)


def drawn(seen: Seen, columns: int, title: str, *, plays: bool) -> str:
    """Draw what was seen as an SVG that asks nobody for anything; with `plays` line after line, as it came."""
    console = Console(record=True, width=columns, file=io.StringIO(), legacy_windows=False)
    for line in seen.lines:
        console.print(line, overflow="crop", no_wrap=True, crop=True)
    shown = min(SHOWN, len(seen.lines)) if plays else len(seen.lines)
    screen = shown * LINE + 4
    when = _played(seen.times) if plays else ()
    values = {
        "HEIGHT": f"{screen + 26:g}",
        "BOX": f"{screen + 22:g}",
        "SCREEN": f"{screen:g}",
        "FRAME": f"{columns * 12.2 + 15:g}",
        "FONTS": FONTS,
        "TITLE": title,
        "MOTION": _motion(when, shown).replace("{", "{{").replace("}", "}}"),
    }
    template = re.sub("|".join(values), lambda found: values[found[0]], DRAWING)
    svg = console.export_svg(title="", theme=DIMMED_MONOKAI, code_format=template, unique_id="t")

    def timed(found: re.Match[str]) -> str:
        return f'style="animation-delay:{when[int(found[1])]:.2f}s"' if plays else ""

    return re.sub(r'\s*clip-path="url\(#t-line-(\d+)\)"', lambda found: " " + timed(found), svg).replace(" >", ">")


def _played(times: tuple[float, ...]) -> tuple[float, ...]:
    """When each line is shown: in order, with every pause shortened to what a person has patience for."""
    at, played = 0.5, [0.5]
    for before, after in pairwise(times):
        at += min(max(after - before, TYPING), LONGEST_PAUSE)
        played.append(at)
    return tuple(played)


def _motion(when: tuple[float, ...], shown: int) -> str:
    """The rules that let each line appear at its time, and the screen scroll when it is full."""
    if not when:
        return ""
    whole = when[-1] + 1
    steps = ["0% { transform: none }"]
    for number, at in enumerate(when[shown:], 1):
        steps.append(f"{100 * at / whole:.2f}% {{ transform: translateY({-number * LINE:.1f}px) }}")
    end = f"translateY({-max(0, len(when) - shown) * LINE:.1f}px)"
    return (
        f".scroll {{ transform: {end} }}\n"
        "@media not (prefers-reduced-motion: reduce) {\n"
        "@keyframes appear { from { visibility: hidden } to { visibility: visible } }\n"
        f"@keyframes scroll {{ {' '.join(steps)} to {{ transform: {end} }} }}\n"
        ".t-matrix text { animation: appear 0.01s backwards }\n"
        f".scroll {{ animation: scroll {whole:.2f}s step-end }}\n"
        "}\n"
    )


@contextmanager
def rehearsal(*words: str) -> Iterator[dict[str, str]]:
    """A rehearsal cluster with a real ZooKeeper; gives what its greeting calls `Master`, `Admin Router` and so on."""
    command = [str(JANITOR), "sandbox", "--with-zookeeper", *words]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = {}
            for line in process.stdout:
                if found := re.fullmatch(r"  (\w[\w ]*?)  +(\S+)", line.rstrip()):
                    told[found[1]] = found[2]
                if line.startswith("Ctrl-C ends it"):
                    break
            yield told
        finally:
            process.terminate()


def run(line: str, columns: int, status: int = 0) -> Seen:
    """Run a command as a person types it; it has to end with `status`."""
    return watched(shlex.split(line), columns, line, status)


def save(name: str, seen: Seen, columns: int, title: str, *, plays: bool = False) -> None:
    PICTURES.mkdir(exist_ok=True)
    path = PICTURES / f"{name}.svg"
    path.write_text(drawn(seen, columns, title, plays=plays), encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: {len(seen.lines)} lines, {path.stat().st_size // 1000} kB")


def demo() -> None:
    columns = 100
    seen = watched([str(ROOT / "scripts" / "demo")], columns, typed="./scripts/demo")
    save("demo", seen, columns, "A recording of ./scripts/demo in a terminal", plays=True)


def clean() -> None:
    columns = 100
    with rehearsal() as told:
        words = f"janitor -r kafka-role -p kafka-principal -z dcos-service-kafka -m {told['Master']}"
        save("clean", run(words, columns), columns, "A clean-up in a terminal")


def scan() -> None:
    columns = 140
    with rehearsal("--scenario", "city") as told:
        seen = run(f"janitor scan --dcos-url {told['Admin Router']}", columns, status=10)
        save("scan", seen, columns, "janitor scan in a terminal")


def uninstall() -> None:
    columns = 100
    with rehearsal("--scenario", "city") as told:
        seen = run(f"janitor status cassandra --dcos-url {told['Admin Router']}", columns, status=10)
        save("status", seen, columns, "janitor status in a terminal: an uninstall that is stuck")


def page() -> None:
    """The page of a scan, in light and in dark, with what one service holds pointed at."""
    browser = shutil.which("chromium") or sys.exit("There is no Chromium here, in which the page could be shown.")
    with rehearsal("--scenario", "city") as told, tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        file = Path(folder, "scan.html")
        command = [str(JANITOR), "scan", "--output", "html", "--quiet", "--dcos-url", told["Admin Router"]]
        with file.open("wb") as out:
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, check=False)  # 10: something is abandoned
        chromium = player.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            tab = chromium.new_page(viewport={"width": 1400, "height": 980}, color_scheme=scheme)
            tab.goto(file.as_uri())
            tab.hover("tbody.holding .line")
            tab.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
            path = PICTURES / f"page-{scheme}.png"
            PICTURES.mkdir(exist_ok=True)
            tab.screenshot(path=path)
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")
        chromium.close()


MADE = {"demo": demo, "clean": clean, "scan": scan, "status": uninstall, "page": page}


def main(names: list[str]) -> None:
    if unknown := [name for name in names if name not in MADE]:
        sys.exit(f"There is no picture {', '.join(unknown)}; there are {', '.join(MADE)}.")
    for name in names or MADE:
        MADE[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
