-- The developer's customers, and the tokens that act for one of them.

CREATE TABLE linked_account (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT,
    scope TEXT,
    udf TEXT NOT NULL,
    -- The name and the account id, in lower case.
    search TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, account_id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX linked_account_by_id ON linked_account (app_id, environment, id);

-- How many accounts there are, in shards, so that a list can say its total without
-- walking a million rows and two creates rarely wait for the same row.
CREATE TABLE linked_account_count (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    shard INTEGER NOT NULL,
    total INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, shard),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
) STRICT, WITHOUT ROWID;

-- The search index over linked_account.udf; the column there is the truth. A value may
-- be longer than what an index takes, so its SHA-256 stands for it.
CREATE TABLE linked_account_udf (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    key_name TEXT NOT NULL,
    value_hash BLOB NOT NULL,
    account_id TEXT NOT NULL,
    PRIMARY KEY (app_id, environment, key_name, value_hash, account_id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX linked_account_udf_by_account
    ON linked_account_udf (app_id, environment, account_id);

-- What the developer's own API wants to see of this customer; sealed as a whole.
CREATE TABLE linked_account_credential (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    account_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    data_key_id TEXT NOT NULL,
    PRIMARY KEY (app_id, environment, account_id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;

-- Without it, deleting a data key would walk through the whole table; the same below.
CREATE INDEX linked_account_credential_by_data_key
    ON linked_account_credential (app_id, environment, data_key_id);

-- The token itself is not stored: it is signed anew from this row, byte for byte.
CREATE TABLE session_token (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    refresh_expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX session_token_by_account
    ON session_token (app_id, environment, account_id, expires_at);
CREATE INDEX session_token_by_end ON session_token (refresh_expires_at);
