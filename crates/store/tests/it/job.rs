//! Work for later: taken by one worker, and by another should that one die.

use std::collections::BTreeSet;

use trunnel_model::id::JobId;
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;
use trunnel_store::job::{self, Job, NewJob};
use trunnel_store::sealed::Sealed;
use trunnel_store::{Db, StoreError};
use trunnel_testing::on_both;

use crate::world::{World, at, commit, race};

async fn store(
    world: &World,
    scope: &Scope,
    id: &JobId,
    due_at: Timestamp,
    sealed: Option<Sealed>,
) -> Result<(), StoreError> {
    commit!(world.db; scope, id, sealed; |tx| async move {
        let new = NewJob {
            id: &id,
            kind: "revoke",
            subject: "conn_1",
            payload: r#"{"a":1}"#,
            sealed: sealed.as_ref(),
            due_at,
        };
        job::add(tx, &scope, &new).await
    })
}

async fn add(world: &World, due_at: Timestamp) -> JobId {
    let id = JobId::new(due_at, &*world.chance);
    store(world, &world.scope, &id, due_at, None).await.unwrap();
    id
}

async fn claim(db: Db, now: Timestamp, lease: Timestamp, limit: i64) -> Vec<Job> {
    commit!(db; ; |tx| job::claim(tx, now, lease, limit)).unwrap()
}

async fn finish(world: &World, job: &Job) {
    commit!(world.db; job; |tx| job::finish(tx, &job)).unwrap();
}

on_both! {
    async fn a_job_is_handed_over_as_it_was_added(test: TestDb) {
        let world = World::new(&test).await;
        let id = JobId::new(at(0), &*world.chance);
        let sealed = Some(world.sealed("token"));
        store(&world, &world.scope, &id, at(0), sealed.clone()).await.unwrap();
        let claimed = claim(world.db.clone(), at(0), at(100), 10).await;
        let [job] = claimed.as_slice() else { panic!("{claimed:?}") };
        assert_eq!((&job.scope, &job.id), (&world.scope, &id));
        assert_eq!((job.kind.as_str(), job.subject.as_str()), ("revoke", "conn_1"));
        assert_eq!(job.payload, r#"{"a":1}"#);
        assert_eq!(job.sealed, sealed);
        assert_eq!(job.attempts, 1);
    }

    async fn what_is_due_longest_is_taken_first_and_only_so_much(test: TestDb) {
        let world = World::new(&test).await;
        let mut ids = Vec::new();
        for due in [30, 10, 20, 40] {
            ids.push(add(&world, at(due)).await);
        }
        assert_eq!(job::next_due(&world.db).await.unwrap(), Some(at(10)));
        assert!(claim(world.db.clone(), at(9), at(100), 10).await.is_empty());
        let taken = claim(world.db.clone(), at(30), at(100), 2).await;
        let taken: BTreeSet<_> = taken.into_iter().map(|job| job.id).collect();
        assert_eq!(taken, BTreeSet::from([ids[1].clone(), ids[2].clone()]));
        assert_eq!(job::next_due(&world.db).await.unwrap(), Some(at(30)));
        let rest = claim(world.db.clone(), at(30), at(100), 2).await;
        assert_eq!(rest.len(), 1);
        assert_eq!(rest[0].id, ids[0]);
    }

    async fn no_two_workers_get_the_same_job(test: TestDb) {
        let world = World::new(&test).await;
        for _ in 0..100 {
            add(&world, at(0)).await;
        }
        let mut taken = Vec::new();
        while taken.len() < 100 {
            let claims = race(8, |_| claim(world.db.clone(), at(0), at(100), 5)).await;
            let round: Vec<_> = claims.into_iter().flatten().map(|job| job.id).collect();
            assert!(!round.is_empty(), "{} of 100 were handed out", taken.len());
            taken.extend(round);
        }
        let different: BTreeSet<_> = taken.iter().collect();
        assert_eq!((taken.len(), different.len()), (100, 100));
    }

    async fn a_job_whose_worker_died_is_taken_again(test: TestDb) {
        let world = World::new(&test).await;
        let id = add(&world, at(0)).await;
        assert_eq!(claim(world.db.clone(), at(0), at(100), 1).await.len(), 1);
        assert!(claim(world.db.clone(), at(99), at(200), 1).await.is_empty());
        let again = claim(world.db.clone(), at(100), at(200), 1).await;
        assert_eq!((&again[0].id, again[0].attempts), (&id, 2));
        finish(&world, &again[0]).await;
        assert!(claim(world.db.clone(), at(9_999), at(10_000), 1).await.is_empty());
        assert_eq!(job::next_due(&world.db).await.unwrap(), None);
    }

    async fn a_job_that_failed_waits_for_its_next_time(test: TestDb) {
        let world = World::new(&test).await;
        add(&world, at(0)).await;
        let [job] = claim(world.db.clone(), at(0), at(100), 1).await.try_into().unwrap();
        commit!(world.db; job; |tx| job::retry(tx, &job, at(50), "no answer")).unwrap();
        assert!(claim(world.db.clone(), at(49), at(100), 1).await.is_empty());
        let again = claim(world.db.clone(), at(50), at(100), 1).await;
        assert_eq!(again[0].attempts, 2);
    }

    async fn a_job_is_finished_in_its_own_scope_only(test: TestDb) {
        let world = World::new(&test).await;
        let id = JobId::new(at(0), &*world.chance);
        for scope in world.scopes() {
            store(&world, &scope, &id, at(0), None).await.unwrap();
        }
        let claimed = claim(world.db.clone(), at(0), at(100), 10).await;
        assert_eq!(claimed.len(), 3);
        let own = claimed.iter().find(|job| job.scope == world.scope).unwrap();
        let other = claimed.iter().find(|job| job.scope == world.strangers[0]).unwrap();
        finish(&world, own).await;
        let later = other.clone();
        commit!(world.db; later; |tx| job::retry(tx, &later, at(500), "no answer")).unwrap();
        let left = claim(world.db.clone(), at(100), at(200), 10).await;
        assert_eq!(left.len(), 1, "one is finished, one is put off");
        assert_eq!(left[0].scope, world.strangers[1]);
    }
}
