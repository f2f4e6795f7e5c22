-- When a connection's token is to be renewed without anyone asking for it; nothing
-- where that cannot be. Of older connections it is not known: they are looked at when
-- their token ends.
ALTER TABLE connection ADD COLUMN refresh_due_at BIGINT;
UPDATE connection SET refresh_due_at = expires_at
    WHERE status = 'active' AND expires_at IS NOT NULL;
CREATE INDEX connection_by_refresh_due
    ON connection (refresh_due_at) WHERE refresh_due_at IS NOT NULL;
