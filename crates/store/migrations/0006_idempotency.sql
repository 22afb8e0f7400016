-- Who works on the request that a key stands for, and until when nobody else may: of two requests with one key that
-- come at once, to whichever nodes, one runs; and one that died leaves the key free.
ALTER TABLE idempotency ADD COLUMN attempt text;
ALTER TABLE idempotency ADD COLUMN attempt_until bigint;
