-- Webhooks, and the outbox that their deliveries wait in. `address` is what of the URL may be shown; `next_at` is when
-- a delivery is tried next, `lease_until` how long the node that is trying it has it for itself.

CREATE TABLE webhooks (
    id text PRIMARY KEY NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL UNIQUE,
    format text NOT NULL,
    address text NOT NULL,
    url_key bigint NOT NULL,
    url bytea NOT NULL,
    secret_key bigint,
    secret bytea,
    old_secret_key bigint,
    old_secret bytea,
    old_secret_until bigint,
    allow_private bigint NOT NULL,
    events text,
    connection_id text,
    caller_id text,
    created_at bigint NOT NULL,
    created_by text NOT NULL,
    disabled_at bigint,
    disabled_reason text,
    failing_since bigint,
    last_delivered_at bigint,
    last_failed_at bigint,
    last_error text
);

CREATE TABLE webhook_events (
    id text PRIMARY KEY NOT NULL,
    name text NOT NULL,
    created_at bigint NOT NULL,
    connection_id text,
    data text NOT NULL
);

CREATE TABLE webhook_deliveries (
    id text PRIMARY KEY NOT NULL,
    hook_id text NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id text NOT NULL REFERENCES webhook_events (id) ON DELETE CASCADE,
    state text NOT NULL,
    attempts bigint NOT NULL,
    created_at bigint NOT NULL,
    next_at bigint NOT NULL,
    fence bigint NOT NULL,
    lease_until bigint,
    last_attempt_at bigint,
    settled_at bigint,
    status bigint,
    error text,
    UNIQUE (hook_id, event_id)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at, id) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_leased ON webhook_deliveries (hook_id) WHERE lease_until IS NOT NULL;
CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (hook_id, created_at, id);
CREATE INDEX webhook_deliveries_event ON webhook_deliveries (event_id);
CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (settled_at) WHERE settled_at IS NOT NULL;
