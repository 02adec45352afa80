-- Additions only: a server of the version before goes on working beside one of this version.
--
-- Tables are changed in the order in which the look at an entry names them, as in the version
-- before.

-- Clients of exactly one name, however many have it.
CREATE INDEX clients_name ON clients (name, client_id) WHERE status <> 'deleted';

-- The sessions of a user that were not ended, those that are over last.
CREATE INDEX browser_sessions_live ON browser_sessions (user_id, expires_at) WHERE ended_at IS NULL;

-- The members of a family in their order: on SQLite every index ends in the entry key already. V8
-- drops tokens_family, which it makes needless.
--postgres: CREATE INDEX tokens_family_key ON tokens (authorization_id, entry_key) WHERE authorization_id IS NOT NULL;
