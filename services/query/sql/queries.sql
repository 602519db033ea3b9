-- name: load_tickets
SELECT ticket_id::text, brand, number, status, channel, channel_kind, form, language, policy, requester_id, key_id,
    received_at, last_activity_at, messages, erased_at, fields::text
FROM ticket WHERE ticket_id = ANY (%(ids)b::text[]::uuid[]);

-- name: save_tickets
INSERT INTO ticket (ticket_id, brand, number, status, channel, channel_kind, form, language, policy, requester_id, key_id,
    received_at, last_activity_at, messages, erased_at, fields)
SELECT * FROM unnest(%(ticket_id)b::text[]::uuid[], %(brand)b::text[], %(number)b::text[], %(status)b::text[],
    %(channel)b::text[], %(channel_kind)b::text[], %(form)b::text[], %(language)b::text[], %(policy)b::text[],
    %(requester_id)b::uuid[], %(key_id)b::uuid[], %(received_at)b::timestamptz[], %(last_activity_at)b::timestamptz[],
    %(messages)b::int4[], %(erased_at)b::timestamptz[], %(fields)b::text[]::jsonb[])
ON CONFLICT (ticket_id) DO UPDATE SET status = excluded.status, last_activity_at = excluded.last_activity_at,
    messages = excluded.messages, erased_at = excluded.erased_at, fields = excluded.fields;

-- name: save_messages
INSERT INTO message (ticket_id, message, sequence, at, intent, channel_kind, content)
SELECT * FROM unnest(%(ticket_id)b::text[]::uuid[], %(message)b::int4[], %(sequence)b::int8[], %(at)b::timestamptz[],
    %(intent)b::text[], %(channel_kind)b::text[], %(content)b::text[]);

-- name: save_attachments
INSERT INTO attachment (ticket_id, attachment_id, message, place, bytes, media_type, key_id, name)
SELECT * FROM unnest(%(ticket_id)b::text[]::uuid[], %(attachment_id)b::uuid[], %(message)b::int4[], %(place)b::int4[],
    %(bytes)b::int8[], %(media_type)b::text[], %(key_id)b::uuid[], %(name)b::text[]);

-- name: save_events
INSERT INTO event (ticket_id, source, sequence, type, at, facts, message, summary)
SELECT * FROM unnest(%(ticket_id)b::text[]::uuid[], %(source)b::text[], %(sequence)b::int8[], %(type)b::text[],
    %(at)b::timestamptz[], %(facts)b::int8[], %(message)b::int4[], %(summary)b::text[]);

-- name: blank_messages
UPDATE message SET content = NULL WHERE ticket_id = ANY (%(ids)b::text[]::uuid[]) AND content IS NOT NULL;

-- name: blank_attachments
UPDATE attachment SET name = NULL WHERE ticket_id = ANY (%(ids)b::text[]::uuid[]) AND name IS NOT NULL;

-- name: record
SELECT t.brand, json_build_object('ticket_id', t.ticket_id, 'number', t.number, 'brand', t.brand, 'status', t.status,
    'channel', t.channel, 'channel_kind', t.channel_kind, 'form', t.form, 'language', t.language, 'policy', t.policy,
    'requester_id', t.requester_id, 'received_at', t.received_at, 'last_activity_at', t.last_activity_at,
    'erased_at', t.erased_at, 'erased', t.status = 'erased', 'fields', coalesce(t.fields, '[]'),
    'messages', (
        SELECT json_agg(json_build_object('message', m.message, 'sequence', m.sequence, 'at', m.at, 'author', 'customer',
            'intent', m.intent, 'channel_kind', m.channel_kind, 'content', m.content, 'attachments', (
                SELECT coalesce(json_agg(json_build_object('attachment_id', a.attachment_id, 'name', a.name,
                    'bytes', a.bytes, 'media_type', a.media_type) ORDER BY a.place), '[]')
                FROM attachment a WHERE a.ticket_id = m.ticket_id AND a.message = m.message
            )) ORDER BY m.message)
        FROM message m WHERE m.ticket_id = t.ticket_id
    ),
    'stale', EXISTS (SELECT FROM parked p WHERE p.subject = %(id)s::text))
FROM ticket t WHERE t.ticket_id = %(id)s::uuid;

-- name: file
SELECT t.brand, t.status, a.name, a.media_type, a.key_id
FROM ticket t LEFT JOIN attachment a ON a.ticket_id = t.ticket_id AND a.attachment_id = %(attachment)s::uuid
WHERE t.ticket_id = %(id)s::uuid;

-- name: timeline
SELECT t.brand, (
        SELECT json_agg(json_build_object('sequence', e.sequence, 'source', e.source, 'type', e.type, 'at', e.at,
            'summary', e.summary, 'message', e.message) ORDER BY e.at, e.source, e.sequence)
        FROM event e WHERE e.ticket_id = t.ticket_id
    ), EXISTS (SELECT FROM parked p WHERE p.subject = %(id)s::text)
FROM ticket t WHERE t.ticket_id = %(id)s::uuid;

-- name: newest
SELECT ticket_id, number, brand, status, channel_kind, language, received_at, last_activity_at, messages
FROM ticket
WHERE brand = %(brand)s AND (received_at, ticket_id) < (%(before_at)s, %(before_id)s)
    AND (%(status)s::text IS NULL OR status = %(status)s)
ORDER BY received_at DESC, ticket_id DESC LIMIT %(limit)s;

-- name: newest_by_number
SELECT ticket_id, number, brand, status, channel_kind, language, received_at, last_activity_at, messages
FROM ticket
WHERE brand = %(brand)s AND number ~>=~ rpad(%(number)s, 10, '0') AND number ~<=~ rpad(%(number)s, 10, '9')
    AND (received_at, ticket_id) < (%(before_at)s, %(before_id)s)
    AND (%(status)s::text IS NULL OR status = %(status)s)
ORDER BY received_at DESC, ticket_id DESC LIMIT %(limit)s;
