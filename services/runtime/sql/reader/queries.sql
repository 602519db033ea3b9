-- name: checkpoints
SELECT topic, partition, next_offset, park_until FROM checkpoint WHERE (topic, partition) IN (
    SELECT * FROM unnest(%(topics)s::text[], %(partitions)s::int4[]));

-- name: begin_checkpoints
INSERT INTO checkpoint (topic, partition, next_offset)
SELECT topic, partition, 0 FROM unnest(%(topics)s::text[], %(partitions)s::int4[]) AS t (topic, partition)
ON CONFLICT DO NOTHING;

-- name: go_on
UPDATE checkpoint SET park_until = next_offset + %(records)s
WHERE topic || '/' || partition = %(place)s RETURNING park_until;

-- name: advance
UPDATE checkpoint c SET next_offset = w.next
FROM (SELECT * FROM unnest(%(topics)b::text[], %(partitions)b::int4[], %(expected)b::int8[], %(next)b::int8[])
    AS w (topic, partition, expected, next) ORDER BY 1, 2) w
WHERE c.topic = w.topic AND c.partition = w.partition AND c.next_offset = w.expected;

-- name: lock_checkpoint
SELECT next_offset FROM checkpoint WHERE topic = %(topic)s AND partition = %(partition)s FOR UPDATE;

-- name: seen
SELECT s.subject, s.source, s.sequence
FROM seen s JOIN unnest(%(subjects)b::text[], %(sources)b::text[]) AS w (subject, source) USING (subject, source);

-- name: mark_seen
INSERT INTO seen (subject, source, sequence)
SELECT * FROM unnest(%(subjects)b::text[], %(sources)b::text[], %(sequences)b::int8[])
ON CONFLICT (subject, source) DO UPDATE SET sequence = excluded.sequence;

-- name: parked_of
SELECT topic, partition, "offset", subject, source, sequence, cause, key, value, header_names, header_values
FROM parked WHERE subject = ANY (%(subjects)b::text[]) ORDER BY topic, partition, "offset";

-- name: parked_all
SELECT topic, partition, "offset", subject, source, sequence, cause, parked_at
FROM parked WHERE %(subject)s::text IS NULL OR subject = %(subject)s ORDER BY topic, partition, "offset" LIMIT %(limit)s;

-- name: parked_at
SELECT topic, partition, "offset", subject, source, sequence, cause, key, value, header_names, header_values
FROM parked WHERE topic = %(topic)s AND partition = %(partition)s AND "offset" = %(offset)s;

-- name: parked_places
SELECT topic, partition, "offset", subject FROM parked
WHERE %(subject)s::text IS NULL OR subject = %(subject)s ORDER BY topic, partition, "offset";

-- name: park
INSERT INTO parked (topic, partition, "offset", subject, source, sequence, cause, key, value, header_names, header_values)
VALUES (%(topic)s, %(partition)s, %(offset)s, %(subject)s, %(source)s, %(sequence)s, %(cause)s, %(key)s, %(value)s,
    %(header_names)s, %(header_values)s)
ON CONFLICT (topic, partition, "offset") DO UPDATE SET cause = excluded.cause;

-- name: unpark
DELETE FROM parked p USING unnest(%(topics)b::text[], %(partitions)b::int4[], %(offsets)b::int8[]) AS w (topic, partition, o)
WHERE p.topic = w.topic AND p.partition = w.partition AND p."offset" = w.o;

-- name: parked_state
SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(parked_at)), 0)::float8 FROM parked;

-- name: keep_facts
INSERT INTO brand_fact (brand, sequence, type, event_id, accepted_at, data)
SELECT * FROM unnest(%(brands)b::text[], %(sequences)b::int8[], %(types)b::text[], %(ids)b::uuid[], %(times)b::timestamptz[],
    %(data)b::bytea[])
ON CONFLICT DO NOTHING;

-- name: facts_of
SELECT brand, sequence, type, event_id, accepted_at, data FROM brand_fact
WHERE brand = ANY (%(brands)s::text[]) ORDER BY brand, sequence;

-- name: facts_after
SELECT b.brand, b.sequence, b.type, b.event_id, b.accepted_at, b.data FROM brand_fact b
LEFT JOIN unnest(%(brands)s::text[], %(known)s::int8[]) AS k (brand, known) USING (brand)
WHERE b.sequence > coalesce(k.known, 0) ORDER BY b.brand, b.sequence;

-- name: facts_seen
SELECT s.subject, s.sequence FROM checkpoint c JOIN seen s ON s.subject = substr(c.topic, length('brand-facts.') + 1)
WHERE c.topic LIKE 'brand-facts.%%' AND s.source = 'registry';

-- name: progress_of
SELECT w.subject, w.source, coalesce(s.sequence, 0), EXISTS (SELECT FROM parked p WHERE p.subject = w.subject AND p.cause <> 'gap')
FROM (SELECT DISTINCT subject, source FROM unnest(%(subjects)s::text[], %(sources)s::text[]) AS w (subject, source)) w
LEFT JOIN seen s USING (subject, source);
