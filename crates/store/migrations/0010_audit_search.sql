-- Ways into the record beside time and call: the entries of one caller, tool, kind, outcome or connection, newest
-- last. A list that is narrowed to something rare reads its few entries, however many others there are.

CREATE INDEX audit_caller ON audit_entries (caller, time) WHERE caller IS NOT NULL;
CREATE INDEX audit_tool ON audit_entries (tool, time) WHERE tool IS NOT NULL;
CREATE INDEX audit_event ON audit_entries (event, time);
CREATE INDEX audit_outcome ON audit_entries (outcome, time) WHERE outcome IS NOT NULL;
CREATE INDEX audit_connection ON audit_entries (connection, time) WHERE connection IS NOT NULL;
