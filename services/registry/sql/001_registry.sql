-- brand: folded from the events table, one row per brand; `keys` says of every key issued whether it was revoked.
CREATE TABLE brand (
    brand text PRIMARY KEY,
    version text NOT NULL,
    hash text NOT NULL,
    keys jsonb NOT NULL,
    sequence bigint NOT NULL,
    accepted_at timestamptz NOT NULL
);
