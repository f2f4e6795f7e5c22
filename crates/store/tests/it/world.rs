//! The smallest world in which anything can be stored: two apps with their
//! environments, and a data key in each.

use std::sync::Arc;

use trunnel_model::app::App;
use trunnel_model::environment::Environment;
use trunnel_model::id::{AppId, DataKeyId, LinkedAccountId, OrganizationId};
use trunnel_model::linked_account::LinkedAccount;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;
use trunnel_store::data_key::StoredDataKey;
use trunnel_store::sealed::Sealed;
use trunnel_store::{Db, StoreError, data_key, linked_account};
use trunnel_testing::chance::SeededChance;
use trunnel_testing::clock::SimClock;
use trunnel_testing::db::TestDb;

/// One use case as a transaction. What it needs is named and cloned into it.
macro_rules! commit {
    ($db:expr; $($needs:ident),*; |$tx:ident| $body:expr) => {{
        $(let $needs = $needs.clone();)*
        $db.write(move |$tx| Box::pin(async move { $body.await })).await
    }};
}
pub(crate) use commit;

pub(crate) const NOW: Timestamp = SimClock::START;

pub(crate) const fn at(millis: i64) -> Timestamp {
    NOW.plus_millis(millis)
}

pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) chance: Arc<SeededChance>,
    pub(crate) organization: OrganizationId,
    /// Where the test acts.
    pub(crate) scope: Scope,
    /// The same app's other environment, and another app: neither may notice.
    pub(crate) strangers: [Scope; 2],
    /// Present in all three, so that only the scope tells their secrets apart.
    pub(crate) data_key: DataKeyId,
}

impl World {
    pub(crate) async fn new(test: &TestDb) -> Self {
        let db = test.open().await;
        let chance = Arc::new(SeededChance::new());
        let organization = OrganizationId::new(NOW, &*chance);
        let (own, other) = (AppId::new(NOW, &*chance), AppId::new(NOW, &*chance));
        let world = Self {
            db,
            organization,
            scope: Scope::verified(own.clone(), Environment::Test),
            strangers: [
                Scope::verified(own, Environment::Live),
                Scope::verified(other, Environment::Test),
            ],
            data_key: DataKeyId::new(NOW, &*chance),
            chance,
        };
        world.found().await.unwrap();
        world
    }

    async fn found(&self) -> Result<(), StoreError> {
        let organization = self.organization.clone();
        commit!(self.db; organization; |tx| {
            trunnel_store::app::add_organization(tx, &organization, "Acme", NOW)
        })?;
        for scope in [&self.scope, &self.strangers[1]] {
            let app = self.app(scope.app());
            commit!(self.db; app; |tx| trunnel_store::app::add(tx, &app))?;
        }
        for scope in self.scopes() {
            self.add_data_key(&scope, &self.data_key).await?;
        }
        Ok(())
    }

    pub(crate) fn app(&self, id: &AppId) -> App {
        App {
            id: id.clone(),
            organization: self.organization.clone(),
            name: "Shop".to_owned(),
            reveal_keys: true,
            created_at: NOW,
        }
    }

    pub(crate) async fn add_data_key(
        &self,
        scope: &Scope,
        id: &DataKeyId,
    ) -> Result<(), StoreError> {
        let key = StoredDataKey {
            id: id.clone(),
            master_key: "first".to_owned(),
            sealed: vec![0, 255, 7],
            created_at: NOW,
            retired_at: None,
        };
        commit!(self.db; scope, key; |tx| data_key::add(tx, &scope, &key))
    }

    /// The test's own scope, then the strangers.
    pub(crate) fn scopes(&self) -> [Scope; 3] {
        let [environment, app] = self.strangers.clone();
        [self.scope.clone(), environment, app]
    }

    pub(crate) fn sealed(&self, text: &str) -> Sealed {
        Sealed {
            bytes: [&[0, 255], text.as_bytes()].concat(),
            data_key: self.data_key.clone(),
        }
    }

    /// An account as a developer would make it, not stored yet.
    pub(crate) fn account(&self, id: &str, created_at: Timestamp) -> LinkedAccount {
        LinkedAccount {
            id: LinkedAccountId::new(created_at, &*self.chance),
            account_id: AccountId::parse(id).unwrap(),
            name: None,
            scope: None,
            udf: Vec::new(),
            version: 0,
            created_at,
            updated_at: created_at,
        }
    }

    pub(crate) async fn add_account(&self, scope: &Scope, id: &str) -> LinkedAccount {
        let account = self.account(id, NOW);
        assert!(self.store_account(scope, &account).await.unwrap());
        account
    }

    pub(crate) async fn store_account(
        &self,
        scope: &Scope,
        account: &LinkedAccount,
    ) -> Result<bool, StoreError> {
        commit!(self.db; scope, account; |tx| linked_account::add(tx, &scope, &account))
    }

    /// The same account id in every scope: the sharpest test of their isolation.
    pub(crate) async fn add_account_everywhere(&self, id: &str) -> AccountId {
        for scope in self.scopes() {
            self.add_account(&scope, id).await;
        }
        AccountId::parse(id).unwrap()
    }

    pub(crate) async fn delete_account(&self, scope: &Scope, account: &LinkedAccount) {
        commit!(self.db; scope, account; |tx| linked_account::delete(tx, &scope, &account))
            .unwrap();
    }
}

/// Lets `count` tasks do the same at once; their answers in no order.
pub(crate) async fn race<T, F>(count: usize, act: impl Fn(usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let barrier = Arc::new(tokio::sync::Barrier::new(count));
    let mut racers = tokio::task::JoinSet::new();
    for number in 0..count {
        let (barrier, act) = (Arc::clone(&barrier), act(number));
        racers.spawn(async move {
            barrier.wait().await;
            act.await
        });
    }
    racers.join_all().await
}
