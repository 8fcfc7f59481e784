"""What the commands on the audit trail do: prove it, take records out of it, prove what was taken out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from kmip_server.app.explaining import AppError, explained
from kmip_server.audit import Known, Report, Selection, export, parse_known, verify, verify_lines
from kmip_server.config import Config
from kmip_server.packing import WireCodec
from kmip_server.store import open_store

Progress = Callable[[int, int], None]
"""Told how many records were read, and how many there are; 0 where nobody knows."""


def verify_audit(
    config: Config, progress: Progress | None = None, known: Mapping[int, bytes] | None = None
) -> list[str]:
    """Walk the whole audit chain; return where it is broken, each finding one sentence."""
    with explained(), closing(open_store(config.database.resolved_url(), WireCodec())) as store:
        watcher, head = Known(known), store.audit_head()
        rows = watcher.watch(store.audit_rows())
        found = [str(finding) for finding in verify(rows, head, progress=_of(progress, head.sequence))]
        return found + watcher.findings()


def export_audit(config: Config, chosen: Selection, out: Path | None, progress: Progress | None = None) -> int:
    """Write records to a new file, readable by its owner alone, or to standard output; tell how many."""
    with explained(), closing(open_store(config.database.resolved_url(), WireCodec())) as store, _opened(out) as file:
        head = store.audit_head()
        count = -2  # the first line and the last
        for line in export(store.audit_rows, head, chosen, _of(progress, head.sequence)):
            file.write(f"{line}\n")
            count += 1
        return count


def verify_audit_file(path: Path, known: Mapping[int, bytes] | None = None, progress: Progress | None = None) -> Report:
    """Verify a file that :func:`export_audit` wrote; no server and no configuration is needed."""
    with explained(), open(path, encoding="ascii", errors="backslashreplace", newline="\n") as file:
        return verify_lines(file, Known(known), _of(progress, 0))


def selection(since: str | None, until: str | None, object_id: str | None, subject: str | None) -> Selection:
    """What to take out; moments as ISO 8601, in UTC where they name no time zone. Raises AppError."""
    return Selection(_moment(since), _moment(until), object_id, subject)


def known_hashes(texts: Iterable[str]) -> dict[int, bytes]:
    """Hashes that are known, each as "NUMBER:HASH"; raises AppError."""
    try:
        return dict(parse_known(text) for text in texts)
    except ValueError as error:
        raise AppError(str(error)) from error


def _moment(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise AppError(f"{text!r} is no moment, as in 2026-01-31 or 2026-01-31T12:00:00Z") from error
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def _of(progress: Progress | None, total: int) -> Callable[[int], None] | None:
    return None if progress is None else lambda count: progress(count, total)


@contextmanager
def _opened(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="ascii", newline="\n") as file:
        yield file
