-- Links to one customer's Connect portal, found by their token's hash. A session or an
-- access token that has made links ends them with itself.
CREATE TABLE connect_link (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    hash BLOB NOT NULL,
    config_id TEXT,
    -- A JSON object, byte for byte as it was given.
    properties TEXT NOT NULL,
    made_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX connect_link_by_hash ON connect_link (hash);
CREATE INDEX connect_link_by_account ON connect_link (app_id, environment, account_id, id);
CREATE INDEX connect_link_by_maker ON connect_link (app_id, environment, made_by);
CREATE INDEX connect_link_by_end ON connect_link (expires_at);

-- The link that has opened the session, if one has. It may be gone.
ALTER TABLE session_token ADD COLUMN link_id TEXT;
CREATE INDEX session_token_by_link ON session_token (app_id, environment, link_id)
    WHERE link_id IS NOT NULL;

-- Bearers for one account that do not expire.
CREATE TABLE access_token (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    hash BLOB NOT NULL,
    name TEXT NOT NULL,
    hint TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX access_token_by_hash ON access_token (hash);
CREATE INDEX access_token_by_account ON access_token (app_id, environment, account_id, id);

-- How an organization's portal looks; without a row, as it comes.
CREATE TABLE portal_setting (
    organization_id TEXT NOT NULL PRIMARY KEY REFERENCES organization (id),
    theme TEXT NOT NULL,
    palette TEXT NOT NULL,
    navigation TEXT NOT NULL,
    collection TEXT NOT NULL,
    show_organization INTEGER NOT NULL,
    show_linked_account INTEGER NOT NULL,
    remove_branding INTEGER NOT NULL,
    connection_log INTEGER NOT NULL,
    redirect_url TEXT,
    terms_url TEXT,
    privacy_url TEXT,
    -- A JSON list of texts.
    allowed_origins TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
