-- A device flow: the customer types a short code elsewhere, and the provider is asked now
-- and then. Whoever moves ask_at on, and only that one, may ask.
CREATE TABLE device_attempt (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'connected', 'denied', 'expired', 'failed')),
    interval_s BIGINT NOT NULL,
    ask_at BIGINT NOT NULL,
    connection_id TEXT COLLATE "C",
    sealed BYTEA NOT NULL,
    data_key_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);
CREATE INDEX device_attempt_by_expiry ON device_attempt (expires_at);
CREATE INDEX device_attempt_by_account ON device_attempt (app_id, environment, account_id);
CREATE INDEX device_attempt_by_data_key ON device_attempt (app_id, environment, data_key_id);

-- OAuth clients that have registered themselves, with each issuer another one. The newest
-- usable one makes new connections; older ones serve the connections made with them.
CREATE TABLE registered_client (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    issuer TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    usable BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    data_key_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);
CREATE INDEX registered_client_by_issuer ON registered_client (app_id, environment, slug, issuer);
CREATE INDEX registered_client_by_data_key ON registered_client (app_id, environment, data_key_id);
