-- What a connection can be found by when its provider tells of something: its identifier
-- and its plain fields. Nothing of it is secret.
CREATE TABLE connection_key (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    connection_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (app_id, environment, name, value, connection_id),
    FOREIGN KEY (app_id, environment, connection_id)
        REFERENCES connection (app_id, environment, id) ON DELETE CASCADE
);
CREATE INDEX connection_key_by_connection
    ON connection_key (app_id, environment, connection_id);
INSERT INTO connection_key (app_id, environment, name, value, connection_id)
    SELECT c.app_id, c.environment, 'field:' || f.key, f.value #>> '{}', c.id
    FROM connection c, jsonb_each(c.fields::jsonb) f
    WHERE position('\u0000' in c.fields) = 0
    AND jsonb_typeof(f.value) IN ('string', 'number')
    AND octet_length(f.value #>> '{}') BETWEEN 1 AND 255;
INSERT INTO connection_key (app_id, environment, name, value, connection_id)
    SELECT c.app_id, c.environment, 'identifier', c.identifier::jsonb #>> '{}', c.id
    FROM connection c
    WHERE c.identifier IS NOT NULL AND position('\u0000' in c.identifier) = 0
    AND jsonb_typeof(c.identifier::jsonb) IN ('string', 'number')
    AND octet_length(c.identifier::jsonb #>> '{}') BETWEEN 1 AND 255;

-- Secrets that events are verified with. With an account, for the address that is that
-- account's own. brought: by the provider, in a handshake.
CREATE TABLE webhook_secret (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C",
    brought BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    data_key_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    valid_until BIGINT,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);
CREATE INDEX webhook_secret_by_address
    ON webhook_secret (app_id, environment, slug, account_id);
CREATE INDEX webhook_secret_by_account ON webhook_secret (app_id, environment, account_id)
    WHERE account_id IS NOT NULL;
CREATE INDEX webhook_secret_by_data_key ON webhook_secret (app_id, environment, data_key_id);
CREATE INDEX webhook_secret_by_end ON webhook_secret (valid_until) WHERE valid_until IS NOT NULL;

-- Events that providers have told, each once for every account that it is about.
CREATE TABLE trigger_event (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    trigger_id TEXT COLLATE "C",
    kind TEXT COLLATE "C",
    account_id TEXT COLLATE "C",
    connection_id TEXT COLLATE "C",
    event_id TEXT COLLATE "C",
    payload TEXT COLLATE "C" NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX trigger_event_once
    ON trigger_event (app_id, environment, slug, event_id, coalesce(account_id, ''))
    WHERE event_id IS NOT NULL;
CREATE INDEX trigger_event_by_account ON trigger_event (app_id, environment, account_id, id)
    WHERE account_id IS NOT NULL;
CREATE INDEX trigger_event_by_age ON trigger_event (received_at);
