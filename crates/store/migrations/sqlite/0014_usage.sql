-- What is used, and two secrets that the Console sets: for an organization and for a connector.

-- One row for a customer and a day (days since 1970, UTC), added to in batches. An empty
-- account_id is for what is about no customer. A deleted customer's past use stays.
CREATE TABLE usage_day (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    day INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    api_calls INTEGER NOT NULL,
    actions INTEGER NOT NULL,
    deliveries INTEGER NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, day, account_id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_day_by_age ON usage_day (day);

-- The organization's key with an LLM provider, sealed in the scope of its oldest app.
CREATE TABLE llm_provider (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    provider TEXT NOT NULL CHECK (provider IN ('openai', 'openrouter')),
    sealed BLOB NOT NULL,
    data_key_id TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, environment, organization_id),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX llm_provider_by_data_key ON llm_provider (app_id, environment, data_key_id);

-- The developer's own connector fields that the connector calls secret, as one sealed
-- JSON object; the others are in connector_setting.fields.
CREATE TABLE connector_secret (
    app_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    slug TEXT NOT NULL,
    sealed BLOB NOT NULL,
    data_key_id TEXT NOT NULL,
    PRIMARY KEY (app_id, environment, slug),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX connector_secret_by_data_key ON connector_secret (app_id, environment, data_key_id);
