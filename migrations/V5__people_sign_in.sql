-- Additions only: a server of the version before goes on working beside one of this version. It
-- lets nobody sign in, knows no codes, and calls ID tokens what they are: no access tokens.
--
-- Tables are changed in the order in which the look at an entry names them, as in the version
-- before.

-- Where people may be sent, and what it takes to let a client use their account.
ALTER TABLE clients ADD COLUMN post_logout_redirect_uris TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN consent TEXT NOT NULL DEFAULT 'once';
ALTER TABLE clients ADD COLUMN optional_scope TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN require_pkce BOOLEAN;
ALTER TABLE clients ADD COLUMN id_token_algorithm TEXT;
ALTER TABLE clients ADD COLUMN userinfo_algorithm TEXT;
ALTER TABLE clients ADD COLUMN subject_type TEXT NOT NULL DEFAULT 'public';
ALTER TABLE clients ADD COLUMN sector TEXT;
-- Seconds that a sign-in may be old, where a request does not say.
ALTER TABLE clients ADD COLUMN default_max_age BIGINT;
-- Which of its tokens go on after the browser session ended that they came of.
ALTER TABLE clients ADD COLUMN outlives_session TEXT NOT NULL DEFAULT 'offline';
-- What people may read about it.
ALTER TABLE clients ADD COLUMN client_uri TEXT;
ALTER TABLE clients ADD COLUMN policy_uri TEXT;
ALTER TABLE clients ADD COLUMN tos_uri TEXT;

ALTER TABLE users ADD COLUMN password_changed_at BIGINT;
ALTER TABLE users ADD COLUMN signed_in_at BIGINT;

-- Claims that a person allowed one by one, beside those of a scope; and what they left out that
-- they may, so that they are not asked again for it.
ALTER TABLE consents ADD COLUMN claims TEXT NOT NULL DEFAULT '';
ALTER TABLE consents ADD COLUMN declined_scope TEXT NOT NULL DEFAULT '';
-- What a person lists.
CREATE INDEX consents_user ON consents (user_id) WHERE status = 'valid';

-- The browser session that an authorization came of, whether it goes on without it, and what was
-- true of the sign-in (JSON: when, how, which claims were asked for).
ALTER TABLE authorizations ADD COLUMN session_id UUID;
ALTER TABLE authorizations ADD COLUMN outlives_session BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE authorizations ADD COLUMN sign_in TEXT;
CREATE INDEX authorizations_session ON authorizations (session_id) WHERE session_id IS NOT NULL;

-- A session keeps its id (`sid`) when the same person proves anew who they are; the secret in the
-- cookie is another one then, and so is the row.
ALTER TABLE browser_sessions ADD COLUMN session_id UUID;
ALTER TABLE browser_sessions ADD COLUMN is_remembered BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE browser_sessions ADD COLUMN user_generation BIGINT NOT NULL DEFAULT 0;
ALTER TABLE browser_sessions ADD COLUMN global_generation BIGINT NOT NULL DEFAULT 0;
ALTER TABLE browser_sessions ADD COLUMN idle_until BIGINT;
ALTER TABLE browser_sessions ADD COLUMN address TEXT;
ALTER TABLE browser_sessions ADD COLUMN user_agent TEXT;
ALTER TABLE browser_sessions ADD COLUMN ended_by TEXT;
ALTER TABLE browser_sessions ADD COLUMN end_reason TEXT;
CREATE INDEX browser_sessions_id ON browser_sessions (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX browser_sessions_expiry ON browser_sessions (expires_at);

-- An authorization request on its way through sign-in and consent: one for each tab.
CREATE TABLE authorization_requests (
    request_hash BYTEA PRIMARY KEY,
    client_id TEXT NOT NULL,
    -- What was asked for, judged (JSON).
    request TEXT NOT NULL,
    -- The browser it belongs to: SHA-256 of its cookie.
    browser_hash BYTEA NOT NULL,
    -- The session that its person signed in with for this very request.
    session_hash BYTEA,
    -- What its person allowed for this very request, and when.
    granted_scope TEXT,
    decided_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX authorization_requests_expiry ON authorization_requests (expires_at);

-- One row: the code with which the first administrator is made. A table of its own: whoever wants
-- `instance` while they hold another table that is changed here would wait for us, and we for them.
CREATE TABLE setup (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    setup_hash BYTEA,
    setup_expires_at BIGINT,
    setup_done_at BIGINT
);
INSERT INTO setup (id) VALUES (1);

-- What leads people to a new password, and to their account.
INSERT INTO token_types (name_fold, name, source, version, definition, updated_at) VALUES
    ('password_reset', 'password_reset', 'built-in', 1, '{}', 0),
    ('invitation', 'invitation', 'built-in', 1, '{}', 0) ON CONFLICT DO NOTHING;
