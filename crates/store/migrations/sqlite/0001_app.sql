-- An organization, its developer apps, their two environments and their keys.

-- What is true of the whole instance, each at most once: of two nodes that start at
-- the same moment, one writes the row and the other learns of it.
CREATE TABLE instance_fact (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE organization (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE app (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    name TEXT NOT NULL,
    reveal_keys INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE environment (
    app_id TEXT NOT NULL REFERENCES app (id),
    environment TEXT NOT NULL CHECK (environment IN ('test', 'live')),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment)
) STRICT, WITHOUT ROWID;

-- What an environment's secrets are sealed with, itself sealed with the master key.
-- Every sealed row refers to its data key, so a key in use cannot be deleted.
CREATE TABLE data_key (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    master_key_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
) STRICT, WITHOUT ROWID;

-- Secrets an environment has one of, by name.
CREATE TABLE environment_secret (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    data_key_id TEXT NOT NULL,
    PRIMARY KEY (app_id, environment, name),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;

-- A key is valid until expires_at; the newest one has none.
CREATE TABLE api_key (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    hash BLOB NOT NULL,
    hint TEXT NOT NULL,
    sealed BLOB NOT NULL,
    data_key_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    last_used_address TEXT,
    last_used_route TEXT,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX api_key_by_hash ON api_key (hash);

CREATE TABLE audit_entry (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    subject TEXT NOT NULL,
    address TEXT,
    details TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
) STRICT, WITHOUT ROWID;
