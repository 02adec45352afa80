-- Additions only: a server of the version before goes on working beside one of this version, so
-- the schema row stays as it is, and every new column may be left out of an INSERT.

-- What a node runs with, of the settings that all should have alike (JSON: key to value), so that
-- one can tell which nodes differ.
ALTER TABLE nodes ADD COLUMN settings TEXT;
-- Who first sent it a header that names a caller's address and is no trusted proxy, if anybody did.
ALTER TABLE nodes ADD COLUMN ignored_forwarding TEXT;
-- Whether it keeps anything in memory: nobody waits for the word of one that does not.
ALTER TABLE nodes ADD COLUMN keeps BOOLEAN NOT NULL DEFAULT TRUE;

-- Signing keys. At most one waits its turn for each algorithm, so that no clock that is wrong, and
-- no two nodes at once, make more.
CREATE UNIQUE INDEX signing_keys_staged ON signing_keys (key_use, algorithm) WHERE state = 'staged';
-- The longest lifetime, in seconds, that was in force while the key could sign and is not any more:
-- what it signed then has to verify until its end.
ALTER TABLE signing_keys ADD COLUMN longest_lifetime BIGINT;
-- The public half of a key that signs no more, a JWK, sealed with the same envelope key as the
-- private one. A server of the version before opens the private one of every key that verifies.
ALTER TABLE signing_keys ADD COLUMN public_sealed BYTEA;
