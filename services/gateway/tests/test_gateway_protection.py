"""Headers on every answer, pages without inline code, static files that may be kept for ever."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup
from fastapi import FastAPI
from gateway import vendor
from gateway.routes import guard
from gateway.routes.assets import Assets
from gateway_fixtures.owners import Owners

ROOT = Path(vendor.__file__).parents[2]
PATHS = ("/", "/automations/sync", "/automations/delist", "/you", "/no-such-page")


@pytest.mark.parametrize("path", [*PATHS, "/sign-in", "/panels/latest"])
async def test_every_answer_carries_the_headers(signed_in: httpx.AsyncClient, path: str) -> None:
    headers = (await signed_in.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"


async def test_a_failure_nobody_foresaw_is_a_page_with_every_header(
    signed_in: httpx.AsyncClient, owners: Owners, caplog: pytest.LogCaptureFixture
) -> None:
    """Several panels fail at once, and none of it is logged at another time."""
    del owners.shop.sales[0]["title"]
    owners.shop.sales[0]["steps"] = None
    answer = await signed_in.get("/")
    assert answer.status_code == 500
    assert "failed on our side" in answer.text
    assert answer.headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    gc.collect()
    assert "never retrieved" not in caplog.text


async def test_without_its_database_people_get_a_page_and_programs_a_problem(
    signed_in: httpx.AsyncClient, app: FastAPI
) -> None:
    async def away() -> None:
        raise ConnectionRefusedError

    app.dependency_overrides[guard.visitor] = app.dependency_overrides[guard.key_holder] = away
    page = await signed_in.get("/")
    assert (page.status_code, "we try again by ourselves" in page.text) == (503, True)
    answer = await signed_in.get("/api/v1/sales")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


@pytest.mark.parametrize("path", ["/sales/none", "/automations/nothing"])
async def test_an_address_that_is_none_is_a_page(signed_in: httpx.AsyncClient, path: str) -> None:
    answer = await signed_in.get(path)
    assert (answer.status_code, "There is no such page" in answer.text) == (404, True)


async def test_a_form_that_is_none_is_said_to_people_in_words(
    signed_in: httpx.AsyncClient, proof: Callable[[str], str]
) -> None:
    right = proof((await signed_in.get("/")).text)
    answer = await signed_in.post("/delists/approve", data={"csrf": right, "sale": ["x"]})
    assert (answer.status_code, "not what it should be" in answer.text) == (422, True)


async def test_no_page_has_inline_code_or_styles(signed_in: httpx.AsyncClient, owners: Owners) -> None:
    for path in [*PATHS, f"/sales/{owners.shop.sales[0]['sale_id']}"]:
        page = BeautifulSoup((await signed_in.get(path)).text, "html.parser")
        assert not page.find_all("style"), path
        assert not [tag for tag in page.find_all("script") if not tag.get("src")], path
        for tag in page.find_all(True):
            assert not [name for name in tag.attrs if name == "style" or name.startswith("on")], (
                path,
                tag.name,
            )


async def test_everything_a_page_loads_is_ours_and_kept_for_ever(signed_in: httpx.AsyncClient) -> None:
    page = BeautifulSoup((await signed_in.get("/")).text, "html.parser")
    loaded = [tag["src"] for tag in page.find_all("script")] + [tag["href"] for tag in page.find_all("link")]
    assert len(loaded) >= 8
    for address in loaded:
        answer = await signed_in.get(str(address))
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"], address


async def test_fonts_are_named_with_their_hash(signed_in: httpx.AsyncClient) -> None:
    sheet = (await signed_in.get(Assets().url("app.css"))).text
    fonts = re.findall(r'url\("(vendor/[^"]+)"\)', sheet)
    assert fonts
    assert all("?v=" in font for font in fonts)


async def test_a_stale_address_is_not_kept(signed_in: httpx.AsyncClient) -> None:
    answer = await signed_in.get("/static/app.css?v=old")
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["../app.py", "vendor/../../config.py", "nothing.js", "vendor/"])
async def test_nothing_else_is_served(signed_in: httpx.AsyncClient, name: str) -> None:
    assert (await signed_in.get(f"/static/{name}")).status_code == 404


def test_missing_vendor_files_stop_the_start_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(vendor.VendorFilesMissingError, match="make setup"):
        vendor.require_vendor_files(tmp_path)


def test_copying_takes_the_listed_files_only(tmp_path: Path) -> None:
    modules, target = tmp_path / "node_modules", tmp_path / "vendor"
    for source in vendor.FILES.values():
        (modules / source).parent.mkdir(parents=True, exist_ok=True)
        (modules / source).write_text(source)
    (modules / "htmx.org" / "dist" / "other.js").write_text("no")
    vendor.copy(modules, target)
    assert {path.name for path in target.iterdir()} == set(vendor.FILES)


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert "resolved" not in json.dumps(lock)
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)
