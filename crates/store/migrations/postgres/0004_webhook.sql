-- Notifications to the developer: who wants which, what happened, who was told.

CREATE TABLE webhook (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    url TEXT COLLATE "C" NOT NULL,
    events TEXT COLLATE "C" NOT NULL,
    headers TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C",
    method TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('default', 'slack', 'custom')),
    slug TEXT COLLATE "C",
    workflow_ids TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    label TEXT COLLATE "C",
    is_enabled BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    data_key_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);
CREATE INDEX webhook_by_data_key ON webhook (app_id, environment, data_key_id);

-- The outbox: written in the transaction that made the event true.
CREATE TABLE webhook_message (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    event TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    account_name TEXT COLLATE "C",
    payload TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
);
CREATE INDEX webhook_message_by_time ON webhook_message (created_at);

-- One message to one webhook. due_at is empty once it is delivered or given up.
CREATE TABLE webhook_delivery (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    message_id TEXT COLLATE "C" NOT NULL,
    webhook_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts BIGINT NOT NULL,
    due_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, message_id)
        REFERENCES webhook_message (app_id, environment, id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, environment, webhook_id)
        REFERENCES webhook (app_id, environment, id) ON DELETE CASCADE
);
CREATE INDEX webhook_delivery_by_due ON webhook_delivery (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_delivery_by_webhook
    ON webhook_delivery (app_id, environment, webhook_id, id);
CREATE INDEX webhook_delivery_by_message
    ON webhook_delivery (app_id, environment, message_id);

CREATE TABLE webhook_attempt (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    delivery_id TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    status BIGINT,
    error TEXT COLLATE "C",
    answer TEXT COLLATE "C",
    duration_ms BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, delivery_id, number),
    FOREIGN KEY (app_id, environment, delivery_id)
        REFERENCES webhook_delivery (app_id, environment, id) ON DELETE CASCADE
);
