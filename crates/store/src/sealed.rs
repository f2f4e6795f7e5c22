//! Sealed bytes wherever they are kept, for those who seal them anew.

use trunnel_model::id::DataKeyId;
use trunnel_model::scope::Scope;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::{Statement, statements};
use crate::value::{Row, scoped};

/// A secret as it is stored: bytes only the vault can open, and the data key it
/// needs for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub bytes: Vec<u8>,
    pub data_key: DataKeyId,
}

impl Sealed {
    /// Reads the bytes at `at` and the key's id behind them.
    pub(crate) fn read(row: &Row<'_>, at: usize) -> Result<Self, StoreError> {
        Ok(Self {
            bytes: row.bytes(at)?,
            data_key: row.parsed(at + 1, "data_key_id", DataKeyId::parse)?,
        })
    }

    /// The same where the secret may be absent.
    pub(crate) fn read_opt(row: &Row<'_>, at: usize) -> Result<Option<Self>, StoreError> {
        match row.opt_bytes(at)? {
            None => Ok(None),
            Some(_) => Self::read(row, at).map(Some),
        }
    }
}

macro_rules! places {
    ($($place:ident: $list:ident $replace:ident, $table:literal, $id:literal, $subject:literal;)+) => {
        statements! { "sealed":
            $(
                $list = concat!(
                    "SELECT ", $id, ", ", $subject, ", sealed, data_key_id FROM ", $table,
                    " WHERE app_id = ?1 AND environment = ?2 AND data_key_id <> ?3 AND ",
                    $id, " > ?4 ORDER BY ", $id, " LIMIT ?5"
                );
                $replace = concat!(
                    "UPDATE ", $table, " SET sealed = ?4, data_key_id = ?5 ",
                    "WHERE app_id = ?1 AND environment = ?2 AND ", $id, " = ?3 AND sealed = ?6"
                );
            )+
        }

        /// Every column that holds a secret. The name is part of what the secret is
        /// sealed with, so bytes moved from one place to another do not open.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Place { $($place),+ }

        impl Place {
            pub const ALL: &[Self] = &[$(Self::$place),+];

            pub const fn table(self) -> &'static str {
                match self { $(Self::$place => $table),+ }
            }

            fn statements(self) -> (&'static Statement, &'static Statement) {
                match self { $(Self::$place => (&$list, &$replace)),+ }
            }
        }
    };
}

places! {
    EnvironmentSecret: LIST_ENVIRONMENT_SECRET REPLACE_ENVIRONMENT_SECRET,
        "environment_secret", "name", "name";
    ApiKey: LIST_API_KEY REPLACE_API_KEY, "api_key", "id", "id";
    LinkedAccountCredential: LIST_ACCOUNT_CREDENTIAL REPLACE_ACCOUNT_CREDENTIAL,
        "linked_account_credential", "account_id", "account_id";
    ConnectorSetting: LIST_CONNECTOR_SETTING REPLACE_CONNECTOR_SETTING,
        "connector_setting", "slug", "slug";
    ConnectorSecret: LIST_CONNECTOR_SECRET REPLACE_CONNECTOR_SECRET,
        "connector_secret", "slug", "slug";
    LlmProvider: LIST_LLM_PROVIDER REPLACE_LLM_PROVIDER,
        "llm_provider", "organization_id", "organization_id";
    OAuthAttempt: LIST_OAUTH_ATTEMPT REPLACE_OAUTH_ATTEMPT, "oauth_attempt", "id", "id";
    DeviceAttempt: LIST_DEVICE_ATTEMPT REPLACE_DEVICE_ATTEMPT, "device_attempt", "id", "id";
    RegisteredClient: LIST_REGISTERED_CLIENT REPLACE_REGISTERED_CLIENT,
        "registered_client", "id", "id";
    Connection: LIST_CONNECTION REPLACE_CONNECTION, "connection", "id", "id";
    Job: LIST_JOB REPLACE_JOB, "job", "id", "subject";
    MyAppAuthentication: LIST_MY_APP_AUTHENTICATION REPLACE_MY_APP_AUTHENTICATION,
        "my_app_authentication", "name", "name";
    MemberTwoFactor: LIST_MEMBER_TWO_FACTOR REPLACE_MEMBER_TWO_FACTOR,
        "member_two_factor", "member_id", "member_id";
    ApiProxy: LIST_API_PROXY REPLACE_API_PROXY, "api_proxy", "id", "id";
    Webhook: LIST_WEBHOOK REPLACE_WEBHOOK, "webhook", "id", "id";
    WebhookPreviousSecret: LIST_WEBHOOK_PREVIOUS_SECRET REPLACE_WEBHOOK_PREVIOUS_SECRET,
        "webhook_previous_secret", "id", "id";
    WebhookSecret: LIST_WEBHOOK_SECRET REPLACE_WEBHOOK_SECRET, "webhook_secret", "id", "id";
}

/// One secret with an older data key.
#[derive(Debug, Clone)]
pub struct Outdated {
    pub id: String,
    /// Whose secret it is; a job carries another row's.
    pub subject: String,
    pub sealed: Sealed,
}

/// Up to `limit` secrets that are not sealed with `current`, by id, from behind `after`.
pub async fn outdated(
    db: &Db,
    scope: &Scope,
    place: Place,
    current: &DataKeyId,
    after: &str,
    limit: i64,
) -> Result<Vec<Outdated>, StoreError> {
    let params = scoped![scope, current.as_str(), after, limit];
    db.scan(place.statements().0, &params, |row| {
        Ok(Outdated {
            id: row.text(0)?,
            subject: row.text(1)?,
            sealed: Sealed::read(row, 2)?,
        })
    })
    .await
}

/// Puts the anew sealed bytes in, unless someone has changed the secret meanwhile;
/// then it is sealed with the current key already or will be found again.
pub async fn replace(
    tx: &mut Tx<'_>,
    scope: &Scope,
    place: Place,
    old: &Outdated,
    new: &Sealed,
) -> Result<(), StoreError> {
    let params = scoped![
        scope,
        &old.id,
        &new.bytes,
        new.data_key.as_str(),
        &old.sealed.bytes
    ];
    tx.execute(place.statements().1, &params).await?;
    Ok(())
}
