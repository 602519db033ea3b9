-- name: load_tickets
SELECT ticket_id, brand, number, requester_id, key_id, messages, erased_at, sequence, accepted_at
FROM ticket WHERE ticket_id = ANY (%(ids)s::text[]) ORDER BY ticket_id FOR UPDATE;

-- name: save_tickets
INSERT INTO ticket (ticket_id, brand, number, requester_id, key_id, messages, erased_at, sequence, accepted_at)
SELECT * FROM unnest(%(ids)b::text[], %(brands)b::text[], %(numbers)b::text[], %(requesters)b::uuid[], %(keys)b::uuid[],
    %(messages)b::int4[], %(erased)b::timestamptz[], %(sequences)b::int8[], %(times)b::timestamptz[])
ON CONFLICT (ticket_id) DO UPDATE SET messages = excluded.messages, erased_at = excluded.erased_at,
    sequence = excluded.sequence, accepted_at = excluded.accepted_at;

-- name: find_ticket
SELECT brand, key_id, erased_at FROM ticket WHERE ticket_id = %(id)s;

-- name: tickets_of_requester
SELECT ticket_id FROM ticket WHERE brand = %(brand)s AND requester_id = %(requester)s ORDER BY ticket_id;

-- name: ticket_of_brand
SELECT ticket_id FROM ticket WHERE brand = %(brand)s AND ticket_id = %(id)s;

-- name: recorded_answer
SELECT fingerprint, status, body FROM idempotency WHERE key = %(key)s AND scope = %(scope)s;

-- name: record_erasure
-- What stands there already wins; xmax is 0 in a row that was inserted.
INSERT INTO idempotency (key, scope, fingerprint, status, body, subject, accepted_at)
VALUES (%(key)s, %(scope)s, %(fingerprint)s, 200, %(body)s, %(brand)s, clock_timestamp())
ON CONFLICT (key, scope) DO UPDATE SET scope = excluded.scope
RETURNING fingerprint, body, xmax = 0;

-- name: ask_erasure
INSERT INTO erasure (ticket_id, brand, facts, reason)
SELECT id, %(brand)s, %(facts)s, %(reason)s FROM unnest(%(ids)s::text[]) AS w (id)
ON CONFLICT DO NOTHING;

-- name: erasure_keys
SELECT t.key_id FROM erasure e JOIN ticket t USING (ticket_id);

-- name: erasures_due
SELECT e.ticket_id, e.brand, e.facts, e.reason, t.key_id FROM erasure e JOIN ticket t USING (ticket_id)
WHERE e.not_before <= now() ORDER BY e.asked_at, e.ticket_id LIMIT %(limit)s;

-- name: forget_ticket_answers
DELETE FROM idempotency WHERE subject = ANY (%(ids)s::text[]);

-- name: erasures_done
DELETE FROM erasure WHERE ticket_id = ANY (%(ids)s::text[]);

-- name: erasures_failed
UPDATE erasure SET failures = failures + 1, not_before = now() + least(5 * 2 ^ least(failures, 6), 300) * interval '1 second'
WHERE ticket_id = ANY (%(ids)s::text[]);

-- name: erasures_left
SELECT ticket_id FROM erasure WHERE ticket_id = ANY (%(ids)s::text[]);

-- name: keys_of_erased
SELECT key_id FROM ticket WHERE erased_at IS NOT NULL AND key_id > %(after)s ORDER BY key_id LIMIT %(limit)s;

-- name: living_tickets
-- From the events: the tickets' rows are away for a moment while they are folded again.
SELECT e.subject FROM events e LEFT JOIN ticket t ON t.ticket_id = e.subject
WHERE e.subject = ANY (%(ids)s::text[]) AND e.sequence = 1 AND t.erased_at IS NULL;
