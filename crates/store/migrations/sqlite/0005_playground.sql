-- The Playground's own world: a provider that happens to live in the same process.
-- It belongs to the instance, not to any developer app.

CREATE TABLE playground_client (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    secret_hash BLOB NOT NULL,
    redirect_uris TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a user has allowed a client to do. Revoking deletes it, and its tokens with it.
-- `generation` is the newest pair of tokens, `confirmed` the newest that was used.
CREATE TABLE playground_grant (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL,
    email TEXT NOT NULL,
    scopes TEXT NOT NULL,
    generation INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX playground_grant_by_email ON playground_grant (email);

-- An authorization on its way: `login` once the user is known, `code` once it is allowed.
-- A code that was exchanged names its grant, so that using it again can revoke that.
CREATE TABLE playground_authorization (
    hash BLOB NOT NULL PRIMARY KEY,
    stage TEXT NOT NULL CHECK (stage IN ('login', 'code')),
    client_id TEXT NOT NULL,
    email TEXT NOT NULL,
    scopes TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    state TEXT,
    challenge TEXT NOT NULL,
    grant_id TEXT REFERENCES playground_grant (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX playground_authorization_by_grant ON playground_authorization (grant_id);
CREATE INDEX playground_authorization_by_expiry ON playground_authorization (expires_at);

CREATE TABLE playground_token (
    hash BLOB NOT NULL PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES playground_grant (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('access', 'refresh')),
    generation INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX playground_token_by_grant ON playground_token (grant_id, expires_at);

CREATE TABLE playground_key (
    hash BLOB NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX playground_key_by_email ON playground_key (email);

CREATE TABLE playground_contact (
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    email TEXT NOT NULL,
    email_lower TEXT NOT NULL,
    name TEXT,
    company TEXT,
    phone TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (owner, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX playground_contact_by_email ON playground_contact (owner, email_lower);
