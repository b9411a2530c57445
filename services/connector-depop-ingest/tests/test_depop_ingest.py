"""Depop's ingest on real PostgreSQL, with a browser that reads and works the sandbox's pages."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx
import pytest
from connector_depop_ingest.domain import TakeDown
from depop_stack import Stack
from soldwire_contracts.listings import ListingAdjusted, ListingDelisted, ListingFailed, ListingObserved
from soldwire_contracts.sync import AccountStatus, SyncProgress
from soldwire_contracts.values import AccountState, RunState, SyncScope, TargetCause
from soldwire_local.stage.browser import PairedBrowser, receipt_json
from soldwire_local.stage.depop_pages import ChallengedError, SignedOutError


async def listed(depop: Stack, browser: PairedBrowser, sku: str = "A") -> tuple[UUID, UUID, str]:
    """One listing for sale, seen by the browser: account, listing id, slug."""
    made = await depop.sandbox.listing("depop", depop.name, sku)
    await browser.upload_listings()
    await depop.turn("uploads")
    found = [e.data for e in await depop.said("listing.observed") if isinstance(e.data, ListingObserved)]
    seen = next(one for one in found if one.sku == sku)
    return UUID(browser.account_id), seen.listing_id, str(made["listing"])


# Pairing


async def test_a_code_is_good_once_and_its_token_opens_one_shop(depop: Stack) -> None:
    code = await depop.code()
    async with depop.browser() as first, depop.browser() as second:
        await first.pair(code.lower().replace("-", " "))
        with pytest.raises(httpx.HTTPStatusError, match="422"):
            await second.pair(code)
        assert await first.lease() == []
    [row] = (await depop.http.get("/v1/pairings", headers=depop.headers())).json()
    assert (row["shop"], row["device"], row["revoked_at"]) == ("demo_shop", "test browser", None)
    kept = await depop.rows("select kind, hash from pairing_keys")
    assert [kind for kind, _ in kept] == ["token"]
    [status] = [e.data for e in await depop.said("account.status") if isinstance(e.data, AccountStatus)]
    assert status.state is AccountState.CONNECTED


async def test_a_code_that_ran_out_or_was_made_up_is_refused(depop: Stack) -> None:
    code = await depop.code()
    await depop.rows("update pairing_keys set expires_at = now() - interval '1 second' returning 1")
    async with depop.browser() as browser:
        for wrong in (code, "AAAA-BBBB", ""):
            with pytest.raises(httpx.HTTPStatusError, match="422"):
                await browser.pair(wrong)


async def test_guessing_codes_is_slowed_down(depop: Stack) -> None:
    async with depop.browser() as browser:
        statuses = []
        for _ in range(25):
            with pytest.raises(httpx.HTTPStatusError) as refused:
                await browser.pair("AAAA-AAAA")
            statuses.append(refused.value.response.status_code)
    assert statuses[:20] == [422] * 20
    assert 429 in statuses[20:]


async def test_a_revoked_browser_is_out_at_once_and_anothers_pairing_is_out_of_reach(depop: Stack) -> None:
    async with depop.paired() as browser:
        [row] = (await depop.http.get("/v1/pairings", headers=depop.headers())).json()
        stranger = depop.headers(tenant=uuid4())
        path = f"/v1/pairings/{row['pairing_id']}"
        assert (await depop.http.delete(path, headers=stranger)).status_code == 404
        assert (await depop.http.get("/v1/pairings", headers=stranger)).json() == []
        assert (await depop.http.delete(path, headers=depop.headers())).status_code == 204
        with pytest.raises(httpx.HTTPStatusError, match="401"):
            await browser.lease()


async def test_no_token_no_entry_and_no_web_page_may_ask(depop: Stack) -> None:
    answer = await depop.http.post("/ingest/tasks/lease", json={"limit": 1})
    assert answer.status_code == 401
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    preflight = await depop.http.options("/ingest/sold-items", headers=headers)
    assert "access-control-allow-origin" not in preflight.headers


# Sold items


async def test_sold_items_read_by_a_browser_become_sales_once(depop: Stack) -> None:
    async with depop.paired() as browser:
        _, listing, slug = await listed(depop, browser, "A")
        await depop.sandbox.listing("depop", depop.name, "B", price="10.00")
        await depop.sandbox.sell("depop", depop.name, "A", "B", shipping="3.50")
        for _ in range(3):
            await browser.upload_sold()
            await depop.turn("uploads")
    said = await depop.sales()
    assert [(s.line_id, s.sku, s.revision, s.found_by, s.payment) for s in said] == [
        (slug, "A", 1, "browser", "paid"),
        (said[1].line_id, "B", 1, "browser", "paid"),
    ]
    assert said[0].listing_id == listing
    assert [str(s.price.amount) for s in said] == ["25.00", "10.00"]
    assert sum(s.shipping_price.amount for s in said if s.shipping_price) == pytest.approx(3.5)
    assert all(s.sold_at >= s.account_connected_at for s in said), (
        "a sale of the day of pairing is no history"
    )


async def test_the_same_batch_again_is_a_duplicate(depop: Stack) -> None:
    async with depop.paired() as browser:
        batch = str(uuid4())
        first = await browser.post_receipts([], batch)
        again = await browser.post_receipts([], batch)
    assert (first["duplicate"], again["duplicate"]) == (False, True)


async def test_what_becomes_of_a_sale_follows_with_revisions(depop: Stack) -> None:
    async with depop.paired() as browser:
        await depop.sandbox.listing("depop", depop.name, "A")
        sold = await depop.sandbox.sell("depop", depop.name, "A", unpaid=True)
        for verb, body in (
            ("pay", {}),
            ("ship", {"courier": "Evri", "tracking": "H0001"}),
            ("refund", {"amount": "5.00"}),
        ):
            await browser.upload_sold()
            await depop.turn("uploads")
            await depop.sandbox.post(f"depop/orders/{sold['order_id']}/{verb}", dict(body))
        await browser.upload_sold()
        await depop.turn("uploads")
    said = await depop.sales()
    assert [(s.revision, s.payment) for s in said] == [
        (1, "unpaid"),
        (2, "paid"),
        (3, "paid"),
        (4, "partly_refunded"),
    ]
    assert [s.tracking_number for s in said[-1].shipments] == ["H0001"]
    assert [str(r.amount.amount) for r in said[-1].refunds] == ["5.00"]
    assert len({s.sold_at for s in said}) == 1


async def test_a_receipt_that_is_none_is_set_aside_and_its_neighbours_pass(depop: Stack) -> None:
    async with depop.paired() as browser:
        for sku in ("A", "B"):
            await depop.sandbox.listing("depop", depop.name, sku)
            await depop.sandbox.sell("depop", depop.name, sku)
        good, other = [receipt_json(one) for one in await browser.read_sold()]
        bad = good | {"receipt_id": "12x", "status": "Payment received"}
        odd = good | {"receipt_id": "999", "status": "Paid in shells"}
        await browser.post_receipts([good, bad, odd, other])
        await depop.turn("uploads")
    assert len(await depop.sales()) == 2
    dead = await depop.rows("select source, error from dead_letters order by error")
    assert [source for source, _ in dead] == ["upload:receipt"] * 2
    assert "shells" in str(dead[1][1]) or "shells" in str(dead[0][1])


async def test_an_upload_that_is_no_batch_is_refused_and_leaves_nothing(depop: Stack) -> None:
    async with depop.paired() as browser:
        answer = await browser._ingest.post("/ingest/sold-items", content=b'{"receipts": 7}')
        assert answer.status_code == 422
    assert await depop.rows("select 1 from raw_webhooks") == []


async def test_a_sign_in_page_or_a_challenge_is_no_empty_history(depop: Stack) -> None:
    async with depop.browser(cookie="nobody") as browser:
        with pytest.raises(SignedOutError):
            await browser.read_sold()
    async with depop.browser() as browser:
        await depop.sandbox.fault("depop", "soldItems", "challenge")
        with pytest.raises(ChallengedError):
            await browser.read_sold()
        assert await browser.read_sold() == []


# The sales CSV


@pytest.mark.parametrize("csv_first", [True, False])
async def test_page_and_csv_meet_in_one_sale(depop: Stack, csv_first: bool) -> None:
    async with depop.paired() as browser:
        await depop.sandbox.listing("depop", depop.name, "A")
        await depop.sandbox.sell("depop", depop.name, "A", shipping="3.50")
        for by_csv in (csv_first, not csv_first, True, False):
            await (browser.upload_csv() if by_csv else browser.upload_sold())
            await depop.turn("uploads")
    said = await depop.sales()
    assert len({s.sale_id for s in said}) == 1
    assert said[0].found_by == ("csv" if csv_first else "browser")
    assert [s.revision for s in said] == list(range(1, len(said) + 1))
    assert len(said) <= 2, "once both doors have told it, telling it again says nothing"
    assert said[-1].listing_id is not None
    assert await depop.rows("select 1 from questions") == []


async def test_a_row_that_could_be_two_sales_is_asked_once(depop: Stack) -> None:
    async with depop.paired() as browser:
        await depop.sandbox.listing("depop", depop.name, "A", quantity=2)
        for _ in range(2):
            await depop.sandbox.sell("depop", depop.name, "A")
        await browser.upload_sold()
        await depop.turn("uploads")
        await browser.upload_csv()
        await depop.turn("uploads")
    assert len({s.sale_id for s in await depop.sales()}) == 2
    asked = (await depop.http.get("/v1/questions", headers=depop.headers())).json()
    assert len(asked) == 2
    assert all(len(one["candidates"]) == 2 for one in asked)


async def test_another_file_is_set_aside(depop: Stack) -> None:
    async with depop.paired() as browser:
        answer = await browser._ingest.post("/ingest/sales-csv", content=b"a,b\n1,2\n")
        assert answer.status_code == 202
        await depop.turn("uploads")
    [(error,)] = await depop.rows("select error from dead_letters")
    assert "Date of sale" in str(error)


# Tasks


@pytest.mark.parametrize("policy", list(TakeDown))
async def test_a_task_is_carried_out_and_read_back(depop: Stack, policy: TakeDown) -> None:
    async with depop.paired() as browser:
        account, listing, slug = await listed(depop, browser)
        path = f"/v1/accounts/{account}/policy"
        chosen = await depop.http.put(path, json={"take_down": policy}, headers=depop.headers())
        assert chosen.status_code == 200
        await depop.take("targets", depop.target(account, listing))
        await depop.turn("intents")
        [waiting] = (await depop.http.get("/v1/tasks", headers=depop.headers())).json()
        assert (waiting["listing_id"], waiting["sku"]) == (str(listing), "A")
        assert await browser.work() == 1
    [event] = await depop.said("listing.delisted")
    assert isinstance(event.data, ListingDelisted)
    assert event.data.ended_by_us
    assert event.data.called_at is not None
    assert not event.data.evidence.buyable
    state = (await depop.sandbox.shown(slug))["state"]
    assert state == {"mark_as_sold": "MARKED_AS_SOLD", "delete": "DELETED"}[policy]
    assert (await depop.http.get("/v1/tasks", headers=depop.headers())).json() == []


async def test_a_listing_already_off_sale_is_success_and_the_sales_are_wanted(depop: Stack) -> None:
    async with depop.paired() as browser:
        account, listing, _ = await listed(depop, browser)
        await browser.upload_sold()
        await depop.turn("uploads")
        await depop.sandbox.sell("depop", depop.name, "A")
        await depop.take("targets", depop.target(account, listing))
        [task] = await browser.lease()
        assert not browser.asked_to_read_sold
        await browser.report(task, await browser.carry_out(task))
        await browser.lease()
        assert browser.asked_to_read_sold
    [event] = await depop.said("listing.delisted")
    assert isinstance(event.data, ListingDelisted)
    assert not event.data.ended_by_us
    assert await depop.sandbox.calls(operation="markAsSold") == []


async def test_a_lease_that_ran_out_goes_to_another_browser_and_the_first_is_fenced(depop: Stack) -> None:
    async with depop.paired() as first, depop.paired() as second:
        account, listing, slug = await listed(depop, first)
        await depop.take("targets", depop.target(account, listing))
        [task] = await first.lease()
        assert await second.lease() == []
        assert await first.heartbeat(task)
        result = await first.carry_out(task)
        await depop.rows("update due_intents set lease_until = now() - interval '1 second' returning 1")
        assert not await first.heartbeat(task)
        [again] = await second.lease()
        assert (await first.report(task, result)).status_code == 409
        assert (await second.report(again, await second.carry_out(again))).status_code == 204
    assert len(await depop.said("listing.delisted")) == 1
    assert len(await depop.sandbox.calls(listing=slug, changed="true")) == 1, (
        "the second browser looked first"
    )


async def test_a_lost_reply_is_looked_at_and_done_once(depop: Stack) -> None:
    async with depop.paired() as browser:
        account, listing, slug = await listed(depop, browser)
        await depop.sandbox.fault("depop", "markAsSold", "lose_reply")
        await depop.take("targets", depop.target(account, listing))
        await browser.work()
        assert await depop.said("listing.delisted") == []
        await depop.make_due()
        await browser.work()
    assert len(await depop.said("listing.delisted")) == 1
    assert len(await depop.sandbox.calls(listing=slug, changed="true")) == 1


@pytest.mark.parametrize("mode", ["signed_out", "challenge"])
async def test_what_a_person_must_mend_waits_visibly_and_goes_on(depop: Stack, mode: str) -> None:
    async with depop.paired() as browser:
        account, listing, _ = await listed(depop, browser)
        await depop.sandbox.fault("depop", "manageListing", mode)
        await depop.take("targets", depop.target(account, listing))
        await browser.work()
        [waiting] = (await depop.http.get("/v1/tasks", headers=depop.headers())).json()
        assert waiting["code"] == {"signed_out": "signed_out", "challenge": "challenged"}[mode]
        assert waiting["reason"]
        await depop.make_due()
        await browser.work()
    assert len(await depop.said("listing.delisted")) == 1
    states = [e.data.state for e in await depop.said("account.status") if isinstance(e.data, AccountStatus)]
    signed_out = [AccountState.CONNECTED, AccountState.NEEDS_LOGIN, AccountState.CONNECTED]
    assert states == (signed_out if mode == "signed_out" else [AccountState.CONNECTED])


async def test_a_task_that_keeps_failing_is_given_up_in_plain_words_and_can_be_retried(depop: Stack) -> None:
    async with depop.paired() as browser:
        account, listing, slug = await listed(depop, browser)
        await depop.take("targets", depop.target(account, listing))
        for _ in range(4):
            await depop.make_due()
            [task] = await browser.lease()
            await browser.report(task, {"outcome": "failed", "reason": "no button"})
        [event] = await depop.said("listing.failed")
        assert isinstance(event.data, ListingFailed)
        assert (event.data.code, event.data.can_retry) == ("browser_failed", True)
        assert event.data.link == f"https://www.depop.com/products/{slug}/", "where to take it down by hand"
        await depop.take("targets", depop.target(account, listing))
        assert await browser.work() == 1
    assert len(await depop.said("listing.delisted")) == 1


async def test_done_without_evidence_is_not_believed(depop: Stack) -> None:
    async with depop.paired() as browser:
        account, listing, _ = await listed(depop, browser)
        await depop.take("targets", depop.target(account, listing))
        [task] = await browser.lease()
        await browser.report(task, {"outcome": "done"})
    assert await depop.said("listing.delisted") == []


async def test_a_browser_of_another_shop_gets_no_task_and_may_not_report(depop: Stack) -> None:
    other = await depop.sandbox.account("depop", "other_shop")
    async with depop.paired() as browser:
        account, listing, _ = await listed(depop, browser)
        await depop.take("targets", depop.target(account, listing))
        stranger = PairedBrowser(
            depop=f"{depop.sandbox.url}/depop",
            cookie=other["access_token"],
            ingest=depop.url,
            shop="other_shop",
        )
        async with stranger:
            await stranger.pair(await depop.code())
            assert await stranger.lease() == []
            [task] = await browser.lease()
            assert (await stranger.report(task, {"outcome": "failed"})).status_code == 404


async def test_a_target_above_zero_leaves_the_listing_and_needs_no_browser(depop: Stack) -> None:
    async with depop.paired() as browser:
        account, listing, slug = await listed(depop, browser)
        await depop.take("targets", depop.target(account, listing, 2))
        await depop.turn("intents")
        assert await browser.lease() == []
    [event] = await depop.said("listing.adjusted")
    assert isinstance(event.data, ListingAdjusted)
    assert (event.data.evidence.quantity, event.data.evidence.buyable) == (1, True)
    assert (await depop.sandbox.shown(slug))["buyable"]


async def test_putting_a_sold_listing_back_is_left_to_the_seller(depop: Stack) -> None:
    async with depop.paired() as browser:
        account, listing, slug = await listed(depop, browser)
        await depop.take("targets", depop.target(account, listing))
        await browser.work()
        raise_it = depop.target(account, listing, 1, 2, may_raise=True, cause=TargetCause.RELEASE)
        await depop.take("targets", raise_it)
        await depop.turn("intents")
    [event] = await depop.said("listing.failed")
    assert isinstance(event.data, ListingFailed)
    assert (event.data.code, event.data.can_retry) == ("relist_by_hand", False)
    assert event.data.link == f"https://www.depop.com/products/{slug}/"


# Runs


async def test_a_run_waits_for_a_browser_and_is_complete_once_it_has_read(depop: Stack) -> None:
    async with depop.paired() as browser:
        account, _, slug = await listed(depop, browser)
        await depop.take("runs", depop.requested(account, SyncScope.EVERYTHING))
        await depop.turn("runs")
        progress = [e.data for e in await depop.said("sync.progress") if isinstance(e.data, SyncProgress)]
        assert progress[-1].outcome is None
        await depop.sandbox.control.delete(f"/control/depop/listings/{slug}")
        await browser.work()
        await depop.turn("uploads")
        await depop.rows("update due_runs set due_at = now() - interval '1 second' returning 1")
        await depop.turn("runs")
        await browser.work()
        await depop.turn("uploads")
        await depop.rows("update due_runs set due_at = now() - interval '1 second' returning 1")
        await depop.turn("runs")
    progress = [e.data for e in await depop.said("sync.progress") if isinstance(e.data, SyncProgress)]
    assert progress[-1].outcome is RunState.COMPLETE
    assert progress[-1].complete_up_to is not None
    seen = [e.data for e in await depop.said("listing.observed") if isinstance(e.data, ListingObserved)]
    assert seen[-1].state == "gone"
