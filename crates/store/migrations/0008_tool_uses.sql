-- When each tool was last used on each connection, noted as the entries of finished calls are appended: a page that
-- shows it for every tool reads forty rows, however many entries there are.

CREATE TABLE tool_uses (
    connection_id text NOT NULL,
    tool text NOT NULL,
    used_at bigint NOT NULL,
    PRIMARY KEY (connection_id, tool)
);

INSERT INTO tool_uses (connection_id, tool, used_at)
SELECT connection, tool, max(time) FROM audit_entries
WHERE event IN ('call.read', 'call.finished') AND connection IS NOT NULL AND tool IS NOT NULL
GROUP BY connection, tool;
