"""Control routes of Shopify applications: their secrets, and where they may send sellers."""

import secrets

from fastapi import APIRouter

from sandbox.control.desk import Desk, NotThere, Row
from sandbox.control.models import ApplicationEdit, NewApplication
from sandbox.marketplace import BadRequest
from sandbox.shopify.shop import Shopify
from sandbox.truth import Application


def application_routes(desk: Desk, shopify: Shopify) -> APIRouter:
    """Make an application, say where it may send sellers, and give it a new secret in two steps."""
    router = APIRouter(prefix="/control/shopify/applications")
    _add_making(router, desk, shopify)
    _add_rotating(router, desk)
    return router


def _describe(application: Application) -> Row:
    return {
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "next_secret": application.next_secret or None,
        "redirect_uris": application.redirect_uris,
        "compliance_uri": application.compliance_uri or None,
    }


def _known(desk: Desk, client_id: str) -> Application:
    found = desk.world.application("shopify", client_id)
    if found is None:
        raise NotThere(f"no application {client_id}")
    return found


def _add_making(router: APIRouter, desk: Desk, shopify: Shopify) -> None:
    @router.post("", status_code=201)
    async def make(given: NewApplication) -> Row:
        if desk.world.application("shopify", given.client_id) is not None:
            raise BadRequest(f"{given.client_id} exists")
        secret = given.client_secret or f"shpss_{secrets.token_hex(16)}"
        return _describe(shopify.new_application(given.client_id, secret, given.redirect_uris))

    @router.get("/{client_id}")
    async def application(client_id: str) -> Row:
        return _describe(_known(desk, client_id))

    @router.patch("/{client_id}")
    async def change(client_id: str, given: ApplicationEdit) -> Row:
        found = _known(desk, client_id)
        if given.redirect_uris is not None:
            found.redirect_uris = given.redirect_uris
        if given.compliance_uri is not None:
            found.compliance_uri = given.compliance_uri
        desk.world.commit(found)
        return _describe(found)


def _add_rotating(router: APIRouter, desk: Desk) -> None:
    @router.post("/{client_id}/rotate-secret")
    async def rotate(client_id: str) -> Row:
        """A new secret beside the old one, with which webhooks are still signed."""
        found = _known(desk, client_id)
        found.next_secret = f"shpss_{secrets.token_hex(16)}"
        desk.world.commit(found)
        return _describe(found)

    @router.post("/{client_id}/use-new-secret")
    async def use_new(client_id: str) -> Row:
        """From now on the new secret signs, and the old one is worth nothing."""
        found = _known(desk, client_id)
        if not found.next_secret:
            raise BadRequest(f"{client_id} has no new secret")
        found.client_secret, found.next_secret = found.next_secret, ""
        desk.world.commit(found)
        return _describe(found)
