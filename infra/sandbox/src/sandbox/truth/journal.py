"""An append-only file of committed records: one line per commit, so that a killed process loses nothing it answered."""

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import TypeAdapter
from pydantic_core import from_json

from sandbox.truth import beside, goods, model, trade

TYPES: dict[str, type[model.Entity]] = {
    entity.kind: entity
    for entity in (
        model.Application,
        model.Account,
        model.Token,
        goods.Listing,
        trade.Order,
        model.Receipt,
        model.Subscription,
        model.Delivery,
        model.Attempt,
        model.Call,
        model.Refusal,
        model.SigningKey,
        beside.BulkOperation,
        beside.BalanceTransaction,
        beside.Payout,
    )
}
ADAPTERS: dict[str, TypeAdapter[model.Entity]] = {kind: TypeAdapter(entity) for kind, entity in TYPES.items()}
WRITERS = {kind: adapter.serializer for kind, adapter in ADAPTERS.items()}


class Journal:
    """Appends commits with one unbuffered write each; the page cache outlives the process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "journal.jsonl"
        self._files = folder / "files"
        self._file = -1

    def read(self) -> Iterator[tuple[int, list[model.Entity]]]:
        """Every whole commit: the sequence it left off at and its records; a torn last line is cut off."""
        if not self._path.exists():
            return
        whole = 0
        with self._path.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                sequence, *rows = from_json(line)
                yield sequence, [ADAPTERS[kind].validate_python(document) for kind, document in rows]
        os.truncate(self._path, whole)

    def append(self, sequence: int, entities: Sequence[model.Entity]) -> None:
        """Raises ValueError, and writes nothing, for a record that could not be read again."""
        if self._file < 0:
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        rows = b",".join(
            b'["%s",%s]' % (entity.kind.encode(), WRITERS[entity.kind].to_json(entity, warnings="error"))
            for entity in entities
        )
        os.write(self._file, b"[%d,%s]\n" % (sequence, rows))

    def keep(self, name: str, content: bytes) -> None:
        """A file beside the journal, whole or not at all."""
        self._files.mkdir(exist_ok=True)
        fresh = self._files / f"{name}.new"
        fresh.write_bytes(content)
        fresh.rename(self._files / name)

    def kept(self, name: str) -> bytes | None:
        path = self._files / name
        return path.read_bytes() if path.is_file() else None

    def clear(self) -> None:
        self.close()
        self._path.unlink(missing_ok=True)
        shutil.rmtree(self._files, ignore_errors=True)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
