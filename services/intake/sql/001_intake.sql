-- ticket: folded from the events table, one row per stream. erasure: kept, an erasure that was asked for and is under way.
CREATE TABLE ticket (
    ticket_id text PRIMARY KEY,
    brand text NOT NULL,
    number text NOT NULL,
    requester_id uuid NOT NULL,
    key_id uuid NOT NULL,
    messages int NOT NULL,
    erased_at timestamptz,
    sequence bigint NOT NULL,
    accepted_at timestamptz NOT NULL,
    UNIQUE (brand, number)
);
CREATE INDEX ticket_requester ON ticket (brand, requester_id);
CREATE INDEX ticket_erased ON ticket (key_id) WHERE erased_at IS NOT NULL;

CREATE TABLE erasure (
    ticket_id text PRIMARY KEY,
    brand text NOT NULL,
    facts bigint NOT NULL,
    reason text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now(),
    failures int NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT now()
);
