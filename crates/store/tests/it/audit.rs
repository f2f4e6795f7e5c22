//! The record of what was done.

use trunnel_model::audit::{AuditAction, AuditEntry};
use trunnel_model::id::AuditEntryId;
use trunnel_model::scope::Scope;
use trunnel_store::audit::AuditFilter;
use trunnel_store::{StoreError, audit};
use trunnel_testing::on_both;

use crate::world::{NOW, World, at, commit};

fn entry(world: &World, number: i64) -> AuditEntry {
    AuditEntry {
        id: AuditEntryId::in_order(at(number), &*world.chance),
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

    async fn entries_of_one_moment_keep_their_order(test: TestDb) {
        let world = World::new(&test).await;
        let entries: Vec<_> = (0..50).map(|_| entry(&world, 0)).collect();
        for entry in entries.iter().rev() {
            add(&world, &world.scope, entry).await.unwrap();
        }
        let mut read = audit::latest(&world.db, &world.scope, 100).await.unwrap();
        read.reverse();
        assert_eq!(read, entries);
    }

    async fn a_list_begins_behind_an_entry_and_ends_at_its_oldest_day(test: TestDb) {
        let world = World::new(&test).await;
        let entries: Vec<_> = (0..6).map(|number| entry(&world, number * 1000)).collect();
        for entry in &entries {
            add(&world, &world.scope, entry).await.unwrap();
        }
        let all = AuditFilter { since: at(0), actions: Vec::new(), actor: None, subject: None };
        let read = |filter: AuditFilter, before: Option<AuditEntryId>, limit: i64| {
            let world = &world;
            async move {
                let before = before.as_ref();
                let found = audit::list(&world.db, &world.scope, &filter, before, limit).await;
                let found = found.unwrap().into_iter();
                found.map(|entry| entry.created_at.since(NOW) / 1000).collect::<Vec<_>>()
            }
        };
        assert_eq!(read(all.clone(), None, 2).await, [5, 4]);
        assert_eq!(read(all.clone(), Some(entries[4].id.clone()), 2).await, [3, 2]);
        let since = AuditFilter { since: at(4000), ..all.clone() };
        assert_eq!(read(since, None, 9).await, [5, 4]);
        let subject = AuditFilter { subject: Some("conn_2000".to_owned()), ..all.clone() };
        assert_eq!(read(subject, None, 9).await, [2]);
        let actor = |name: &str| AuditFilter { actor: Some(name.to_owned()), ..all.clone() };
        assert_eq!(read(actor("system"), None, 9).await.len(), 6);
        assert!(read(actor("cli"), None, 9).await.is_empty());
        let actions = |actions: &[AuditAction]| AuditFilter {
            actions: actions.to_vec(),
            ..all.clone()
        };
        let (expired, made) = (AuditAction::ConnectionExpired, AuditAction::ConnectionCreated);
        assert_eq!(read(actions(&[made, expired]), None, 9).await.len(), 6);
        assert!(read(actions(&[made]), None, 9).await.is_empty());
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
