-- Finds what has been over for long without looking at every call.
CREATE INDEX calls_finished ON calls (finished_at) WHERE finished_at IS NOT NULL;
