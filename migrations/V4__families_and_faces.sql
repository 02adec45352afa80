-- Additions only: a server of the version before goes on working beside one of this version. It
-- knows no refresh tokens and no personal ones, and calls them inactive.
--
-- Tables are changed in the order in which the look at an entry names them, as in the version
-- before.

-- Whether a client gets the token again that it has, and what its refresh tokens are like, where
-- that differs from the server's settings.
ALTER TABLE clients ADD COLUMN reuse TEXT;
ALTER TABLE clients ADD COLUMN refresh_format TEXT;
ALTER TABLE clients ADD COLUMN refresh_rotate BOOLEAN;
ALTER TABLE clients ADD COLUMN refresh_lifetime BIGINT;

-- What a user may do in applications, and what is said of the user to them, as JSON.
ALTER TABLE users ADD COLUMN scope TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN claims TEXT NOT NULL DEFAULT '{}';

-- What the sweep finds families by. Written once: no rotation moves the end of a family.
CREATE INDEX authorizations_expiry ON authorizations (expires_at) WHERE expires_at IS NOT NULL;

-- The tokens that people make for themselves.
INSERT INTO token_types (name_fold, name, source, version, definition, updated_at)
    VALUES ('personal', 'personal', 'built-in', 1, '{}', 0) ON CONFLICT DO NOTHING;
