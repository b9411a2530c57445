"""Releases the contracts as they are: a new baseline for the compatibility gate, new examples on record."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from soldwire_contracts.compatibility import breaches, current, releases
from soldwire_contracts.generate import FOLDER

MANIFEST = "manifest.json"


def fingerprints(folder: Path) -> dict[str, str]:
    """SHA-256 of every example by its path below the folder, such as `sale.paid/01-consignor-paid.json`."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*/*.json"))
    }


def tampered(folder: Path) -> list[str]:
    """Released examples that were changed or removed since."""
    now = fingerprints(folder)
    return [
        f"{path}: {'changed' if path in now else 'removed'} after its release"
        for path, fingerprint in recorded(folder).items()
        if now.get(path) != fingerprint
    ]


def recorded(folder: Path) -> dict[str, str]:
    """The manifest: every example ever released, with its fingerprint."""
    manifest = folder / MANIFEST
    return dict(json.loads(manifest.read_text(encoding="utf-8"))) if manifest.exists() else {}


def release(contracts: Path) -> list[str]:
    """Write the next baseline and record new examples; refused, with reasons, when anything released breaks."""
    released, examples = contracts / "released", contracts / "examples"
    now = current()
    known = list(releases(released))
    refused = [*tampered(examples), *(breach for _, old in known for breach in breaches(old, now))]
    if refused:
        return refused
    if not known or known[-1][1] != now:
        released.mkdir(exist_ok=True)
        _write(released / f"{len(known) + 1:04}.json", now)
    _write(examples / MANIFEST, recorded(examples) | fingerprints(examples))
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
