-- Additions only: a server of the version before goes on working beside one of this version. It
-- knows no rules, so types are configured when every node has this version.
--
-- Tables are changed in the order in which the look at an entry names them: whoever locks two of
-- them the other way round and that look would wait for each other.

-- Raised by every other password: what ends the tokens that hang on it.
ALTER TABLE users ADD COLUMN password_generation BIGINT NOT NULL DEFAULT 1;

-- When, by whom and why each generation began: why the tokens of the one before are dead. Whose it
-- is, `client`, `user` or `server`, and the name, or the id of a user; nothing for the server.
CREATE TABLE generation_ends (
    whose      TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    generation BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    by         TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    PRIMARY KEY (whose, name, generation)
);

-- When a type was taken out of what configures it: its tokens are invalid until it returns, and its
-- versions go on.
ALTER TABLE token_types ADD COLUMN removed_at BIGINT;

-- Who gave a use its key: a key that the same client gives again means the same use.
ALTER TABLE token_uses ADD COLUMN client_id TEXT;
CREATE UNIQUE INDEX token_uses_client ON token_uses (client_id, use_key)
    WHERE client_id IS NOT NULL;

-- What a client lists its typed tokens of one type by: it may hold very many others.
CREATE INDEX tokens_typed ON tokens (client_id, type_name, entry_key) WHERE kind = 'typed';

-- What a slot is freed by when its holder goes.
CREATE INDEX slots_entry ON slots (entry_key);
