"""Traces: a request's context travels with its events through the log into every consumer.

Spans exist only for what is sampled; an unsampled request costs one header look-up. Names and attributes follow
OpenTelemetry's HTTP and messaging conventions where those fit.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from io import TextIOWrapper
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from services.runtime.settings import ServiceSettings

PROPAGATOR = TraceContextTextMapPropagator()
TRACER = trace.get_tracer("phieu")
MAX_LINKS = 128
TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def configure(service: str, settings: ServiceSettings) -> TracerProvider:
    """Set up where sampled spans go: a file of JSON lines, an OTLP collector, or nowhere."""
    provider = TracerProvider(resource=Resource.create({"service.name": service, "service.namespace": "phieu"}))
    if settings.trace_file:
        settings.trace_file.parent.mkdir(parents=True, exist_ok=True)
        # Unbuffered: of several processes that share the file each span stays a line.
        out = TextIOWrapper(settings.trace_file.open("ab", buffering=0), encoding="utf-8", write_through=True)
        exporter = ConsoleSpanExporter(out=out, formatter=lambda span: span.to_json(indent=None) + "\n")
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
    if settings.otlp_endpoint:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        endpoint = settings.otlp_endpoint.rstrip("/") + "/v1/traces"
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
    return provider


def is_sampled(traceparent: str | None) -> bool:
    """Whether the trace that this W3C header belongs to is recorded."""
    return traceparent is not None and len(traceparent) == 55 and traceparent[-1] in "13579bdf"


@contextmanager
def request_span(operation: str, traceparent: str | None, ratio: float) -> Iterator[str | None]:
    """Trace one request if its parent is sampled, or by the ratio; gives the traceparent for its events.

    A header that is none is not heard: what goes on from here lies in the clear, on the log, for ever.
    """
    if traceparent and not TRACEPARENT.fullmatch(traceparent):
        traceparent = None
    if not (is_sampled(traceparent) or (traceparent is None and random.random() < ratio)):  # noqa: S311 - a sampling draw
        yield traceparent
        return
    with _span(operation, SpanKind.SERVER, traceparent):
        carrier: dict[str, str] = {}
        PROPAGATOR.inject(carrier)
        yield carrier.get("traceparent", traceparent)


def links_of(traceparents: Sequence[str | None]) -> list[Link]:
    """Links to the sampled traces behind a batch."""
    contexts: list[SpanContext] = []
    for traceparent in traceparents:
        if is_sampled(traceparent) and len(contexts) < MAX_LINKS:
            context = PROPAGATOR.extract({"traceparent": str(traceparent)})
            contexts.append(trace.get_current_span(context).get_span_context())
    return [Link(context) for context in contexts]


def batch_span(
    name: str, traceparents: Sequence[str | None], kind: SpanKind = SpanKind.CONSUMER, **attributes: str | int
) -> AbstractContextManager[object]:
    """One span for a batch, as child of its first sampled trace and linked to all of them; none if none is sampled."""
    sampled = [one for one in traceparents if is_sampled(one)]
    if not sampled:
        return nullcontext()
    return _span(name, kind, sampled[0], links_of(sampled), attributes)


def _span(
    name: str,
    kind: SpanKind,
    parent: str | None,
    links: Sequence[Link] = (),
    attributes: Mapping[str, str | int] | None = None,
) -> AbstractContextManager[object]:
    """A span, whatever ends it: the text of an exception may quote what it choked on, and goes into none."""
    return TRACER.start_as_current_span(
        name,
        PROPAGATOR.extract({"traceparent": parent}) if parent else None,
        kind=kind,
        links=links,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    )
