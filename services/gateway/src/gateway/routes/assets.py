"""Static files, held in memory: each address carries its content's hash, so browsers keep it for a year."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response
from kit.errors import NotFound

from gateway.vendor import FILES, PACKAGE, require_vendor_files

STATIC = PACKAGE / "static"
OWN = ("app.css", "app.js", "stream.js", "chart.js", "favicon.svg")
_COMPRESSIBLE = (".css", ".js", ".svg")
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    body: bytes
    gzipped: bytes | None
    media_type: str
    tag: str


def _load(path: Path) -> Asset:
    body = path.read_bytes()
    gzipped = gzip.compress(body, 9, mtime=0) if path.suffix in _COMPRESSIBLE else None
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(body, gzipped, media_type, hashlib.sha256(body).hexdigest()[:12])


class Assets:
    """Every file pages load. Raises VendorFilesMissingError when the set-up was not run."""

    def __init__(self, folder: Path = STATIC) -> None:
        require_vendor_files(folder / "vendor")
        names = [*OWN, *(f"vendor/{name}" for name in FILES)]
        self._files = {name: _load(folder / name) for name in names}
        self._embed_hashes()

    def _embed_hashes(self) -> None:
        """Fonts are named inside the stylesheet: name them there with their hash too."""
        sheet = self._files["app.css"].body.decode()
        for name, asset in self._files.items():
            if name.endswith(".woff2"):
                sheet = sheet.replace(f'url("{name}")', f'url("{name}?v={asset.tag}")')
        body = sheet.encode()
        tag = hashlib.sha256(body).hexdigest()[:12]
        self._files["app.css"] = Asset(body, gzip.compress(body, 9, mtime=0), "text/css", tag)

    def url(self, name: str) -> str:
        """The address of a file, with its content's hash. Raises KeyError for a file pages do not have."""
        return f"/static/{name}?v={self._files[name].tag}"

    def get(self, name: str) -> Asset | None:
        """The file of that name."""
        return self._files.get(name)


def build(assets: Assets) -> APIRouter:
    """Serve the files by name; nothing outside the list exists."""
    router = APIRouter(include_in_schema=False)

    @router.get("/static/{name:path}")
    async def static(name: str, request: Request) -> Response:
        asset = assets.get(name)
        if asset is None:
            raise NotFound("no_such_file", "There is no such file.")
        fresh = request.query_params.get("v") == asset.tag
        headers = {"cache-control": _FOREVER if fresh else "no-cache", "vary": "accept-encoding"}
        if asset.gzipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return Response(asset.gzipped, media_type=asset.media_type, headers=headers)
        return Response(asset.body, media_type=asset.media_type, headers=headers)

    return router
