-- The read side, the same in every service that folds the log.
-- position: checkpoint, seen, parked. folded: brand_fact.
CREATE TABLE checkpoint (
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL,
    -- up to here somebody said: park however many cannot be folded, and go on
    park_until bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
);

CREATE TABLE seen (
    subject text NOT NULL,
    source text NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (subject, source)
);

CREATE TABLE parked (
    topic text NOT NULL,
    partition int NOT NULL,
    "offset" bigint NOT NULL,
    subject text,
    source text,
    sequence bigint,
    cause text NOT NULL,
    key bytea,
    value bytea,
    header_names bytea[] NOT NULL,
    header_values bytea[] NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, "offset")
);
CREATE INDEX parked_subject ON parked (subject);

CREATE TABLE brand_fact (
    brand text NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    event_id uuid NOT NULL,
    accepted_at timestamptz NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (brand, sequence)
);
