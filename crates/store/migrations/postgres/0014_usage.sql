-- What is used, and two secrets that the Console sets: for an organization and for a connector.

-- One row for a customer and a day (days since 1970, UTC), added to in batches. An empty
-- account_id is for what is about no customer. A deleted customer's past use stays.
CREATE TABLE usage_day (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    day BIGINT NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    api_calls BIGINT NOT NULL,
    actions BIGINT NOT NULL,
    deliveries BIGINT NOT NULL,
    events BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, day, account_id),
    FOREIGN KEY (app_id, environment) REFERENCES environment (app_id, environment)
);
CREATE INDEX usage_day_by_age ON usage_day (day);

-- The organization's key with an LLM provider, sealed in the scope of its oldest app.
CREATE TABLE llm_provider (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL CHECK (provider IN ('openai', 'openrouter')),
    sealed BYTEA NOT NULL,
    data_key_id TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, environment, organization_id),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);
CREATE INDEX llm_provider_by_data_key ON llm_provider (app_id, environment, data_key_id);

-- The developer's own connector fields that the connector calls secret, as one sealed
-- JSON object; the others are in connector_setting.fields.
CREATE TABLE connector_secret (
    app_id TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    data_key_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (app_id, environment, slug),
    FOREIGN KEY (app_id, environment, data_key_id) REFERENCES data_key (app_id, environment, id)
);
CREATE INDEX connector_secret_by_data_key ON connector_secret (app_id, environment, data_key_id);
