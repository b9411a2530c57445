"""Releases the contracts as they are: what is new goes on record for the compatibility gate, examples beside it."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from soldwire_contracts.compatibility import breaches, current, newest, releases, unreleased
from soldwire_contracts.generate import FOLDER
from soldwire_contracts.schemas import facts
from soldwire_contracts.unsaid import unsaid

MANIFEST = "manifest.json"


def fingerprints(folder: Path) -> dict[str, str]:
    """SHA-256 of every released file by its path below the folder, such as `sale.paid.v1/01-consignor-paid.json`."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.json"))
        if path != folder / MANIFEST
    }


def tampered(folder: Path) -> list[str]:
    """Released files that were changed or removed since."""
    now = fingerprints(folder)
    return [
        f"{path}: {'changed' if path in now else 'removed'} after its release"
        for path, fingerprint in recorded(folder).items()
        if now.get(path) != fingerprint
    ]


def recorded(folder: Path) -> dict[str, str]:
    """The manifest: every file of the folder ever released, with its fingerprint."""
    manifest = folder / MANIFEST
    return dict(json.loads(manifest.read_text(encoding="utf-8"))) if manifest.exists() else {}


def release(contracts: Path) -> list[str]:
    """Put on record what is new since the last release; refused, with reasons, when anything released breaks."""
    released, examples = contracts / "released", contracts / "examples"
    now = current()
    known = list(releases(released))
    refused = [
        *(line for folder in (released, examples) for line in tampered(folder)),
        *(breach for _, old in known for breach in breaches(old, now)),
        *(f"{type_}: {each}" for type_, fact in facts().items() for each in unsaid(fact)),
    ]
    if refused:
        return refused
    new = unreleased(newest(old for _, old in known), now)
    if new["topics"] or new["schemas"]:
        released.mkdir(exist_ok=True)
        _write(released / f"{len(known) + 1:04}.json", new)
    for folder in (released, examples):
        _write(folder / MANIFEST, recorded(folder) | fingerprints(folder))
    return []


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> int:
    """Command line: 1 and the reasons when something released would break."""
    refused = release(FOLDER)
    for reason in refused:
        print(reason, file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
