-- Connectors that a developer has written for one environment. A deleted one is kept a
-- little, so that grants made with it can still be revoked.
CREATE TABLE custom_connector (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    slug TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    file TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('scratch', 'openapi')),
    source_url TEXT,
    edited INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    PRIMARY KEY (app_id, environment, slug),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
) STRICT, WITHOUT ROWID;
CREATE INDEX custom_connector_by_slug ON custom_connector (slug);
CREATE INDEX custom_connector_by_deletion ON custom_connector (deleted_at);

-- Actions beside those of a connector, be it a custom one or the catalogue's.
CREATE TABLE custom_action (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    slug TEXT NOT NULL,
    action_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    tag TEXT NOT NULL,
    file TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('own', 'openapi')),
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, slug, action_id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
) STRICT, WITHOUT ROWID;
