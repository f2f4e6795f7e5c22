-- A device flow: the customer types a short code elsewhere, and the provider is asked now
-- and then. Whoever moves ask_at on, and only that one, may ask.
CREATE TABLE device_attempt (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    slug TEXT NOT NULL,
    client_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'connected', 'denied', 'expired', 'failed')),
    interval_s INTEGER NOT NULL,
    ask_at INTEGER NOT NULL,
    connection_id TEXT,
    sealed BLOB NOT NULL,
    data_key_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_attempt_by_expiry ON device_attempt (expires_at);
CREATE INDEX device_attempt_by_account ON device_attempt (app_id, environment, account_id);
CREATE INDEX device_attempt_by_data_key ON device_attempt (app_id, environment, data_key_id);

-- OAuth clients that have registered themselves, with each issuer another one. The newest
-- usable one makes new connections; older ones serve the connections made with them.
CREATE TABLE registered_client (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    slug TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    usable INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    data_key_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX registered_client_by_issuer ON registered_client (app_id, environment, slug, issuer);
CREATE INDEX registered_client_by_data_key ON registered_client (app_id, environment, data_key_id);
