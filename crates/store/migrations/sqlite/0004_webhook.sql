-- Notifications to the developer: who wants which, what happened, who was told.

CREATE TABLE webhook (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT,
    method TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('default', 'slack', 'custom')),
    slug TEXT,
    workflow_ids TEXT NOT NULL,
    description TEXT,
    label TEXT,
    is_enabled INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    data_key_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_by_data_key ON webhook (app_id, environment, data_key_id);

-- The outbox: written in the transaction that made the event true.
CREATE TABLE webhook_message (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    event TEXT NOT NULL,
    account_id TEXT NOT NULL,
    account_name TEXT,
    payload TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_message_by_time ON webhook_message (created_at);

-- One message to one webhook. due_at is empty once it is delivered or given up.
CREATE TABLE webhook_delivery (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts INTEGER NOT NULL,
    due_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, message_id)
        REFERENCES webhook_message (app_id, environment, id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, environment, webhook_id)
        REFERENCES webhook (app_id, environment, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_delivery_by_due ON webhook_delivery (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_delivery_by_webhook
    ON webhook_delivery (app_id, environment, webhook_id, id);
CREATE INDEX webhook_delivery_by_message
    ON webhook_delivery (app_id, environment, message_id);

CREATE TABLE webhook_attempt (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    status INTEGER,
    error TEXT,
    answer TEXT,
    duration_ms INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, delivery_id, number),
    FOREIGN KEY (app_id, environment, delivery_id)
        REFERENCES webhook_delivery (app_id, environment, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
