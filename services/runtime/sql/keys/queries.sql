-- name: add_keys
INSERT INTO key (key_id, wrapped) SELECT * FROM unnest(%(ids)b::uuid[], %(wrapped)b::bytea[]);

-- name: find_keys
SELECT key_id, wrapped FROM key WHERE key_id = ANY (%(ids)s::uuid[]);

-- name: some_keys
SELECT key_id, wrapped FROM key WHERE wrapped IS NOT NULL LIMIT 3;

-- name: delete_keys
INSERT INTO key (key_id, wrapped, deleted_at) SELECT id, NULL, now() FROM unnest(%(ids)s::uuid[]) AS w (id)
ON CONFLICT (key_id) DO UPDATE SET wrapped = NULL, deleted_at = now() WHERE key.wrapped IS NOT NULL;

-- name: add_brand_key
INSERT INTO brand_key (brand, purpose, wrapped) VALUES (%(brand)s, %(purpose)s, %(wrapped)s) ON CONFLICT DO NOTHING;

-- name: brand_key
SELECT wrapped FROM brand_key WHERE brand = %(brand)s AND purpose = %(purpose)s;
