-- What several nodes on one database agree on. A single owner of a state directory uses the read-backs only.

CREATE TABLE nodes (
    id text PRIMARY KEY NOT NULL,
    started_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    version text NOT NULL,
    address text NOT NULL
);

CREATE TABLE node_tokens (
    connection_id text NOT NULL,
    node_id text NOT NULL,
    tokens_key bigint NOT NULL,
    tokens bytea NOT NULL,
    kept_at bigint NOT NULL,
    PRIMARY KEY (connection_id, node_id)
);

-- `turn` rises with every look at the class: it takes the row, and it says who has waited longest.
CREATE TABLE permit_classes (
    connection_id text NOT NULL,
    class text NOT NULL,
    turn bigint NOT NULL,
    in_flight text NOT NULL,
    PRIMARY KEY (connection_id, class)
);

CREATE TABLE permit_leases (
    connection_id text NOT NULL,
    class text NOT NULL,
    node_id text NOT NULL,
    slots bigint NOT NULL,
    wants bigint NOT NULL,
    since bigint NOT NULL,
    lease_until bigint NOT NULL,
    PRIMARY KEY (connection_id, class, node_id)
);

CREATE TABLE read_backs (
    call_id text PRIMARY KEY NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    due_at bigint NOT NULL,
    tries bigint NOT NULL
);
CREATE INDEX read_backs_due ON read_backs (due_at);
INSERT INTO read_backs (call_id, due_at, tries)
    SELECT id, created_at, 0 FROM calls WHERE state = 'finished' AND outcome = 'unknown';
