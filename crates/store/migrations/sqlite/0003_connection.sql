-- Connectors as an environment has set them up, and customers' connections.

CREATE TABLE connector_setting (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    slug TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('shared', 'own')),
    enabled INTEGER NOT NULL,
    client_id TEXT,
    sealed BLOB,
    data_key_id TEXT,
    scopes TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, slug),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;

-- An OAuth flow on its way through the customer's browser. Found by the hash of
-- its state, which is deleted when it comes back: one use.
CREATE TABLE oauth_attempt (
    state_hash BLOB NOT NULL PRIMARY KEY,
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    slug TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    client_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    data_key_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX oauth_attempt_by_expiry ON oauth_attempt (expires_at);
CREATE INDEX oauth_attempt_by_account ON oauth_attempt (app_id, environment, account_id);
CREATE INDEX oauth_attempt_by_data_key ON oauth_attempt (app_id, environment, data_key_id);

-- refresh_lease and refresh_until fence the refresh: whoever writes its lease into
-- the row, and only that one, may speak to the provider until then.
CREATE TABLE connection (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    slug TEXT NOT NULL,
    auth_type TEXT NOT NULL CHECK (auth_type IN ('oauth2', 'keybased')),
    status TEXT NOT NULL CHECK (status IN ('active', 'expired')),
    identifier TEXT,
    fields TEXT NOT NULL,
    scopes TEXT,
    client_id TEXT,
    sealed BLOB NOT NULL,
    data_key_id TEXT NOT NULL,
    expires_at INTEGER,
    refresh_lease TEXT,
    refresh_until INTEGER,
    refresh_failures INTEGER NOT NULL,
    last_error TEXT,
    version INTEGER NOT NULL,
    connected_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX connection_by_account
    ON connection (app_id, environment, account_id, slug, auth_type);
CREATE INDEX connection_by_data_key ON connection (app_id, environment, data_key_id);

-- Work for later. due_at is when it may be taken, and, once taken, when it may be
-- taken again should the worker have died.
CREATE TABLE job (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload TEXT NOT NULL,
    sealed BLOB,
    data_key_id TEXT,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    last_error TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_by_due ON job (due_at);
CREATE INDEX job_by_data_key ON job (app_id, environment, data_key_id)
    WHERE data_key_id IS NOT NULL;
