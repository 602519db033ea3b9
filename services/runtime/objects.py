"""Attachments: sealed under their ticket's key, in a folder or an S3 bucket, by the same interface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from services.runtime.errors import StoreAwayError

PAGE = 1_000


def path_of(brand: str, ticket_id: UUID, attachment_id: UUID) -> str:
    """Where an attachment lies: opaque ids only."""
    return f"{brand}/{ticket_id}/{attachment_id}"


class Objects:
    """A store of sealed attachments; what says that it is away becomes StoreAwayError."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.store: ObjectStore
        if parts.scheme == "file":
            folder = Path(unquote(parts.path))
            folder.mkdir(parents=True, exist_ok=True)
            self.store = LocalStore(folder)
        else:
            self.store = from_url(url)

    async def put(self, path: str, sealed: bytes) -> None:
        """Store an object whole."""
        try:
            await obstore.put_async(self.store, path, sealed)
        except (BaseError, OSError) as error:
            raise StoreAwayError("store-away") from error

    async def get(self, path: str) -> bytes | None:
        """The object's bytes, or None where there is none."""
        try:
            found = await obstore.get_async(self.store, path)
            return bytes(await found.bytes_async())
        except (NotFoundError, FileNotFoundError):
            return None
        except (BaseError, OSError) as error:
            raise StoreAwayError("store-away") from error

    async def delete(self, path: str) -> None:
        """Remove an object; one that is not there is removed already."""
        try:
            await obstore.delete_async(self.store, path)
        except (NotFoundError, FileNotFoundError):
            return
        except (BaseError, OSError) as error:
            raise StoreAwayError("store-away") from error

    async def paths_under(self, prefix: str) -> list[str]:
        """Every object whose path starts with these whole segments."""
        try:
            found = await obstore.list(self.store, prefix).collect_async()
        except (NotFoundError, FileNotFoundError):
            return []
        except (BaseError, OSError) as error:
            raise StoreAwayError("store-away") from error
        return [str(one["path"]) for one in found]

    async def older(self, prefix: str, than: datetime) -> AsyncIterator[list[str]]:
        """The objects whose path starts with these whole segments and that were stored before, some at a time."""
        try:
            async for found in obstore.list(self.store, prefix, chunk_size=PAGE):
                yield [str(one["path"]) for one in found if one["last_modified"] < than]
        except (NotFoundError, FileNotFoundError):
            return
        except (BaseError, OSError) as error:
            raise StoreAwayError("store-away") from error
