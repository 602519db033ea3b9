-- The write side, the same in every service that publishes events.
-- ledger: events, outbox, idempotency. position: published.
CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE,
    brand text NOT NULL,
    subject text NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    accepted_at timestamptz NOT NULL,
    facts bigint NOT NULL,
    causation_id uuid,
    correlation_id uuid,
    traceparent text,
    data bytea NOT NULL,
    UNIQUE (subject, sequence)
);

CREATE TABLE outbox (
    id bigint PRIMARY KEY,
    topic text NOT NULL,
    subject text NOT NULL,
    sequence bigint NOT NULL,
    held text
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX outbox_held ON outbox (subject) WHERE held IS NOT NULL;

CREATE TABLE idempotency (
    key uuid NOT NULL,
    scope text NOT NULL,
    fingerprint bytea NOT NULL,
    status int NOT NULL,
    body bytea NOT NULL,
    subject text NOT NULL,
    accepted_at timestamptz NOT NULL,
    PRIMARY KEY (key, scope)
);
CREATE INDEX idempotency_age ON idempotency USING brin (accepted_at);

CREATE TABLE published (
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);
