-- The whole house at rest. One text for both engines: a line that begins with `--sqlite:` or
-- `--postgres:` is a comment to the other one. Times are milliseconds since 1970, bound as
-- parameters. No column that changes when a token is used or ended stands in an index or its
-- predicate, but for tokens without an expiry: PostgreSQL would write into every index then.

-- One row: what is true of this database as a whole.
CREATE TABLE instance (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    -- The newest migration that a binary must know to live with this schema.
    oldest_schema BIGINT NOT NULL,
    -- Raised to end every token at once, and by restoring a backup.
    generation BIGINT NOT NULL,
    -- Refuses a wrong master key, and nodes that differ.
    master_check BYTEA
);
INSERT INTO instance (id, oldest_schema, generation, master_check) VALUES (1, 1, 1, NULL);

-- Envelope keys, sealed under the master key; one a period, so that rewrapping touches no token.
CREATE TABLE seal_keys (
    seal_key BIGINT PRIMARY KEY,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL,
    key_use TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('staged', 'active', 'retiring', 'revoked')),
    public_jwk TEXT NOT NULL,
    private_sealed BYTEA NOT NULL,
    seal_key BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    activate_at BIGINT,
    retire_at BIGINT,
    drop_at BIGINT
);
CREATE UNIQUE INDEX signing_keys_active ON signing_keys (key_use, algorithm) WHERE state = 'active';

CREATE TABLE clients (
    client_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('machine', 'web', 'browser', 'native')),
    authentication TEXT NOT NULL
        CHECK (authentication IN ('client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none')),
    jwks TEXT,
    assertion_audience TEXT NOT NULL,
    grant_types TEXT NOT NULL,
    scope TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    cors_origins TEXT NOT NULL,
    access_format TEXT,
    access_algorithm TEXT,
    access_lifetime BIGINT,
    realm TEXT,
    status TEXT NOT NULL CHECK (status IN ('active', 'disabled', 'deleted')),
    generation BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK (authentication <> 'private_key_jwt' OR jwks IS NOT NULL)
);

-- Few clients have origins; looking for one must not read them all.
CREATE INDEX clients_cors ON clients (client_id) WHERE cors_origins <> '';

CREATE TABLE client_secrets (
    secret_id UUID PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (client_id),
    hint TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('generated', 'chosen')),
    verifier BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    last_used_from TEXT,
    UNIQUE (client_id, hint)
);

CREATE TABLE resource_servers (
    audience TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    is_default BOOLEAN NOT NULL,
    introspectors TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE scopes (
    scope TEXT PRIMARY KEY,
    description TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- A name is never given twice: the row of a deleted user stays as its tombstone.
CREATE TABLE users (
    user_id UUID PRIMARY KEY,
    realm TEXT NOT NULL,
    username TEXT NOT NULL,
    username_fold TEXT NOT NULL,
    password_phc TEXT,
    roles TEXT NOT NULL,
    operator_roles TEXT NOT NULL,
    attributes TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'disabled', 'deleted')),
    generation BIGINT NOT NULL,
    version BIGINT NOT NULL,
    failed_logins BIGINT NOT NULL,
    locked_until BIGINT,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (realm, username_fold)
);

-- What a person allowed a client to do; survives the families that came of it.
CREATE TABLE consents (
    consent_id UUID PRIMARY KEY,
    client_id TEXT NOT NULL,
    user_id UUID NOT NULL,
    scope TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('valid', 'revoked')),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX consents_valid ON consents (client_id, user_id) WHERE status = 'valid';

-- One redeemed grant, which is one family of tokens, revoked as a whole.
CREATE TABLE authorizations (
    authorization_id UUID PRIMARY KEY,
    client_id TEXT NOT NULL,
    user_id UUID,
    subject TEXT,
    consent_id UUID,
    browser_session_hash BYTEA,
    grant_type TEXT NOT NULL,
    scope TEXT NOT NULL,
    audience TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('valid', 'revoked')),
    rotation BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    ended_at BIGINT,
    ended_by TEXT,
    end_reason TEXT
);
CREATE INDEX authorizations_user ON authorizations (user_id, created_at) WHERE user_id IS NOT NULL;

