"""Stylesheet, scripts and icon: held in memory, named by their content, cached for a year."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent.parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file as it is served."""

    plain: bytes
    packed: bytes
    media_type: str
    version: str


class Assets:
    """Every file of a folder, by name."""

    def __init__(self, folder: Path = FOLDER) -> None:
        files = (path for path in folder.iterdir() if path.suffix in TYPES)
        self.assets = {path.name: _asset(path) for path in files}

    def url(self, name: str) -> str:
        """The address of a file: another content has another address."""
        return f"/static/{name}?v={self.assets[name].version}"

    async def serve(self, request: Request) -> Response:
        """A file; compressed for who can take it."""
        asset = self.assets.get(request.path_params["name"])
        if asset is None:
            return Response(status_code=404)
        is_current = request.query_params.get("v") == asset.version
        headers = {
            "Cache-Control": FOR_EVER if is_current else "no-cache",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(asset.plain, headers=headers, media_type=asset.media_type)
        headers["Content-Encoding"] = "gzip"
        return Response(asset.packed, headers=headers, media_type=asset.media_type)


def _asset(path: Path) -> Asset:
    plain = path.read_bytes()
    return Asset(
        plain=plain,
        packed=gzip.compress(plain, mtime=0),
        media_type=TYPES[path.suffix],
        version=hashlib.sha256(plain).hexdigest()[:12],
    )
