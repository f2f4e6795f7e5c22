-- The developer's customers, and the tokens that act for one of them.

CREATE TABLE linked_account (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    scope TEXT COLLATE "C",
    udf TEXT COLLATE "C" NOT NULL,
    -- The name and the account id, in lower case.
    search TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, account_id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
);
CREATE UNIQUE INDEX linked_account_by_id ON linked_account (app_id, environment, id);

-- How many accounts there are, in shards, so that a list can say its total without
-- walking a million rows and two creates rarely wait for the same row.
CREATE TABLE linked_account_count (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    shard BIGINT NOT NULL,
    total BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, shard),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
);

-- The search index over linked_account.udf; the column there is the truth. A value may
-- be longer than what an index takes, so its SHA-256 stands for it.
CREATE TABLE linked_account_udf (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    key_name TEXT COLLATE "C" NOT NULL,
    value_hash BYTEA NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (app_id, environment, key_name, value_hash, account_id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE
);
CREATE INDEX linked_account_udf_by_account
    ON linked_account_udf (app_id, environment, account_id);

-- What the developer's own API wants to see of this customer; sealed as a whole.
CREATE TABLE linked_account_credential (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    data_key_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (app_id, environment, account_id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);

-- Without it, deleting a data key would walk through the whole table; the same below.
CREATE INDEX linked_account_credential_by_data_key
    ON linked_account_credential (app_id, environment, data_key_id);

-- The token itself is not stored: it is signed anew from this row, byte for byte.
CREATE TABLE session_token (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    refresh_expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, account_id)
        REFERENCES linked_account (app_id, environment, account_id) ON DELETE CASCADE
);
CREATE INDEX session_token_by_account
    ON session_token (app_id, environment, account_id, expires_at);
CREATE INDEX session_token_by_end ON session_token (refresh_expires_at);
