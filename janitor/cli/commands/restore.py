"""`janitor restore FILE`: put a znode back that --backup saved, after it was shown and confirmed."""

from __future__ import annotations

from functools import partial

from janitor import exits
from janitor.cli.arguments.commands import Restore
from janitor.cli.results import PutBack
from janitor.cli.session import Session
from janitor.events import Restoring, Told
from janitor.exits import Exit
from janitor.words import Word, called, counted, own_command
from janitor.zookeeper.backupfile import BackupFile
from janitor.zookeeper.restoring import Restored


def run(asked: Restore, session: Session) -> PutBack:
    """Check the file, ask, restore, and compare. Raises JanitorError for what keeps it from beginning."""
    site = session.site
    file = BackupFile(asked.file, partial(site.patience.check, "reading the backup"))
    path, nodes = file.header.path, file.nodes
    with site.zookeeper() as ensemble:
        ensemble.expect_room(file, go_on=asked.go_on)
        heading = f"{called(asked.file)}: {called(path)}, {counted(nodes, 'node')}"
        details = [f"saved {called(file.header.saved)} from ZooKeeper at {called(file.header.ensemble)}"]
        details += [f"into {called(ensemble.name)}"]
        details += [f"its quota was {called(file.header.quota)}; that is not put back"] if file.header.quota else []
        if asked.dry_run:
            done = Restored(path, ensemble.name, nodes, ephemerals=file.end.ephemerals, dry_run=True)
            return PutBack(asked.file, done, status=exits.of_dry_run(Exit.CLEAN, changes=True, detailed=asked.detailed))
        session.view(Told(heading, tuple(details)))
        session.insist(f"Put {called(path)} back into {called(ensemble.name)}?", path, yes=asked.yes)
        restored = site.put_back(
            ensemble,
            file,
            asked.file,
            lambda done, doing: session.view(Restoring(path, done, nodes, doing)),
            go_on=asked.go_on,
        )
    again = own_command(asked.common.target.reach, "restore", Word(asked.file), "--continue")
    return PutBack(asked.file, restored, again, status=_status(restored))


def _status(restored: Restored) -> Exit:
    if restored.error is not None:
        return restored.error.exit_status
    return Exit.CLEAN if restored.equal else Exit.FAILED
