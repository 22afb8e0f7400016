-- How many calls ended how in each hour, counted as their entries are appended: what happened in a week is a few
-- hundred rows, however many entries there are. `hour` is the time at which it begins.

CREATE TABLE activity (
    hour bigint NOT NULL,
    chain text NOT NULL,
    result text NOT NULL,
    calls bigint NOT NULL,
    PRIMARY KEY (hour, chain, result)
);

INSERT INTO activity (hour, chain, result, calls)
SELECT time - time % 3600000, chain, coalesce(outcome, 'refused'), count(*) FROM audit_entries
WHERE event IN ('call.read', 'call.finished', 'call.refused', 'call.not_run')
GROUP BY time - time % 3600000, chain, coalesce(outcome, 'refused');
