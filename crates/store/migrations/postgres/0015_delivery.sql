-- Deliveries as people look at them: found by account, event and state, with the request
-- that each attempt made.

-- A message that was made up to try a webhook, and is about no account.
ALTER TABLE webhook_message ADD COLUMN is_test BIGINT NOT NULL DEFAULT 0;

-- What the message says, once more, because a list has to find it without the message.
ALTER TABLE webhook_delivery ADD COLUMN event TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE webhook_delivery ADD COLUMN account_id TEXT COLLATE "C";
UPDATE webhook_delivery SET
    event = (SELECT m.event FROM webhook_message m WHERE m.app_id = webhook_delivery.app_id
        AND m.environment = webhook_delivery.environment AND m.id = webhook_delivery.message_id),
    account_id = (SELECT m.account_id FROM webhook_message m
        WHERE m.app_id = webhook_delivery.app_id
        AND m.environment = webhook_delivery.environment AND m.id = webhook_delivery.message_id);
CREATE INDEX webhook_delivery_by_account
    ON webhook_delivery (app_id, environment, account_id, id) WHERE account_id IS NOT NULL;
CREATE INDEX webhook_delivery_by_event ON webhook_delivery (app_id, environment, event, id);
CREATE INDEX webhook_delivery_pending
    ON webhook_delivery (app_id, environment, id) WHERE state = 'pending';
CREATE INDEX webhook_delivery_failed
    ON webhook_delivery (app_id, environment, id) WHERE state = 'failed';
CREATE INDEX webhook_delivery_failed_by_webhook
    ON webhook_delivery (app_id, environment, webhook_id, id) WHERE state = 'failed';

-- Which state of its webhook an attempt was made with; empty where nothing was sent.
ALTER TABLE webhook_attempt ADD COLUMN webhook_version BIGINT;

-- What a webhook was before it was changed. With a message it says what was sent, which
-- is cheaper than to keep every request. Secrets in headers are not kept.
CREATE TABLE webhook_version (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    webhook_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    url TEXT COLLATE "C" NOT NULL,
    method TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    headers TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C",
    replaced_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, webhook_id, version),
    FOREIGN KEY (app_id, environment, webhook_id)
        REFERENCES webhook (app_id, environment, id) ON DELETE CASCADE
);
CREATE INDEX webhook_version_by_age ON webhook_version (replaced_at);

-- Secrets that have been replaced and sign beside the new one for a while.
CREATE TABLE webhook_previous_secret (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    webhook_id TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    data_key_id TEXT COLLATE "C" NOT NULL,
    valid_until BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, webhook_id)
        REFERENCES webhook (app_id, environment, id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);
CREATE INDEX webhook_previous_secret_by_webhook
    ON webhook_previous_secret (app_id, environment, webhook_id, id);
CREATE INDEX webhook_previous_secret_by_data_key
    ON webhook_previous_secret (app_id, environment, data_key_id);
CREATE INDEX webhook_previous_secret_by_end ON webhook_previous_secret (valid_until);
