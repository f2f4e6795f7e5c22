-- Counts the changes, so that what was made of an older state can be told.
ALTER TABLE linked_account_credential ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

-- How the developer's own API is called: how a customer is authenticated there.
CREATE TABLE my_app_authentication (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    -- An environment has one, called `default`.
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    data_key_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, name),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX my_app_authentication_by_data_key
    ON my_app_authentication (app_id, environment, data_key_id);

-- One request to the developer's own API; what it consists of is sealed as a whole.
CREATE TABLE api_proxy (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    action_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    sealed BLOB NOT NULL,
    data_key_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX api_proxy_by_action ON api_proxy (app_id, environment, action_id);
CREATE INDEX api_proxy_by_data_key ON api_proxy (app_id, environment, data_key_id);
