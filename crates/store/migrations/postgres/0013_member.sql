-- The people of an organization, how they prove themselves, and how they come in.

ALTER TABLE organization ADD COLUMN enforce_two_factor BIGINT NOT NULL DEFAULT 0;

-- A removed member stays, so that the audit keeps the name.
CREATE TABLE member (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    email TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C",
    failures BIGINT NOT NULL,
    locked_until BIGINT,
    last_sign_in_at BIGINT,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE UNIQUE INDEX member_by_email ON member (email) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX member_owner ON member (organization_id)
    WHERE role = 'owner' AND removed_at IS NULL;
CREATE INDEX member_by_organization ON member (organization_id);

CREATE TABLE member_session (
    hash BYTEA NOT NULL PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL,
    member_id TEXT COLLATE "C" NOT NULL REFERENCES member (id),
    address TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX member_session_by_member ON member_session (member_id);
CREATE INDEX member_session_by_end ON member_session (expires_at);

-- An authenticator's secret, sealed in the organization's first environment; without
-- confirmed_at it is not in force. last_step is what makes a code work once.
CREATE TABLE member_two_factor (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    member_id TEXT COLLATE "C" NOT NULL REFERENCES member (id),
    sealed BYTEA NOT NULL,
    data_key_id TEXT COLLATE "C" NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, member_id),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);
CREATE UNIQUE INDEX member_two_factor_by_member ON member_two_factor (member_id);

CREATE TABLE member_recovery_code (
    member_id TEXT COLLATE "C" NOT NULL REFERENCES member (id),
    hash BYTEA NOT NULL,
    PRIMARY KEY (member_id, hash)
);

CREATE TABLE invitation (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hash BYTEA NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    email TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    role TEXT COLLATE "C" NOT NULL,
    invited_by TEXT COLLATE "C" NOT NULL REFERENCES member (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX invitation_by_hash ON invitation (hash);
CREATE UNIQUE INDEX invitation_by_email ON invitation (organization_id, email);

-- A link that works once: to set an organization up, or to set a member's password.
CREATE TABLE one_time_link (
    hash BYTEA NOT NULL PRIMARY KEY,
    purpose TEXT COLLATE "C" NOT NULL CHECK (purpose IN ('setup', 'reset')),
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    member_id TEXT COLLATE "C" REFERENCES member (id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX one_time_link_by_end ON one_time_link (expires_at);

-- A code that was mailed; the newest one of a member counts.
CREATE TABLE reset_code (
    member_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES member (id),
    hash BYTEA NOT NULL,
    failures BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- How often codes were asked for, for addresses of members and of nobody alike.
CREATE TABLE reset_request (
    email TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (email, id)
);
CREATE INDEX reset_request_by_time ON reset_request (created_at);
