-- What is noted about keys, from where sessions are used, since when a JWT is in use, and who guesses passwords. A subject is a name (in a form
-- that does not tell it) or an address, so a name that nobody has is locked like one that somebody has.

ALTER TABLE keys ADD COLUMN notes text NOT NULL DEFAULT '';

ALTER TABLE sessions ADD COLUMN seen_at bigint;
ALTER TABLE sessions ADD COLUMN source text;

ALTER TABLE people DROP COLUMN failures;
ALTER TABLE people DROP COLUMN locked_until;

ALTER TABLE connections ADD COLUMN jwt_at bigint;

CREATE TABLE guesses (
    subject text PRIMARY KEY NOT NULL,
    failures bigint NOT NULL,
    failed_at bigint NOT NULL,
    locked_until bigint
);
CREATE INDEX guesses_age ON guesses (failed_at);
