//! What a caller can do wrong, or what went wrong beyond this server.
//!
//! Every fault has a code from a closed list, a sentence that says what to do, and,
//! where there is one, the field. Failures of our own are not here: they answer
//! `INTERNAL_SERVER_ERROR` and their cause goes to the log only.

use serde_json::{Map, Value};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $wire:literal;)+) => {
        /// The closed list of codes on the wire; `docs/faults.md` explains each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum FaultCode { $($(#[$doc])* $name),+ }

        impl FaultCode {
            pub const ALL: &[Self] = &[$(Self::$name),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire),+ }
            }
        }
    };
}

codes! {
    /// The compatible API's general code.
    ServerError = "SERVER_ERROR";
    BadRequest = "BAD_REQUEST";
    ValidationError = "VALIDATION_ERROR";
    InvalidLinkedAccountId = "INVALID_LINKED_ACCOUNT_ID";
    MissingLinkedAccountId = "MISSING_LINKED_ACCOUNT_ID";
    MissingRequiredField = "MISSING_REQUIRED_FIELD";
    InvalidToken = "INVALID_TOKEN";
    InvalidEvent = "INVALID_EVENT";
    ResourceNotFound = "RESOURCE_NOT_FOUND";
    Forbidden = "FORBIDDEN";
    Conflict = "CONFLICT";
    MethodNotAllowed = "METHOD_NOT_ALLOWED";
    PayloadTooLarge = "PAYLOAD_TOO_LARGE";
    /// Live, and the developer has set no OAuth client of their own.
    AppCredentialsMissing = "APP_CREDENTIALS_MISSING";
    /// The provider refuses the developer's OAuth client.
    AppCredentialsRefused = "APP_CREDENTIALS_REFUSED";
    /// The connector is not enabled in this environment.
    AppNotEnabled = "APP_NOT_ENABLED";
    NotConnected = "NOT_CONNECTED";
    ConnectionExpired = "CONNECTION_EXPIRED";
    /// The provider answered with an error, or not at all.
    ExternalApiFailure = "EXTERNAL_API_FAILURE";
    /// A call of the Console without a session, or with one that has ended.
    NotSignedIn = "NOT_SIGNED_IN";
    CsrfTokenInvalid = "CSRF_TOKEN_INVALID";
    /// The e-mail address and the password do not belong together.
    InvalidSignIn = "INVALID_SIGN_IN";
    TwoFactorRequired = "TWO_FACTOR_REQUIRED";
    TwoFactorInvalid = "TWO_FACTOR_INVALID";
    /// The organization's policy asks for an authenticator that the member lacks.
    TwoFactorSetupRequired = "TWO_FACTOR_SETUP_REQUIRED";
    /// Too many failures in a row.
    MemberLocked = "MEMBER_LOCKED";
    /// The password that was given to confirm something.
    PasswordWrong = "PASSWORD_WRONG";
    /// A live key is shown to who types their password only.
    PasswordRequired = "PASSWORD_REQUIRED";
    /// A code that was mailed.
    ResetCodeInvalid = "RESET_CODE_INVALID";
    /// A one-time link that is used, unknown or too old.
    LinkInvalid = "LINK_INVALID";
    /// There is always exactly one owner.
    LastOwner = "LAST_OWNER";
    TooManyRequests = "TOO_MANY_REQUESTS";
    MailNotConfigured = "MAIL_NOT_CONFIGURED";
    MailFailed = "MAIL_FAILED";
    /// The identity provider vouches for somebody who is not a member.
    SsoRefused = "SSO_REFUSED";
    SsoFailed = "SSO_FAILED";
    SsoNotConfigured = "SSO_NOT_CONFIGURED";
    ServiceUnavailable = "SERVICE_UNAVAILABLE";
    InternalServerError = "INTERNAL_SERVER_ERROR";
}

#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub status: u16,
    pub code: FaultCode,
    /// Said to whoever called; never holds a secret or an internal cause.
    pub message: String,
    /// Further members of the error object.
    pub extra: Map<String, Value>,
    /// The far side failed, not the caller.
    pub external: bool,
    pub retry_after_s: Option<u64>,
}

impl Fault {
    pub fn new(status: u16, code: FaultCode, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            extra: Map::new(),
            external: false,
            retry_after_s: None,
        }
    }

    pub fn bad_request(code: FaultCode, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    pub fn not_found(code: FaultCode, message: impl Into<String>) -> Self {
        Self::new(404, code, message)
    }

    /// A field that does not hold what it must.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::new(400, FaultCode::ValidationError, message).with("field", field)
    }

    /// Missing, malformed, unknown and rotated keys: one answer for all four.
    pub fn invalid_credentials() -> Self {
        Self::new(401, FaultCode::ServerError, "Invalid Credentials")
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    #[must_use]
    pub const fn external(mut self) -> Self {
        self.external = true;
        self
    }

    /// The API's name for the kind of answer.
    pub const fn http_error_type(&self) -> &'static str {
        if self.external {
            return "EXTERNAL_API_ERROR";
        }
        match self.status {
            400 => "BAD_REQUEST",
            401 => "UNAUTHORIZED",
            403 => "FORBIDDEN",
            404 => "NOT_FOUND",
            405 => "METHOD_NOT_ALLOWED",
            409 => "CONFLICT",
            413 => "PAYLOAD_TOO_LARGE",
            422 => "UNPROCESSABLE_ENTITY",
            429 => "TOO_MANY_REQUESTS",
            501 => "NOT_IMPLEMENTED",
            502 => "BAD_GATEWAY",
            503 => "SERVICE_UNAVAILABLE",
            _ => "INTERNAL_SERVER_ERROR",
        }
    }
}
