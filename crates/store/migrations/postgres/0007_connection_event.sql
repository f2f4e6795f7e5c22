-- The story of an account's connections to an app; it outlives each connection.
CREATE TABLE connection_event (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    connection_id TEXT COLLATE "C",
    kind TEXT COLLATE "C" NOT NULL,
    error TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE
);
CREATE INDEX connection_event_by_account
    ON connection_event (app_id, environment, account_id, slug, id);

-- metadata: the developer's own values. renewable: whether a token can be renewed
-- without the customer; not known of connections that are older than the column.
ALTER TABLE connection ADD COLUMN metadata TEXT COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE connection ADD COLUMN renewable BIGINT;
CREATE UNIQUE INDEX connection_default
    ON connection (app_id, environment, account_id, slug) WHERE is_default = 1;