CREATE TABLE browser_sessions (
    session_hash BYTEA PRIMARY KEY,
    user_id UUID NOT NULL,
    authenticated_at BIGINT NOT NULL,
    methods TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX browser_sessions_user ON browser_sessions (user_id);

CREATE TABLE token_types (
    name_fold TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('built-in', 'file', 'store')),
    version BIGINT NOT NULL,
    definition TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
INSERT INTO token_types (name_fold, name, source, version, definition, updated_at) VALUES
    ('access', 'access', 'built-in', 1, '{}', 0),
    ('refresh', 'refresh', 'built-in', 1, '{}', 0),
    ('code', 'code', 'built-in', 1, '{}', 0),
    ('device_code', 'device_code', 'built-in', 1, '{}', 0),
    ('user_code', 'user_code', 'built-in', 1, '{}', 0),
    ('id', 'id', 'built-in', 1, '{}', 0);

-- The entry of every issued token, whatever its form. No foreign keys: they cost on every write,
-- and an entry outlives its client.
CREATE TABLE tokens (
    --sqlite: entry_key INTEGER PRIMARY KEY,
    --postgres: entry_key BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    type_name TEXT NOT NULL,
    format TEXT NOT NULL CHECK (format IN ('reference', 'located', 'jwt')),
    status TEXT NOT NULL
        CHECK (status IN ('inactive', 'valid', 'redeemed', 'superseded', 'rejected', 'revoked')),
    client_id TEXT NOT NULL,
    user_id UUID,
    subject TEXT,
    authorization_id UUID,
    parent_key BIGINT,
    successor_key BIGINT,
    scope TEXT NOT NULL,
    audience TEXT NOT NULL,
    identity TEXT,
    purposes TEXT,
    jti_salt BIGINT NOT NULL,
    reference_hash BYTEA,
    payload BYTEA,
    token_sealed BYTEA,
    replay_sealed BYTEA,
    seal_key BIGINT,
    rules TEXT,
    client_generation BIGINT NOT NULL,
    user_generation BIGINT,
    global_generation BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    not_before BIGINT,
    expires_at BIGINT,
    absolute_at BIGINT,
    redeemed_at BIGINT,
    ended_at BIGINT,
    ended_by TEXT,
    end_reason TEXT,
    -- ended_at again, of a token without an expiry: what the sweep finds it by. A column of its
    -- own, so that ending any other token touches no index.
    endless_ended_at BIGINT,
    last_used_at BIGINT,
    uses BIGINT NOT NULL DEFAULT 0,
    max_uses BIGINT,
    window_start BIGINT,
    window_uses BIGINT NOT NULL DEFAULT 0,
    grace_uses BIGINT NOT NULL DEFAULT 0,
    pin TEXT,
    CHECK (format = 'jwt' OR reference_hash IS NOT NULL),
    CHECK (status <> 'redeemed' OR redeemed_at IS NOT NULL),
    CHECK (max_uses IS NULL OR uses <= max_uses)
)
--postgres: WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.01)
;
-- Located tokens carry their key and need no index by hash: that is what they are for.
CREATE UNIQUE INDEX tokens_reference ON tokens (reference_hash) WHERE format = 'reference';
CREATE INDEX tokens_client ON tokens (client_id, entry_key);
CREATE INDEX tokens_user ON tokens (user_id, entry_key) WHERE user_id IS NOT NULL;
CREATE INDEX tokens_family ON tokens (authorization_id) WHERE authorization_id IS NOT NULL;
CREATE INDEX tokens_endless ON tokens (endless_ended_at) WHERE endless_ended_at IS NOT NULL;

-- The right to be the one active token of a client, user and scope.
CREATE TABLE slots (
    slot_key BYTEA PRIMARY KEY,
    entry_key BIGINT NOT NULL,
    held_until BIGINT
);

-- Answers already given to a use, so that a retry consumes nothing.
CREATE TABLE token_uses (
    entry_key BIGINT NOT NULL,
    use_key TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (entry_key, use_key)
);

-- Identifiers that may be seen once, such as the jti of a client assertion.
CREATE TABLE used_identifiers (
    kind TEXT NOT NULL,
    identifier_hash BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (kind, identifier_hash)
);
CREATE INDEX used_identifiers_expiry ON used_identifiers (expires_at);

-- The servers that share this database.
CREATE TABLE nodes (
    node_id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    config_hash BYTEA,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    -- Who stays silent is removed, unless it was heard of since: this tells.
    beats BIGINT NOT NULL
);

-- Who does a job that only one node may do at a time.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder UUID NOT NULL,
    until BIGINT NOT NULL,
    finished_at BIGINT
);

CREATE TABLE audit (
    audit_id UUID PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    reason TEXT,
    detail TEXT,
    request_id TEXT,
    address TEXT,
    chain BYTEA
);
CREATE INDEX audit_time ON audit (at);

CREATE TABLE refused_authentications (
    client_id TEXT NOT NULL,
    address TEXT NOT NULL,
    minute BIGINT NOT NULL,
    refusals BIGINT NOT NULL,
    PRIMARY KEY (client_id, address, minute)
);
