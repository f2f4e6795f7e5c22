//! The rows of the facts, read strictly: a key that nobody maps is a mistake.

use serde::Deserialize;
use serde_json::{Map, Value};

pub(crate) type Object = Map<String, Value>;

/// How a provider lets a customer in, in the words of the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum Auth {
    #[serde(rename = "OAUTH2")]
    OAuth2,
    #[serde(rename = "MCP_OAUTH2")]
    McpOAuth2,
    #[serde(rename = "MCP_OAUTH2_GENERIC")]
    McpOAuth2Generic,
    #[serde(rename = "OAUTH1")]
    OAuth1,
    #[serde(rename = "API_KEY")]
    ApiKey,
    #[serde(rename = "BASIC")]
    Basic,
    #[serde(rename = "OAUTH2_CC")]
    ClientCredentials,
    #[serde(rename = "TWO_STEP")]
    TwoStep,
    #[serde(rename = "JWT")]
    Jwt,
    #[serde(rename = "AWS_SIGV4")]
    AwsSigV4,
    #[serde(rename = "SIGNATURE")]
    Signature,
    #[serde(rename = "NONE")]
    Open,
}

/// One row of `providers.jsonl`, with its corrections and with our placeholders.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Provider {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) categories: Vec<String>,
    pub(crate) auth: Auth,
    pub(crate) authorization_url: Option<String>,
    pub(crate) token_url: Option<String>,
    pub(crate) refresh_url: Option<String>,
    pub(crate) registration_url: Option<String>,
    pub(crate) request_url: Option<String>,
    pub(crate) signature_method: Option<String>,
    #[serde(default)]
    pub(crate) authorization_params: Object,
    #[serde(default)]
    pub(crate) request_params: Object,
    #[serde(default)]
    pub(crate) token_params: Object,
    #[serde(default)]
    pub(crate) refresh_params: Object,
    #[serde(default)]
    pub(crate) token_headers: Object,
    pub(crate) token_request_method: Option<String>,
    pub(crate) token_request_auth_method: Option<String>,
    pub(crate) authorization_method: Option<String>,
    pub(crate) body_format: Option<String>,
    #[serde(default)]
    pub(crate) token_response: TokenResponse,
    pub(crate) token_expires_in_ms: Option<u64>,
    pub(crate) token_expiration_buffer: Option<u64>,
    pub(crate) expires_in_unit: Option<String>,
    #[serde(default)]
    pub(crate) token_response_metadata: Vec<String>,
    #[serde(default)]
    pub(crate) redirect_uri_metadata: Vec<String>,
    pub(crate) alternate_access_token_response_path: Option<String>,
    pub(crate) authorization_code_param_in_callback: Option<String>,
    pub(crate) authorization_url_fragment: Option<String>,
    #[serde(default)]
    pub(crate) authorization_url_skip_empty: bool,
    #[serde(default)]
    pub(crate) authorization_url_skip_encode: Vec<String>,
    pub(crate) scope_separator: Option<String>,
    #[serde(default)]
    pub(crate) default_scopes: Vec<String>,
    #[serde(default)]
    pub(crate) disable_pkce: bool,
    #[serde(default)]
    pub(crate) require_client_certificate: bool,
    #[serde(default)]
    pub(crate) additional_steps: Vec<Step>,
    pub(crate) assertion: Option<Assertion>,
    pub(crate) token: Option<Token>,
    #[serde(default)]
    pub(crate) signature: Signature,
    #[serde(default)]
    pub(crate) fields: Vec<Input>,
    #[serde(default)]
    pub(crate) credentials: Vec<Input>,
    #[serde(default)]
    pub(crate) api: Api,
    /// Only said for MCP servers; whether there is a `registration_url` says the same.
    #[serde(rename = "client_registration")]
    pub(crate) _client_registration: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenResponse {
    pub(crate) token: Option<String>,
    pub(crate) refresh_token: Option<String>,
    pub(crate) token_expiration: Option<String>,
    pub(crate) token_expiration_strategy: Option<String>,
}

/// A request after the first one; the last one's answer holds the token.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) token_url: String,
    pub(crate) token_request_method: Option<String>,
    pub(crate) body_format: Option<String>,
    #[serde(default)]
    pub(crate) token_params: Object,
    #[serde(default)]
    pub(crate) token_headers: Object,
}

/// A JWT that is part of a token request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Assertion {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) key: String,
    #[serde(rename = "lifetimeInSeconds")]
    pub(crate) lifetime: Option<u64>,
    #[serde(default)]
    pub(crate) header: Object,
    #[serde(default)]
    pub(crate) payload: Object,
}

/// A JWT that is the token itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Token {
    pub(crate) signing_key: Option<String>,
    pub(crate) expires_in_ms: Option<u64>,
    #[serde(default)]
    pub(crate) header: Object,
    #[serde(default)]
    pub(crate) payload: Object,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signature {
    /// The token's `alg` says the same, more exactly.
    #[serde(rename = "protocol")]
    pub(crate) _protocol: Option<String>,
    pub(crate) hmac_secret_encoding: Option<String>,
}

/// A value that somebody types or that an answer fills.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of the facts of its own"
)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) help: Option<String>,
    pub(crate) pattern: Option<String>,
    pub(crate) format: Option<String>,
    pub(crate) example: Option<String>,
    pub(crate) prefix: Option<String>,
    pub(crate) suffix: Option<String>,
    #[serde(default, rename = "enum")]
    pub(crate) choices: Vec<String>,
    pub(crate) default_value: Option<String>,
    #[serde(default)]
    pub(crate) optional: bool,
    #[serde(default)]
    pub(crate) secret: bool,
    #[serde(default)]
    pub(crate) automated: bool,
    /// Set by the developer, once, and never asked of a customer.
    #[serde(default)]
    pub(crate) developer: bool,
    /// The value is a whole URL and no longer only a host.
    #[serde(default)]
    pub(crate) whole_url: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Api {
    #[serde(default)]
    pub(crate) base_url: String,
    #[serde(default)]
    pub(crate) headers: Object,
    #[serde(default)]
    pub(crate) query: Object,
    pub(crate) verification: Option<Verification>,
    #[serde(default)]
    pub(crate) retry: Retry,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verification {
    pub(crate) method: Option<String>,
    pub(crate) endpoints: Vec<String>,
    #[serde(default)]
    pub(crate) headers: Object,
    pub(crate) base_url_override: Option<String>,
    pub(crate) data: Option<Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retry {
    #[serde(default)]
    pub(crate) after: Vec<String>,
    #[serde(default)]
    pub(crate) at: Vec<String>,
    pub(crate) remaining: Option<String>,
}

/// One row of `apps.jsonl`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct App {
    pub(crate) slug: String,
    pub(crate) same_as: Option<String>,
    #[serde(default)]
    pub(crate) mandatory_scopes: Vec<String>,
}
