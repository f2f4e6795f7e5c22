-- The story of an account's connections to an app; it outlives each connection.
CREATE TABLE connection_event (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    slug TEXT NOT NULL,
    connection_id TEXT,
    kind TEXT NOT NULL,
    error TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX connection_event_by_account
    ON connection_event (app_id, environment, account_id, slug, id);

-- metadata: the developer's own values. renewable: whether a token can be renewed
-- without the customer; not known of connections that are older than the column.
ALTER TABLE connection ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE connection ADD COLUMN renewable INTEGER;
CREATE UNIQUE INDEX connection_default
    ON connection (app_id, environment, account_id, slug) WHERE is_default = 1;
