-- The Playground's own world: a provider that happens to live in the same process.
-- It belongs to the instance, not to any developer app.

CREATE TABLE playground_client (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    secret_hash BYTEA NOT NULL,
    redirect_uris TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

-- What a user has allowed a client to do. Revoking deletes it, and its tokens with it.
-- `generation` is the newest pair of tokens, `confirmed` the newest that was used.
CREATE TABLE playground_grant (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    confirmed BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX playground_grant_by_email ON playground_grant (email);

-- An authorization on its way: `login` once the user is known, `code` once it is allowed.
-- A code that was exchanged names its grant, so that using it again can revoke that.
CREATE TABLE playground_authorization (
    hash BYTEA NOT NULL PRIMARY KEY,
    stage TEXT COLLATE "C" NOT NULL CHECK (stage IN ('login', 'code')),
    client_id TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    redirect_uri TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C",
    challenge TEXT COLLATE "C" NOT NULL,
    grant_id TEXT COLLATE "C" REFERENCES playground_grant (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX playground_authorization_by_grant ON playground_authorization (grant_id);
CREATE INDEX playground_authorization_by_expiry ON playground_authorization (expires_at);

CREATE TABLE playground_token (
    hash BYTEA NOT NULL PRIMARY KEY,
    grant_id TEXT COLLATE "C" NOT NULL REFERENCES playground_grant (id) ON DELETE CASCADE,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('access', 'refresh')),
    generation BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX playground_token_by_grant ON playground_token (grant_id, expires_at);

CREATE TABLE playground_key (
    hash BYTEA NOT NULL PRIMARY KEY,
    email TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX playground_key_by_email ON playground_key (email);

CREATE TABLE playground_contact (
    owner TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    email_lower TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    company TEXT COLLATE "C",
    phone TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (owner, id)
);
CREATE UNIQUE INDEX playground_contact_by_email ON playground_contact (owner, email_lower);
