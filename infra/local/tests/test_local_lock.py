"""The data folder's lock, its secret, and what a reset may delete."""

import base64
import os
import stat
from pathlib import Path

import pytest
from soldwire_local import keys, lock
from soldwire_local.commands.reset import delete
from soldwire_local.errors import LocalError
from soldwire_local.services import Service, read


def test_a_second_runtime_is_refused_with_the_first_ones_process_id(tmp_path: Path) -> None:
    with lock.hold(tmp_path):
        assert lock.holder(tmp_path) == os.getpid()
        with pytest.raises(lock.InUse, match=str(os.getpid())), lock.hold(tmp_path):
            raise AssertionError("held twice")
    assert lock.holder(tmp_path) is None
    with lock.hold(tmp_path):
        assert lock.holder(tmp_path) == os.getpid()


def test_the_secret_is_kept_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOLDWIRE_SECRET", raising=False)
    secret = keys.load(tmp_path)
    assert keys.load(tmp_path) == secret
    assert len(secret) == 32
    assert stat.S_IMODE((tmp_path / keys.FILE).stat().st_mode) == 0o600


def test_derived_keys_differ_by_purpose_and_are_stable() -> None:
    assert keys.password(b"s", "a_bus") == keys.password(b"s", "a_bus")
    assert keys.password(b"s", "a_bus") != keys.password(b"s", "a_owner")
    assert keys.password(b"s", "a_bus") != keys.password(b"t", "a_bus")


@pytest.mark.parametrize("secret", [b"a", b"b", b"c", b"d"])
def test_the_sealing_key_is_an_aes_256_key_in_plain_base64(
    secret: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOLDWIRE_SEAL_KEYS", raising=False)
    name, _, key = keys.seal_keys(secret).partition(":")
    assert (name, len(base64.b64decode(key, validate=True))) == ("k1", 32)


def test_reset_leaves_what_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "kafka" / "data").mkdir(parents=True)
    (tmp_path / "secret").write_text("x")
    (tmp_path / "holiday.jpg").write_text("keep")
    delete(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_service_yaml_is_read(tmp_path: Path) -> None:
    file = tmp_path / "service.yaml"
    file.write_text("name: sales-ledger\nmodule: sales_ledger\nowns: [sales, fees]\nport_hint: 8105\n")
    assert read(file) == Service("sales-ledger", "sales_ledger", "", "sales, fees", 8105)


@pytest.mark.parametrize(
    "text", ["", "name: x", "- a", "name: x\nmodule: y\nport_hint: z", "a: [", "name: [x"]
)
def test_a_service_yaml_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "service.yaml"
    file.write_text(text)
    with pytest.raises(LocalError, match=r"service\.yaml"):
        read(file)
