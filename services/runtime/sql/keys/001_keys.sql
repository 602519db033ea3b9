-- The key store: small, apart, and the only place where a key can be destroyed.
CREATE TABLE key (
    key_id uuid PRIMARY KEY,
    wrapped bytea,
    made_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CHECK ((wrapped IS NULL) = (deleted_at IS NOT NULL))
);

CREATE TABLE brand_key (
    brand text NOT NULL,
    purpose text NOT NULL,
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (brand, purpose)
);
