//! PostgreSQL, for more than one machine.

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Transaction};
use tokio_postgres::types::ToSql;

use crate::error::StoreError;
use crate::statement::Statement;
use crate::value::{Param, Row};

#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
}

impl Postgres {
    /// Takes a `postgres://` URL. TLS is used as its `sslmode` says, with the
    /// machine's certificate authorities.
    pub(crate) fn open(url: &str, connections: usize) -> Result<Self, StoreError> {
        let config: tokio_postgres::Config = url
            .parse()
            .map_err(|error| StoreError::Setup(format!("DATABASE_URL cannot be read: {error}")))?;
        let tls = tokio_postgres_rustls::MakeRustlsConnect::new(tls_config()?);
        let manager = Manager::from_config(
            config,
            tls,
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        let pool = Pool::builder(manager)
            .max_size(connections)
            .runtime(deadpool_postgres::Runtime::Tokio1)
            .wait_timeout(Some(std::time::Duration::from_secs(10)))
            .create_timeout(Some(std::time::Duration::from_secs(10)))
            .build()
            .map_err(|error| StoreError::Setup(error.to_string()))?;
        Ok(Self { pool })
    }

    pub(crate) async fn client(&self) -> Result<Object, StoreError> {
        Ok(self.pool.get().await?)
    }
}

fn tls_config() -> Result<rustls::ClientConfig, StoreError> {
    let mut roots = rustls::RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    // A machine without authorities can still reach a database without TLS; one
    // with `sslmode=require` then fails at the handshake, and says so.
    roots.add_parsable_certificates(found.certs);
    rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .map(|builder| builder.with_root_certificates(roots).with_no_client_auth())
    .map_err(|error| StoreError::Setup(format!("TLS: {error}")))
}

fn refs<'p>(params: &'p [Param<'p>]) -> Vec<&'p (dyn ToSql + Sync)> {
    params.iter().map(|param| param as _).collect()
}

/// What queries run on: a pooled connection, or a transaction on one.
pub(crate) enum On<'c> {
    Client(&'c Object),
    Transaction(&'c Transaction<'c>),
}

impl On<'_> {
    pub(crate) async fn rows(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
    ) -> Result<Vec<tokio_postgres::Row>, StoreError> {
        Ok(match self {
            Self::Client(client) => {
                let prepared = client.prepare_cached(statement.postgres()).await?;
                client.query(&prepared, &refs(params)).await?
            }
            Self::Transaction(tx) => {
                let prepared = tx.prepare_cached(statement.postgres()).await?;
                tx.query(&prepared, &refs(params)).await?
            }
        })
    }

    pub(crate) async fn all<T>(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
        map: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.rows(statement, params).await?;
        rows.iter().map(|row| map(&Row::Postgres(row))).collect()
    }

    pub(crate) async fn one<T>(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
        map: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let rows = self.rows(statement, params).await?;
        rows.first().map(|row| map(&Row::Postgres(row))).transpose()
    }

    pub(crate) async fn execute(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
    ) -> Result<u64, StoreError> {
        Ok(match self {
            Self::Client(client) => {
                let prepared = client.prepare_cached(statement.postgres()).await?;
                client.execute(&prepared, &refs(params)).await?
            }
            Self::Transaction(tx) => {
                let prepared = tx.prepare_cached(statement.postgres()).await?;
                tx.execute(&prepared, &refs(params)).await?
            }
        })
    }
}
