-- Ways to the next call that a worker takes up, so that the way costs the same however many are queued: each caller's
-- queue in its order, when the next call's time comes, and what a caller has in hand.

CREATE INDEX calls_queue ON calls (state, caller_id, coalesce(run_at, 0), created_at, id);
CREATE INDEX calls_run_at ON calls (state, run_at);
CREATE INDEX calls_in_hand ON calls (caller_id, lease_until) WHERE lease_until IS NOT NULL;

-- Callers take turns over all nodes: `turn` rises with each call that is claimed, and says whose was claimed when.
CREATE TABLE turns (
    caller_id text PRIMARY KEY NOT NULL,
    turn bigint NOT NULL
);
