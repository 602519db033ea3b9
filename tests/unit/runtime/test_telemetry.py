"""Traces: what comes in goes on, what is not sampled costs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.runtime import telemetry
from services.runtime.telemetry import batch_span, is_sampled, links_of, request_span

TRACE = "0af7651916cd43dd8448eb211c80319c"
SAMPLED, UNSAMPLED = f"00-{TRACE}-b7ad6b7169203331-01", f"00-{TRACE}-b7ad6b7169203331-00"
W3C = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01")


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """A provider of our own: the process-wide one can be set only once."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "TRACER", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


@pytest.mark.parametrize(
    ("header", "verdict"),
    [(SAMPLED, True), (UNSAMPLED, False), (None, False), ("", False), ("01", False), (SAMPLED + "0", False)],
)
def test_the_last_bit_says_whether_a_trace_is_recorded(header: str | None, *, verdict: bool) -> None:
    assert is_sampled(header) is verdict


def test_a_sampled_request_goes_on_under_its_own_trace(spans: InMemorySpanExporter) -> None:
    with request_span("send-ticket", SAMPLED, 0.0) as onward:
        assert onward is not None
        assert W3C.fullmatch(onward)
    (span,) = spans.get_finished_spans()
    assert onward.split("-")[1] == TRACE
    assert (span.name, span.kind, span.parent and f"{span.parent.span_id:x}") == (
        "send-ticket",
        trace.SpanKind.SERVER,
        "b7ad6b7169203331",
    )


def test_an_unsampled_request_hands_on_what_it_was_given(spans: InMemorySpanExporter) -> None:
    with request_span("send-ticket", UNSAMPLED, 1.0) as onward:
        assert onward == UNSAMPLED
    assert spans.get_finished_spans() == ()


def test_without_a_parent_the_ratio_decides(spans: InMemorySpanExporter) -> None:
    with request_span("send-ticket", None, 0.0) as never, request_span("send-ticket", None, 1.0) as always:
        assert never is None
        assert is_sampled(always)
    assert len(spans.get_finished_spans()) == 1


def test_a_batch_is_linked_to_every_sampled_trace_in_it(spans: InMemorySpanExporter) -> None:
    other = SAMPLED.replace("0af7", "0af8")
    with batch_span("fold", [None, SAMPLED, UNSAMPLED, other]):
        pass
    (span,) = spans.get_finished_spans()
    assert [f"{link.context.trace_id:032x}" for link in span.links] == [TRACE, other.split("-")[1]]
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == TRACE


def test_a_batch_without_a_sampled_trace_makes_no_span(spans: InMemorySpanExporter) -> None:
    with batch_span("fold", [None, UNSAMPLED]):
        pass
    assert spans.get_finished_spans() == ()


def test_the_links_of_a_batch_are_bounded() -> None:
    assert len(links_of([SAMPLED] * 1_000)) == 128


@pytest.mark.parametrize("header", ["Nguyễn Văn A, 0912 345 678", SAMPLED + "-more", "1" * 1_000_000, SAMPLED.upper()])
def test_a_header_that_is_no_trace_is_not_handed_on(header: str, spans: InMemorySpanExporter) -> None:
    with request_span("send-ticket", header, 0.0) as onward:
        assert onward is None
    assert spans.get_finished_spans() == ()


def test_what_an_exception_says_stands_in_no_span(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="0912"), batch_span("fold", [SAMPLED]):
        raise ValueError("0912 345 678")
    with pytest.raises(ValueError, match="0912"), request_span("send-ticket", SAMPLED, 1.0):
        raise ValueError("0912 345 678")
    written = [span.to_json() for span in spans.get_finished_spans()]
    assert len(written) == 2
    assert "0912" not in "".join(written)
