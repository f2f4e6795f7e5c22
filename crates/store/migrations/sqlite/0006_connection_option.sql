-- Several connections of one account to one app, each made in one of the connector's ways.
ALTER TABLE connection ADD COLUMN auth_option TEXT NOT NULL DEFAULT '';
UPDATE connection SET auth_option = auth_type;
ALTER TABLE connection ADD COLUMN is_default INTEGER NOT NULL DEFAULT 0;
DROP INDEX connection_by_account;
CREATE INDEX connection_by_account
    ON connection (app_id, environment, account_id, slug, connected_at);

-- Connection fields that the developer sets for every customer.
ALTER TABLE connector_setting ADD COLUMN fields TEXT NOT NULL DEFAULT '{}';
