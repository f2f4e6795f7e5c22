-- Counts the changes, so that what was made of an older state can be told.
ALTER TABLE linked_account_credential ADD COLUMN version BIGINT NOT NULL DEFAULT 0;

-- How the developer's own API is called: how a customer is authenticated there.
CREATE TABLE my_app_authentication (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    -- An environment has one, called `default`.
    name TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    data_key_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, name),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);
CREATE INDEX my_app_authentication_by_data_key
    ON my_app_authentication (app_id, environment, data_key_id);

-- One request to the developer's own API; what it consists of is sealed as a whole.
CREATE TABLE api_proxy (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    action_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    data_key_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);
CREATE UNIQUE INDEX api_proxy_by_action ON api_proxy (app_id, environment, action_id);
CREATE INDEX api_proxy_by_data_key ON api_proxy (app_id, environment, data_key_id);
