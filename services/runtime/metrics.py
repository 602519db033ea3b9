"""Every metric of the platform, in one place: name, unit last, one sentence."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUEST_SECONDS = Histogram(
    "phieu_http_request_seconds",
    "Seconds from request to answer.",
    ["operation", "status"],
    registry=REGISTRY,
    buckets=SECONDS,
)
ACCEPTED = Counter("phieu_events_accepted_total", "Events made durable.", ["type"], registry=REGISTRY)
COMMIT_COMMANDS = Histogram(
    "phieu_commit_commands",
    "Commands that shared one commit.",
    registry=REGISTRY,
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 500),
)
COMMIT_QUEUE = Gauge("phieu_commit_queue", "Commands waiting for their commit.", registry=REGISTRY)
PUBLISHED = Counter("phieu_events_published_total", "Events the broker acknowledged.", ["topic"], registry=REGISTRY)
OUTBOX_AGE_SECONDS = Gauge("phieu_outbox_age_seconds", "Age of the oldest event not yet published.", registry=REGISTRY)
PRODUCER_REBUILT = Counter(
    "phieu_producer_rebuilt_total", "Producers thrown away after a failed batch.", registry=REGISTRY
)
HELD = Gauge("phieu_outbox_held", "Events set aside because they cannot be published.", registry=REGISTRY)
FOLDED = Counter("phieu_events_folded_total", "Events applied by a consumer.", ["topic"], registry=REGISTRY)
DUPLICATES = Counter("phieu_events_duplicate_total", "Events dropped as already applied.", registry=REGISTRY)
UNKNOWN = Counter("phieu_events_unknown_total", "Events of a type this reader does not know.", registry=REGISTRY)
PARKED = Counter("phieu_events_parked_total", "Records parked, by cause.", ["cause"], registry=REGISTRY)
PARKED_NOW = Gauge("phieu_parked", "Records parked at the moment.", registry=REGISTRY)
PARKED_AGE_SECONDS = Gauge("phieu_parked_age_seconds", "Age of the oldest parked record.", registry=REGISTRY)
FENCED = Counter("phieu_batches_fenced_total", "Batches refused because another member owns them.", registry=REGISTRY)
STOPPED = Gauge("phieu_partitions_stopped", "Partitions stopped after too many parked records.", registry=REGISTRY)
LAG = Gauge("phieu_consumer_lag", "Records behind the end of a partition.", ["topic", "partition"], registry=REGISTRY)
WAITING_FACTS = Gauge(
    "phieu_partitions_waiting", "Partitions that wait for brand facts or the key store.", registry=REGISTRY
)
KEY_STOCK = Gauge("phieu_key_stock", "Fresh keys at hand.", registry=REGISTRY)
FOLDERS_REFUSED = Gauge(
    "phieu_brand_folders_refused",
    "Brand folders that do not load; what was in force stays.",
    registry=REGISTRY,
)
