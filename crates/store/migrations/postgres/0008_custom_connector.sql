-- Connectors that a developer has written for one environment. A deleted one is kept a
-- little, so that grants made with it can still be revoked.
CREATE TABLE custom_connector (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    file TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL CHECK (source IN ('scratch', 'openapi')),
    source_url TEXT COLLATE "C",
    edited BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    PRIMARY KEY (app_id, environment, slug),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
);
CREATE INDEX custom_connector_by_slug ON custom_connector (slug);
CREATE INDEX custom_connector_by_deletion ON custom_connector (deleted_at);

-- Actions beside those of a connector, be it a custom one or the catalogue's.
CREATE TABLE custom_action (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    action_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    tag TEXT COLLATE "C" NOT NULL,
    file TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL CHECK (source IN ('own', 'openapi')),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, slug, action_id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
);
