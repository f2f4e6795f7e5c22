-- An organization, its developer apps, their two environments and their keys.

-- What is true of the whole instance, each at most once: of two nodes that start at
-- the same moment, one writes the row and the other learns of it.
CREATE TABLE instance_fact (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE organization (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE app (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    name TEXT COLLATE "C" NOT NULL,
    reveal_keys BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE environment (
    app_id TEXT COLLATE "C" NOT NULL REFERENCES app (id),
    environment TEXT COLLATE "C" NOT NULL CHECK (environment IN ('test', 'live')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment)
);

-- What an environment's secrets are sealed with, itself sealed with the master key.
-- Every sealed row refers to its data key, so a key in use cannot be deleted.
CREATE TABLE data_key (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    master_key_id TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
);

-- Secrets an environment has one of, by name.
CREATE TABLE environment_secret (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    data_key_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (app_id, environment, name),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);

-- A key is valid until expires_at; the newest one has none.
CREATE TABLE api_key (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL,
    hint TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    data_key_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    last_used_address TEXT COLLATE "C",
    last_used_route TEXT COLLATE "C",
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);
CREATE UNIQUE INDEX api_key_by_hash ON api_key (hash);

CREATE TABLE audit_entry (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C",
    details TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
);
