"""Jars: pinned whole, checked by digest, and a sentence with a remedy when they can't be had."""

import shutil
from pathlib import Path

import pytest
from soldwire_local import jars

CLOSED = "http://127.0.0.1:1"


def test_every_jar_is_pinned_with_a_digest() -> None:
    pinned = jars.pinned()
    assert len({jar.path for jar in pinned}) == len(pinned) == 45
    assert all(len(jar.sha256) == 64 for jar in pinned)


def test_an_unreachable_repository_says_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLDWIRE_MAVEN", CLOSED)
    with pytest.raises(jars.JarsUnavailable, match="mirror") as caught:
        jars.class_path(tmp_path)
    assert CLOSED in str(caught.value)


def test_a_damaged_jar_is_missing_and_fetched_again(tmp_path: Path) -> None:
    jars.class_path()
    cache = tmp_path / "maven"
    shutil.copytree(jars.cache_folder(), cache)
    assert jars.missing(cache) == []
    victim = jars.pinned()[0]
    (cache / victim.path).write_bytes(b"half a jar")
    assert jars.missing(cache) == [victim]
    jars.class_path(cache)
    assert jars.missing(cache) == []
