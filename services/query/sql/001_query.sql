-- All folded. What customers wrote or named is nullable: NULL once it is erased (fields, content, name).
CREATE TABLE ticket (
    ticket_id uuid PRIMARY KEY,
    brand text NOT NULL,
    number text NOT NULL,
    status text NOT NULL,
    channel text NOT NULL,
    channel_kind text NOT NULL,
    form text,
    language text NOT NULL,
    policy text NOT NULL,
    requester_id uuid NOT NULL,
    key_id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    last_activity_at timestamptz NOT NULL,
    messages int NOT NULL,
    erased_at timestamptz,
    fields jsonb
) WITH (fillfactor = 90);
CREATE INDEX ticket_newest ON ticket (brand, received_at DESC, ticket_id DESC);
CREATE INDEX ticket_number ON ticket (brand, number text_pattern_ops);

CREATE TABLE message (
    ticket_id uuid NOT NULL,
    message int NOT NULL,
    sequence bigint NOT NULL,
    at timestamptz NOT NULL,
    intent text NOT NULL,
    channel_kind text NOT NULL,
    content text,
    PRIMARY KEY (ticket_id, message)
);

CREATE TABLE attachment (
    ticket_id uuid NOT NULL,
    attachment_id uuid NOT NULL,
    message int NOT NULL,
    place int NOT NULL,
    bytes bigint NOT NULL,
    media_type text NOT NULL,
    key_id uuid NOT NULL,
    name text,
    PRIMARY KEY (ticket_id, attachment_id)
);

CREATE TABLE event (
    ticket_id uuid NOT NULL,
    source text NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    at timestamptz NOT NULL,
    facts bigint NOT NULL,
    message int,
    summary text NOT NULL,
    PRIMARY KEY (ticket_id, source, sequence)
);

-- What an erasure leaves behind is vacuumed at the next look, however large the table.
ALTER TABLE message SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0,
    toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 0);
ALTER TABLE attachment SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0);
ALTER TABLE ticket SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
    toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 0);

-- The planner's samples outlive the rows they were taken from: of what customers wrote or named it takes none.
ALTER TABLE ticket ALTER COLUMN fields SET STATISTICS 0;
ALTER TABLE message ALTER COLUMN content SET STATISTICS 0;
ALTER TABLE attachment ALTER COLUMN name SET STATISTICS 0;
