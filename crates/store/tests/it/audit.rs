//! The record of what was done.

use trunnel_model::audit::{AuditAction, AuditEntry};
use trunnel_model::id::AuditEntryId;
use trunnel_model::scope::Scope;
use trunnel_store::{StoreError, audit};
use trunnel_testing::on_both;

use crate::world::{NOW, World, at, commit};

fn entry(world: &World, number: i64) -> AuditEntry {
    AuditEntry {
        id: AuditEntryId::new(at(number), &*world.chance),
        action: AuditAction::ConnectionExpired,
        actor: "system".to_owned(),
        subject: format!("conn_{number}"),
        address: (number % 2 == 0).then(|| "192.0.2.1".to_owned()),
        details: r#"{"why":"\u0000 is fine here"}"#.to_owned(),
        created_at: at(number),
    }
}

async fn add(world: &World, scope: &Scope, entry: &AuditEntry) -> Result<(), StoreError> {
    commit!(world.db; scope, entry; |tx| audit::add(tx, &scope, &entry))
}

on_both! {
    async fn the_newest_entries_come_first_and_only_so_many(test: TestDb) {
        let world = World::new(&test).await;
        let entries: Vec<_> = (0..5).map(|number| entry(&world, number)).collect();
        for entry in &entries {
            add(&world, &world.scope, entry).await.unwrap();
        }
        let latest = audit::latest(&world.db, &world.scope, 3).await.unwrap();
        assert_eq!(latest, [entries[4].clone(), entries[3].clone(), entries[2].clone()]);
        assert_eq!(audit::latest(&world.db, &world.scope, 100).await.unwrap().len(), 5);
    }

    async fn strangers_read_their_own_record_only(test: TestDb) {
        let world = World::new(&test).await;
        let shared_id = entry(&world, 0);
        for scope in world.scopes() {
            let mut own = shared_id.clone();
            own.actor = format!("{} {}", scope.app(), scope.environment());
            add(&world, &scope, &own).await.unwrap();
            let latest = audit::latest(&world.db, &scope, 10).await.unwrap();
            assert_eq!(latest, [own]);
        }
    }

    async fn an_entry_of_an_unknown_app_is_refused(test: TestDb) {
        let world = World::new(&test).await;
        let nobody = Scope::verified(
            trunnel_model::id::AppId::new(NOW, &*world.chance),
            trunnel_model::environment::Environment::Test,
        );
        let refused = add(&world, &nobody, &entry(&world, 0)).await;
        assert!(matches!(refused, Err(StoreError::Missing)), "{refused:?}");
    }
}
