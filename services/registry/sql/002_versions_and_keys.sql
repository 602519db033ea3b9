-- `versions` holds the hash of each version that was ever in force; `keys` says of every key issued what it was issued
-- for and whether it was revoked. Both are taken from the events.
ALTER TABLE brand ADD COLUMN versions jsonb NOT NULL DEFAULT '{}';

WITH fact AS (
    SELECT subject, sequence, type, convert_from(data, 'UTF8')::jsonb AS f FROM events
), version AS (
    SELECT subject, jsonb_object_agg(f ->> 'version', f -> 'hash' ORDER BY sequence) AS versions
    FROM fact WHERE type = 'phieu.brand.policy-activated.v1' GROUP BY subject
), key AS (
    SELECT subject, jsonb_object_agg(f ->> 'key_id', jsonb_build_object('name', f -> 'name', 'scopes', f -> 'scopes',
        'expires_at', f -> 'expires_at', 'is_revoked', b.keys ->> (f ->> 'key_id') = 'revoked')) AS keys
    FROM fact JOIN brand b ON b.brand = subject WHERE type = 'phieu.brand.api-key-issued.v1' GROUP BY subject
)
UPDATE brand SET versions = coalesce(version.versions, '{}'), keys = coalesce(key.keys, '{}')
FROM brand b LEFT JOIN version ON version.subject = b.brand LEFT JOIN key ON key.subject = b.brand
WHERE brand.brand = b.brand;

ALTER TABLE brand ALTER COLUMN versions DROP DEFAULT;
