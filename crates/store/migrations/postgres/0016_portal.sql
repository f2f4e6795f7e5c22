-- Links to one customer's Connect portal, found by their token's hash. A session or an
-- access token that has made links ends them with itself.
CREATE TABLE connect_link (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL,
    config_id TEXT COLLATE "C",
    -- A JSON object, byte for byte as it was given.
    properties TEXT COLLATE "C" NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX connect_link_by_hash ON connect_link (hash);
CREATE INDEX connect_link_by_account ON connect_link (app_id, environment, account_id, id);
CREATE INDEX connect_link_by_maker ON connect_link (app_id, environment, made_by);
CREATE INDEX connect_link_by_end ON connect_link (expires_at);

-- The link that has opened the session, if one has. It may be gone.
ALTER TABLE session_token ADD COLUMN link_id TEXT COLLATE "C";
CREATE INDEX session_token_by_link ON session_token (app_id, environment, link_id)
    WHERE link_id IS NOT NULL;

-- Bearers for one account that do not expire.
CREATE TABLE access_token (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    hint TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX access_token_by_hash ON access_token (hash);
CREATE INDEX access_token_by_account ON access_token (app_id, environment, account_id, id);

-- How an organization's portal looks; without a row, as it comes.
CREATE TABLE portal_setting (
    organization_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES organization (id),
    theme TEXT COLLATE "C" NOT NULL,
    palette TEXT COLLATE "C" NOT NULL,
    navigation TEXT COLLATE "C" NOT NULL,
    collection TEXT COLLATE "C" NOT NULL,
    show_organization BIGINT NOT NULL,
    show_linked_account BIGINT NOT NULL,
    remove_branding BIGINT NOT NULL,
    connection_log BIGINT NOT NULL,
    redirect_url TEXT COLLATE "C",
    terms_url TEXT COLLATE "C",
    privacy_url TEXT COLLATE "C",
    -- A JSON list of texts.
    allowed_origins TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL
);
