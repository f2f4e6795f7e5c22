-- Connectors as an environment has set them up, and customers' connections.

CREATE TABLE connector_setting (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL CHECK (source IN ('shared', 'own')),
    enabled BIGINT NOT NULL,
    client_id TEXT COLLATE "C",
    sealed BYTEA,
    data_key_id TEXT COLLATE "C",
    scopes TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, slug),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);

-- An OAuth flow on its way through the customer's browser. Found by the hash of
-- its state, which is deleted when it comes back: one use.
CREATE TABLE oauth_attempt (
    state_hash BYTEA NOT NULL PRIMARY KEY,
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    redirect_uri TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    data_key_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);
CREATE INDEX oauth_attempt_by_expiry ON oauth_attempt (expires_at);
CREATE INDEX oauth_attempt_by_account ON oauth_attempt (app_id, environment, account_id);
CREATE INDEX oauth_attempt_by_data_key ON oauth_attempt (app_id, environment, data_key_id);

-- refresh_lease and refresh_until fence the refresh: whoever writes its lease into
-- the row, and only that one, may speak to the provider until then.
CREATE TABLE connection (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    auth_type TEXT COLLATE "C" NOT NULL CHECK (auth_type IN ('oauth2', 'keybased')),
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'expired')),
    identifier TEXT COLLATE "C",
    fields TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C",
    client_id TEXT COLLATE "C",
    sealed BYTEA NOT NULL,
    data_key_id TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT,
    refresh_lease TEXT COLLATE "C",
    refresh_until BIGINT,
    refresh_failures BIGINT NOT NULL,
    last_error TEXT COLLATE "C",
    version BIGINT NOT NULL,
    connected_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);
CREATE UNIQUE INDEX connection_by_account
    ON connection (app_id, environment, account_id, slug, auth_type);
CREATE INDEX connection_by_data_key ON connection (app_id, environment, data_key_id);

-- Work for later. due_at is when it may be taken, and, once taken, when it may be
-- taken again should the worker have died.
CREATE TABLE job (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    sealed BYTEA,
    data_key_id TEXT COLLATE "C",
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    last_error TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);
CREATE INDEX job_by_due ON job (due_at);
CREATE INDEX job_by_data_key ON job (app_id, environment, data_key_id)
    WHERE data_key_id IS NOT NULL;
