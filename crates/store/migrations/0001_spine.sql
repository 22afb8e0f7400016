-- Times are milliseconds since 1970, truth is 0 or 1. What is sealed has two columns: the bytes, and the version
-- of the key that opens them. `name_key` is the name in the form in which names are compared.

CREATE TABLE settings (
    name text PRIMARY KEY NOT NULL,
    value text NOT NULL
);

CREATE TABLE connections (
    id text PRIMARY KEY NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    url text NOT NULL,
    state text NOT NULL,
    reason text,
    server_version text,
    account text,
    ca text,
    self_approval bigint NOT NULL,
    max_targets bigint NOT NULL,
    policy_version bigint NOT NULL,
    preset text NOT NULL,
    modes text NOT NULL,
    jwt_key bigint NOT NULL,
    jwt bytea NOT NULL,
    tokens_key bigint,
    tokens bytea,
    created_at bigint NOT NULL,
    removed_at bigint
);
-- The name of a removed connection is free again.
CREATE UNIQUE INDEX connections_name ON connections (name_key) WHERE removed_at IS NULL;

CREATE TABLE scripts (
    connection_id text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    item_id bigint NOT NULL,
    task_type text NOT NULL,
    parameters text NOT NULL,
    description text NOT NULL,
    PRIMARY KEY (connection_id, id),
    UNIQUE (connection_id, name_key)
);

CREATE TABLE people (
    id text PRIMARY KEY NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL UNIQUE,
    role text NOT NULL,
    password_hash text NOT NULL,
    created_at bigint NOT NULL,
    disabled_at bigint,
    failures bigint NOT NULL,
    locked_until bigint
);

CREATE TABLE sessions (
    token_hash text PRIMARY KEY NOT NULL,
    person_id text NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    proved_at bigint NOT NULL,
    ended_at bigint
);
CREATE INDEX sessions_person ON sessions (person_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE keys (
    id text PRIMARY KEY NOT NULL,
    secret_hash text NOT NULL,
    caller text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint,
    last_used_at bigint
);

CREATE TABLE calls (
    id text PRIMARY KEY NOT NULL,
    connection_id text NOT NULL,
    caller_id text NOT NULL,
    caller_name text NOT NULL,
    tool text NOT NULL,
    state text NOT NULL,
    outcome text,
    approval_id text,
    plan_digest text NOT NULL,
    summary text NOT NULL,
    created_at bigint NOT NULL,
    run_at bigint,
    finished_at bigint,
    plan text NOT NULL,
    fingerprint text NOT NULL,
    facts text NOT NULL,
    reason text,
    source text NOT NULL,
    held_by text,
    secrets_key bigint,
    secrets bytea,
    result_key bigint,
    result bytea,
    error text,
    told bigint NOT NULL,
    fence bigint NOT NULL,
    lease_until bigint
);
CREATE INDEX calls_newest ON calls (created_at, id);
CREATE INDEX calls_of_caller ON calls (caller_id, created_at, id);
CREATE INDEX calls_fingerprint ON calls (fingerprint);
CREATE INDEX calls_state ON calls (state, created_at, id);

CREATE TABLE call_writes (
    call_id text NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    position bigint NOT NULL,
    target bigint,
    state text NOT NULL,
    attempt_id text,
    intent_at bigint,
    settled_at bigint,
    receipt_key bigint,
    receipt bytea,
    task_id text,
    error text,
    PRIMARY KEY (call_id, position)
);

CREATE TABLE approvals (
    id text PRIMARY KEY NOT NULL,
    call_id text NOT NULL UNIQUE REFERENCES calls (id) ON DELETE CASCADE,
    connection_id text NOT NULL,
    caller_id text NOT NULL,
    state text NOT NULL,
    plan_digest text NOT NULL,
    reason text,
    held_by text NOT NULL,
    confirm_required text,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    decided_by text,
    decided_at bigint,
    decision_reason text
);
CREATE INDEX approvals_newest ON approvals (created_at, id);
CREATE INDEX approvals_pending ON approvals (expires_at) WHERE state = 'pending';

CREATE TABLE idempotency (
    caller_id text NOT NULL,
    idempotency_key text NOT NULL,
    body_hash text NOT NULL,
    call_id text,
    response_key bigint,
    response bytea,
    created_at bigint NOT NULL,
    PRIMARY KEY (caller_id, idempotency_key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE stops (
    scope text PRIMARY KEY NOT NULL,
    is_on bigint NOT NULL,
    reason text NOT NULL,
    set_by text NOT NULL,
    set_at bigint NOT NULL
);

CREATE TABLE learned_limits (
    connection_id text NOT NULL,
    class text NOT NULL,
    in_flight bigint NOT NULL,
    PRIMARY KEY (connection_id, class)
);

CREATE TABLE audit_heads (
    chain text PRIMARY KEY NOT NULL,
    seq bigint NOT NULL,
    hash text NOT NULL
);

-- `text` is what is hashed. The columns after `hash` are copies out of it, to search by; verification compares.
CREATE TABLE audit_entries (
    chain text NOT NULL,
    seq bigint NOT NULL,
    text text NOT NULL,
    hash text NOT NULL,
    time bigint NOT NULL,
    event text NOT NULL,
    connection text,
    caller text,
    call text,
    tool text,
    outcome text,
    PRIMARY KEY (chain, seq)
);
CREATE INDEX audit_newest ON audit_entries (time, chain, seq);
CREATE INDEX audit_call ON audit_entries (call) WHERE call IS NOT NULL;
