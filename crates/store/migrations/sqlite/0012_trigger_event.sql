-- What a connection can be found by when its provider tells of something: its identifier
-- and its plain fields. Nothing of it is secret.
CREATE TABLE connection_key (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    PRIMARY KEY (app_id, environment, name, value, connection_id),
    FOREIGN KEY (app_id, environment, connection_id)
        REFERENCES connection (app_id, environment, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX connection_key_by_connection
    ON connection_key (app_id, environment, connection_id);
INSERT INTO connection_key (app_id, environment, name, value, connection_id)
    SELECT c.app_id, c.environment, 'field:' || f.key, CAST(f.value AS TEXT), c.id
    FROM connection c, json_each(c.fields) f
    WHERE f.type IN ('text', 'integer') AND length(f.value) BETWEEN 1 AND 255;
INSERT INTO connection_key (app_id, environment, name, value, connection_id)
    SELECT c.app_id, c.environment, 'identifier', CAST(json_extract(c.identifier, '$') AS TEXT), c.id
    FROM connection c
    WHERE c.identifier IS NOT NULL AND json_type(c.identifier) IN ('text', 'integer')
    AND length(json_extract(c.identifier, '$')) BETWEEN 1 AND 255;

-- Secrets that events are verified with. With an account, for the address that is that
-- account's own. brought: by the provider, in a handshake.
CREATE TABLE webhook_secret (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    slug TEXT NOT NULL,
    account_id TEXT,
    brought INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    data_key_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    valid_until INTEGER,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_secret_by_address
    ON webhook_secret (app_id, environment, slug, account_id);
CREATE INDEX webhook_secret_by_account ON webhook_secret (app_id, environment, account_id)
    WHERE account_id IS NOT NULL;
CREATE INDEX webhook_secret_by_data_key ON webhook_secret (app_id, environment, data_key_id);
CREATE INDEX webhook_secret_by_end ON webhook_secret (valid_until) WHERE valid_until IS NOT NULL;

-- Events that providers have told, each once for every account that it is about.
CREATE TABLE trigger_event (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    slug TEXT NOT NULL,
    trigger_id TEXT,
    kind TEXT,
    account_id TEXT,
    connection_id TEXT,
    event_id TEXT,
    payload TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX trigger_event_once
    ON trigger_event (app_id, environment, slug, event_id, coalesce(account_id, ''))
    WHERE event_id IS NOT NULL;
CREATE INDEX trigger_event_by_account ON trigger_event (app_id, environment, account_id, id)
    WHERE account_id IS NOT NULL;
CREATE INDEX trigger_event_by_age ON trigger_event (received_at);
