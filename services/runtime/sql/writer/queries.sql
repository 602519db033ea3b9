-- name: answered
-- The time, and beside it every answer that is recorded; at least one row.
SELECT now.at, i.key, i.scope, i.fingerprint, i.status, i.body
FROM (SELECT clock_timestamp() AS at OFFSET 0) AS now LEFT JOIN (
    idempotency i JOIN unnest(%(keys)b::uuid[], %(scopes)b::text[]) AS w (key, scope) USING (key, scope)) ON true;

-- name: remember
INSERT INTO idempotency (key, scope, fingerprint, status, body, subject, accepted_at)
SELECT * FROM unnest(%(keys)b::uuid[], %(scopes)b::text[], %(fingerprints)b::bytea[], %(statuses)b::int4[], %(bodies)b::bytea[],
    %(subjects)b::text[], %(times)b::timestamptz[]);

-- name: append
WITH fresh AS (
    INSERT INTO events (event_id, brand, subject, sequence, type, accepted_at, facts, causation_id, correlation_id, traceparent, data)
    SELECT event_id, brand, subject, sequence, type, accepted_at, facts, causation_id, correlation_id, traceparent, data
    FROM unnest(%(ids)b::uuid[], %(brands)b::text[], %(subjects)b::text[], %(sequences)b::int8[], %(types)b::text[],
        %(times)b::timestamptz[], %(facts)b::int8[], %(causes)b::uuid[], %(correlations)b::uuid[], %(traces)b::text[], %(data)b::bytea[])
        WITH ORDINALITY AS e (event_id, brand, subject, sequence, type, accepted_at, facts, causation_id, correlation_id,
            traceparent, data, place)
    ORDER BY place
    RETURNING id, subject, sequence
)
INSERT INTO outbox (id, topic, subject, sequence)
SELECT fresh.id, t.topic, fresh.subject, fresh.sequence
FROM fresh JOIN unnest(%(subjects)b::text[], %(sequences)b::int8[], %(topics)b::text[]) AS t (subject, sequence, topic)
    USING (subject, sequence);

-- name: forget_answers
DELETE FROM idempotency WHERE accepted_at < now() - %(age)s::interval;

-- name: claim_batch
-- No more rows than `limit`, and none behind so many `bytes`.
WITH claimed AS (DELETE FROM outbox WHERE id = ANY (ARRAY(SELECT id FROM (
    SELECT o.id, sum((SELECT octet_length(e.data) FROM events e WHERE e.id = o.id))
        OVER (ORDER BY o.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ahead
    FROM outbox o
    WHERE o.id > %(floor)s AND o.held IS NULL AND o.topic <> ALL (%(missing)s::text[])
        AND NOT EXISTS (SELECT FROM outbox h WHERE h.held IS NOT NULL AND h.subject = o.subject)
        -- a row that committed late may lie below the floor: what follows it on its ticket waits for the next full pass
        AND (o.sequence = 1 OR NOT EXISTS (
            SELECT FROM events e JOIN outbox p ON p.id = e.id WHERE e.subject = o.subject AND e.id <= %(floor)s))
    ORDER BY o.id LIMIT %(limit)s) AS o WHERE o.ahead IS NULL OR o.ahead < %(bytes)s))
RETURNING id, topic)
SELECT c.topic, e.id, e.event_id, e.brand, e.subject, e.sequence, e.type, e.accepted_at, e.facts, e.causation_id, e.correlation_id,
    e.traceparent, e.data
FROM claimed c JOIN events e USING (id) ORDER BY e.id;

-- name: hold
UPDATE outbox SET held = %(why)s WHERE id = %(id)s;

-- name: held
SELECT count(*) FILTER (WHERE held IS NOT NULL),
    coalesce(extract(epoch FROM clock_timestamp() - (SELECT accepted_at FROM events WHERE id = (SELECT min(id) FROM outbox))), 0)::float8
FROM outbox;

-- name: release
UPDATE outbox SET held = NULL WHERE held IS NOT NULL;

-- name: mark_published
INSERT INTO published (topic, partition, next_offset)
SELECT * FROM unnest(%(topics)s::text[], %(partitions)s::int4[], %(offsets)s::int8[])
ON CONFLICT (topic, partition) DO UPDATE SET next_offset = greatest(published.next_offset, excluded.next_offset);

-- name: published
SELECT topic, partition, next_offset FROM published;

-- name: restore_events
-- Whatever stands in its way stays: whether it is the same event is asked by the next.
INSERT INTO events (event_id, brand, subject, sequence, type, accepted_at, facts, causation_id, correlation_id, traceparent, data)
SELECT * FROM unnest(%(ids)b::uuid[], %(brands)b::text[], %(subjects)b::text[], %(sequences)b::int8[], %(types)b::text[],
    %(times)b::timestamptz[], %(facts)b::int8[], %(causes)b::uuid[], %(correlations)b::uuid[], %(traces)b::text[], %(data)b::bytea[])
ON CONFLICT DO NOTHING
RETURNING subject, sequence;

-- name: forked_events
SELECT w.* FROM unnest(%(ids)b::uuid[], %(subjects)b::text[], %(sequences)b::int8[]) AS w (event_id, subject, sequence)
WHERE NOT EXISTS (SELECT FROM events e WHERE (e.event_id, e.subject, e.sequence) = (w.event_id, w.subject, w.sequence));

-- name: events_of
SELECT id, event_id, brand, subject, sequence, type, accepted_at, facts, causation_id, correlation_id, traceparent, data
FROM events WHERE subject = ANY (%(subjects)s::text[]) ORDER BY subject, sequence;

-- name: events_after
SELECT id, event_id, brand, subject, sequence, type, accepted_at, facts, causation_id, correlation_id, traceparent, data
FROM events WHERE (subject, sequence) > (%(subject)s, %(sequence)s) ORDER BY subject, sequence LIMIT %(limit)s;

-- name: event_by_cause
SELECT id, event_id, brand, subject, sequence, type, accepted_at, facts, causation_id, correlation_id, traceparent, data
FROM events WHERE event_id = %(id)s;
