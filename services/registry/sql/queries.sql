-- name: load_brands
SELECT brand, version, hash, versions, keys, sequence, accepted_at
FROM brand WHERE brand = ANY (%(brands)s::text[]) ORDER BY brand FOR UPDATE;

-- name: save_brands
INSERT INTO brand (brand, version, hash, versions, keys, sequence, accepted_at)
SELECT brand, version, hash, versions::jsonb, keys::jsonb, sequence, accepted_at
FROM unnest(%(brands)s::text[], %(version)s::text[], %(hashes)s::text[], %(versions)s::text[], %(keys)s::text[],
    %(sequences)s::int8[], %(times)s::timestamptz[]) AS w (brand, version, hash, versions, keys, sequence, accepted_at)
ON CONFLICT (brand) DO UPDATE SET version = excluded.version, hash = excluded.hash, versions = excluded.versions,
    keys = excluded.keys, sequence = excluded.sequence, accepted_at = excluded.accepted_at;

-- name: known_brands
SELECT brand, version, hash, sequence FROM brand ORDER BY brand;

-- name: known_brand
SELECT brand, version, hash, sequence FROM brand WHERE brand = %(brand)s;
