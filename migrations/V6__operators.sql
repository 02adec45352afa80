-- Additions only: a server of the version before goes on working beside one of this version. It
-- writes the audit log without addresses and nodes, and counts nothing for the overview.
--
-- Tables are changed in the order in which the look at an entry names them, as in the version
-- before.

-- When a client was last known by its proof: noted now and then, off the path of its requests.
ALTER TABLE clients ADD COLUMN last_used_at BIGINT;

-- Whoever operates the server: few of very many.
CREATE INDEX users_operators ON users (user_id) WHERE operator_roles <> '';

-- What a node says of itself each minute, for the overview (JSON).
ALTER TABLE nodes ADD COLUMN figures TEXT;

-- Which node wrote an event, and its place in the chain, which a job gives it: events are written
-- by many at once, and none of them waits for another.
ALTER TABLE audit ADD COLUMN node TEXT;
ALTER TABLE audit ADD COLUMN sequence BIGINT;
CREATE UNIQUE INDEX audit_sequence ON audit (sequence) WHERE sequence IS NOT NULL;
CREATE INDEX audit_unsealed ON audit (audit_id) WHERE sequence IS NULL;
CREATE INDEX audit_action ON audit (action, audit_id);
CREATE INDEX audit_actor ON audit (actor, audit_id);
CREATE INDEX audit_target ON audit (target, audit_id);

-- One row: the end of the chain, and what stood before the oldest event that is still kept.
CREATE TABLE audit_chain (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    sequence BIGINT NOT NULL,
    chain BYTEA NOT NULL,
    sealed_at BIGINT NOT NULL,
    kept_after BIGINT NOT NULL,
    kept_chain BYTEA NOT NULL
);

-- What is listed and swept by time.
CREATE INDEX refused_authentications_minute ON refused_authentications (minute);

-- How much of something there was in a period (of so many seconds, which began at that second).
-- All nodes add to the same rows.
CREATE TABLE series (
    name TEXT NOT NULL,
    period BIGINT NOT NULL,
    at BIGINT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (name, period, at)
);

-- Queries that operators gave a name.
CREATE TABLE saved_queries (
    query_id UUID PRIMARY KEY,
    list TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    made_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (list, name)
);
