-- The key store: small, apart, and the only place where a key can be destroyed. It is vacuumed after the first dead row:
-- what was deleted lies there until then.
CREATE TABLE key (
    key_id uuid PRIMARY KEY,
    wrapped bytea,
    made_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CHECK ((wrapped IS NULL) = (deleted_at IS NOT NULL))
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE brand_key (
    brand text NOT NULL,
    purpose text NOT NULL,
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (brand, purpose)
);
