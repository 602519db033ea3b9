"""A client that is dropped does not wait for a broker that has stopped reading."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.conn import AIOKafkaConnection

from services.runtime import producer

MORE_THAN_THE_KERNEL_TAKES = 64_000_000


async def test_what_is_not_yet_with_the_kernel_is_not_sent_any_more() -> None:
    over = asyncio.Event()

    async def never_read(reader: Any, writer: asyncio.StreamWriter) -> None:
        reader._transport.pause_reading()
        await over.wait()
        writer.close()

    async with await asyncio.start_server(never_read, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        client = AIOKafkaProducer(bootstrap_servers=f"127.0.0.1:{port}")
        connection = AIOKafkaConnection("127.0.0.1", port)
        connection._reader, connection._writer = await asyncio.open_connection("127.0.0.1", port)
        connection._read_task = connection._create_reader_task()
        connection._closed_fut = asyncio.create_task(connection._writer.wait_closed())
        client.client._conns["broker"] = connection
        transport = connection._writer.transport
        connection._writer.write(b"x" * MORE_THAN_THE_KERNEL_TAKES)
        assert transport.get_write_buffer_size() > 0
        await producer._dropped(client)
        assert transport.get_write_buffer_size() == 0
        over.set()
