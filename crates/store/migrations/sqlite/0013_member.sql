-- The people of an organization, how they prove themselves, and how they come in.

ALTER TABLE organization ADD COLUMN enforce_two_factor INTEGER NOT NULL DEFAULT 0;

-- A removed member stays, so that the audit keeps the name.
CREATE TABLE member (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT,
    failures INTEGER NOT NULL,
    locked_until INTEGER,
    last_sign_in_at INTEGER,
    created_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX member_by_email ON member (email) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX member_owner ON member (organization_id)
    WHERE role = 'owner' AND removed_at IS NULL;
CREATE INDEX member_by_organization ON member (organization_id);

CREATE TABLE member_session (
    hash BLOB NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    member_id TEXT NOT NULL REFERENCES member (id),
    address TEXT,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX member_session_by_member ON member_session (member_id);
CREATE INDEX member_session_by_end ON member_session (expires_at);

-- An authenticator's secret, sealed in the organization's first environment; without
-- confirmed_at it is not in force. last_step is what makes a code work once.
CREATE TABLE member_two_factor (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    member_id TEXT NOT NULL REFERENCES member (id),
    sealed BLOB NOT NULL,
    data_key_id TEXT NOT NULL,
    confirmed_at INTEGER,
    last_step INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, member_id),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX member_two_factor_by_member ON member_two_factor (member_id);

CREATE TABLE member_recovery_code (
    member_id TEXT NOT NULL REFERENCES member (id),
    hash BLOB NOT NULL,
    PRIMARY KEY (member_id, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE invitation (
    id TEXT NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organization (id),
    email TEXT NOT NULL,
    name TEXT,
    role TEXT NOT NULL,
    invited_by TEXT NOT NULL REFERENCES member (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX invitation_by_hash ON invitation (hash);
CREATE UNIQUE INDEX invitation_by_email ON invitation (organization_id, email);

-- A link that works once: to set an organization up, or to set a member's password.
CREATE TABLE one_time_link (
    hash BLOB NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('setup', 'reset')),
    organization_id TEXT NOT NULL REFERENCES organization (id),
    member_id TEXT REFERENCES member (id),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_link_by_end ON one_time_link (expires_at);

-- A code that was mailed; the newest one of a member counts.
CREATE TABLE reset_code (
    member_id TEXT NOT NULL PRIMARY KEY REFERENCES member (id),
    hash BLOB NOT NULL,
    failures INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How often codes were asked for, for addresses of members and of nobody alike.
CREATE TABLE reset_request (
    email TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (email, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reset_request_by_time ON reset_request (created_at);
