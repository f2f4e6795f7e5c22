//! Sealing everything anew: each place a secret is kept in is found and replaced.

use trunnel_model::api_key::PlainApiKey;
use trunnel_model::api_proxy::ApiProxy;
use trunnel_model::connection::AuthType;
use trunnel_model::connector_setting::{ConnectorSetting, CredentialSource};
use trunnel_model::id::{
    ApiKeyId, ApiProxyId, ConnectionId, DataKeyId, DeviceAttemptId, JobId, MemberId,
    OAuthAttemptId, OrganizationId, RegisteredClientId, WebhookId, WebhookPreviousSecretId,
    WebhookSecretId,
};
use trunnel_model::llm_provider::{LlmProvider, LlmVendor};
use trunnel_model::member::{Email, Member};
use trunnel_model::role::Role;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::webhook::{Webhook, WebhookKind, WebhookMethod};
use trunnel_store::sealed::{self, Outdated, Place, Sealed};
use trunnel_store::webhook_secret::{Address, WebhookSecret};
use trunnel_store::{
    StoreError, Tx, api_key, api_proxy, app, connection, connector_secret, connector_setting,
    data_key, device_attempt, job, linked_account, llm_provider, member, member_two_factor, my_app,
    oauth_attempt, registered_client, webhook, webhook_previous_secret, webhook_secret,
};
use trunnel_testing::chance::SeededChance;
use trunnel_testing::on_both;

use crate::raw;
use crate::world::{NOW, World, at, commit};

/// One secret in the place, of an account named `ada`. A place that is added to the
/// product does not compile here until it has one too.
async fn fill(
    tx: &mut Tx<'_>,
    scope: &Scope,
    chance: &SeededChance,
    place: Place,
    secret: &Sealed,
) -> Result<(), StoreError> {
    let ada = AccountId::parse("ada").unwrap();
    match place {
        Place::EnvironmentSecret => app::add_secret(tx, scope, "signing", secret).await,
        Place::ApiKey => {
            let hash = PlainApiKey::generate(scope.environment(), chance).hash();
            let id = ApiKeyId::new(NOW, chance);
            let new = api_key::NewApiKey {
                id: &id,
                hash,
                hint: "",
                sealed: secret,
                now: NOW,
            };
            api_key::add(tx, scope, &new).await
        }
        Place::LinkedAccountCredential => {
            linked_account::put_credential(tx, scope, &ada, secret).await
        }
        Place::ConnectorSetting => connector_setting::put(tx, scope, &setting(secret)).await,
        Place::ConnectorSecret => connector_secret::put(tx, scope, "github", secret).await,
        Place::LlmProvider => {
            let organization = OrganizationId::new(NOW, chance);
            let new = LlmProvider {
                vendor: LlmVendor::OpenAi,
                updated_at: NOW,
            };
            llm_provider::put(tx, scope, &organization, &new, secret).await
        }
        Place::OAuthAttempt => {
            let state: [u8; 32] = trunnel_model::chance::bytes(chance);
            oauth_attempt::add(tx, scope, &state, &attempt(chance, secret)).await
        }
        Place::DeviceAttempt => device_attempt::add(tx, scope, &device_flow(chance, secret)).await,
        Place::RegisteredClient => {
            registered_client::add(tx, scope, &registered(chance, secret)).await
        }
        Place::Connection => {
            let (id, new) = (ConnectionId::new(NOW, chance), established(secret));
            connection::add(tx, scope, &id, &ada, "github", &new).await
        }
        Place::Job => {
            let id = JobId::new(NOW, chance);
            job::add(tx, scope, &new_job(&id, Some(secret))).await
        }
        Place::MyAppAuthentication => my_app::put(tx, scope, secret, NOW).await,
        Place::MemberTwoFactor => {
            let somebody = a_member(chance);
            app::add_organization(tx, &somebody.organization, "Acme", NOW).await?;
            member::add(tx, &somebody, None).await?;
            member_two_factor::put(tx, scope, &somebody.id, secret).await
        }
        Place::ApiProxy => {
            let proxy = ApiProxy {
                id: ApiProxyId::new(NOW, chance),
                action_id: "read".to_owned(),
                name: String::new(),
                description: String::new(),
                version: 0,
                created_at: NOW,
                updated_at: NOW,
            };
            let definition = secret.clone();
            let stored = api_proxy::StoredProxy { proxy, definition };
            api_proxy::add(tx, scope, &stored).await.map(|_| ())
        }
        Place::Webhook => webhook::add(tx, scope, &a_webhook(chance), secret).await,
        Place::WebhookPreviousSecret => {
            // The one of the place before.
            let webhook = webhook::list_in(tx, scope).await?.remove(0);
            let id = WebhookPreviousSecretId::new(NOW, chance);
            let kept = (&id, secret);
            webhook_previous_secret::add(tx, scope, &webhook.id, kept, NOW).await
        }
        Place::WebhookSecret => {
            let address = Address {
                slug: "github",
                account: Some(&ada),
            };
            webhook_secret::add(tx, scope, address, &a_webhook_secret(chance, secret)).await
        }
    }
}

fn a_member(chance: &SeededChance) -> Member {
    let id = MemberId::new(NOW, chance);
    Member {
        organization: OrganizationId::new(NOW, chance),
        email: Email::parse(&format!("{id}@example.com")).unwrap(),
        name: "Ada".to_owned(),
        role: Role::Owner,
        two_factor: false,
        locked_until: None,
        last_sign_in_at: None,
        created_at: NOW,
        id,
    }
}

fn setting(secret: &Sealed) -> connector_setting::StoredSetting {
    connector_setting::StoredSetting {
        setting: ConnectorSetting {
            slug: "github".to_owned(),
            source: CredentialSource::Own,
            enabled: true,
            client_id: None,
            has_secret: true,
            scopes: Vec::new(),
            fields: serde_json::Map::new(),
            created_at: NOW,
            updated_at: NOW,
        },
        secret: Some(secret.clone()),
    }
}

fn attempt(chance: &SeededChance, secret: &Sealed) -> oauth_attempt::Attempt {
    oauth_attempt::Attempt {
        id: OAuthAttemptId::new(NOW, chance),
        account_id: AccountId::parse("ada").unwrap(),
        slug: "github".to_owned(),
        redirect_uri: String::new(),
        client_id: String::new(),
        sealed: secret.clone(),
        created_at: NOW,
        expires_at: NOW,
    }
}

fn device_flow(chance: &SeededChance, secret: &Sealed) -> device_attempt::DeviceAttempt {
    device_attempt::DeviceAttempt {
        id: DeviceAttemptId::new(NOW, chance),
        account_id: AccountId::parse("ada").unwrap(),
        slug: "github".to_owned(),
        client_id: String::new(),
        state: device_attempt::State::Pending,
        interval_s: 5,
        ask_at: NOW,
        connection_id: None,
        created_at: NOW,
        expires_at: NOW,
        sealed: secret.clone(),
    }
}

fn registered(chance: &SeededChance, secret: &Sealed) -> registered_client::StoredClient {
    registered_client::StoredClient {
        id: RegisteredClientId::new(NOW, chance),
        slug: "mcp".to_owned(),
        issuer: String::new(),
        client_id: String::new(),
        created_at: NOW,
        expires_at: None,
        sealed: secret.clone(),
    }
}

fn established(secret: &Sealed) -> connection::Established {
    connection::Established {
        auth_type: AuthType::OAuth2,
        auth_option: "oauth2".to_owned(),
        identifier: None,
        fields: "{}".to_owned(),
        scopes: None,
        client_id: None,
        sealed: secret.clone(),
        expires_at: None,
        renewable: true,
        metadata: None,
        at: NOW,
    }
}

const fn new_job<'a>(id: &'a JobId, sealed: Option<&'a Sealed>) -> job::NewJob<'a> {
    job::NewJob {
        id,
        kind: "revoke",
        subject: "conn_of_the_secret",
        payload: "{}",
        sealed,
        due_at: NOW,
    }
}

fn a_webhook_secret(chance: &SeededChance, secret: &Sealed) -> WebhookSecret {
    WebhookSecret {
        id: WebhookSecretId::new(NOW, chance),
        brought: false,
        sealed: secret.clone(),
        created_at: NOW,
    }
}

fn a_webhook(chance: &SeededChance) -> Webhook {
    Webhook {
        id: WebhookId::new(NOW, chance),
        url: String::new(),
        events: Vec::new(),
        headers: serde_json::Map::new(),
        body: None,
        method: WebhookMethod::Post,
        kind: WebhookKind::Default,
        slug: None,
        workflow_ids: Vec::new(),
        description: None,
        group: None,
        is_enabled: true,
        version: 0,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// A world with one secret in every place of every scope, and a newer data key.
async fn filled(world: &World) -> DataKeyId {
    world.add_account_everywhere("ada").await;
    let newer = DataKeyId::new(at(1), &*world.chance);
    for scope in world.scopes() {
        world.add_data_key(&scope, &newer).await.unwrap();
        for place in Place::ALL.iter().copied() {
            let (secret, chance) = (world.sealed(place.table()), world.chance.clone());
            commit!(world.db; scope, secret; |tx| async move {
                fill(tx, &scope, &chance, place, &secret).await
            })
            .unwrap();
        }
    }
    newer
}

async fn outdated(
    world: &World,
    scope: &Scope,
    place: Place,
    current: &DataKeyId,
) -> Vec<Outdated> {
    sealed::outdated(&world.db, scope, place, current, "", 100)
        .await
        .unwrap()
}

async fn replace(world: &World, scope: &Scope, place: Place, old: &Outdated, new: &Sealed) {
    commit!(world.db; scope, old, new; |tx| sealed::replace(tx, &scope, place, &old, &new))
        .unwrap();
}

/// Seals the place's one secret with `key`, which it is not sealed with yet.
async fn reseal(world: &World, place: Place, key: &DataKeyId) -> Outdated {
    let found = outdated(world, &world.scope, place, key).await;
    let [old] = found.try_into().unwrap();
    let new = Sealed {
        bytes: [old.sealed.bytes.as_slice(), b" anew"].concat(),
        data_key: key.clone(),
    };
    replace(world, &world.scope, place, &old, &new).await;
    old
}

async fn delete_key(world: &World, id: &DataKeyId) -> Result<(), StoreError> {
    let scope = world.scope.clone();
    commit!(world.db; scope, id; |tx| data_key::delete(tx, &scope, &id))
}

on_both! {
    async fn every_place_is_found_replaced_and_then_up_to_date(test: TestDb) {
        let world = World::new(&test).await;
        let newer = filled(&world).await;
        for place in Place::ALL.iter().copied() {
            let old = reseal(&world, place, &newer).await;
            assert_eq!(old.sealed, world.sealed(place.table()), "{place:?}");
            let subject = if place == Place::Job { "conn_of_the_secret" } else { &old.id };
            assert_eq!(old.subject, subject, "{place:?}");
            let left = outdated(&world, &world.scope, place, &newer).await;
            assert!(left.is_empty(), "{place:?}: {left:?}");

            // Asked the other way round, the new one is what is outdated.
            let [new] = outdated(&world, &world.scope, place, &world.data_key)
                .await
                .try_into()
                .unwrap();
            assert_eq!(new.id, old.id);
            assert_eq!(new.sealed.data_key, newer);
            let bytes = [old.sealed.bytes.as_slice(), b" anew"].concat();
            assert_eq!(new.sealed.bytes, bytes, "{place:?}");
        }
    }

    async fn strangers_secrets_are_neither_found_nor_replaced(test: TestDb) {
        let world = World::new(&test).await;
        let newer = filled(&world).await;
        for place in Place::ALL.iter().copied() {
            let [own] = outdated(&world, &world.scope, place, &newer).await.try_into().unwrap();
            let forged = Sealed { bytes: vec![6; 6], data_key: newer.clone() };
            for stranger in &world.strangers {
                if own.id == outdated(&world, stranger, place, &newer).await[0].id {
                    // The same name in every scope: theirs is theirs to replace.
                    continue;
                }
                replace(&world, stranger, place, &own, &forged).await;
            }
            let [after] = outdated(&world, &world.scope, place, &newer).await.try_into().unwrap();
            assert_eq!(after.sealed, own.sealed, "{place:?}");
            reseal(&world, place, &newer).await;
            for stranger in &world.strangers {
                let theirs = outdated(&world, stranger, place, &newer).await;
                assert_eq!(theirs.len(), 1, "{place:?}");
                assert_eq!(theirs[0].sealed, world.sealed(place.table()), "{place:?}");
            }
        }
    }

    async fn a_secret_that_changed_meanwhile_is_left_as_it_is(test: TestDb) {
        let world = World::new(&test).await;
        let newer = filled(&world).await;
        for place in Place::ALL.iter().copied() {
            let mut stale = outdated(&world, &world.scope, place, &newer).await.remove(0);
            stale.sealed.bytes.push(1);
            let new = Sealed { bytes: vec![6; 6], data_key: newer.clone() };
            replace(&world, &world.scope, place, &stale, &new).await;
            let kept = outdated(&world, &world.scope, place, &newer).await;
            assert_eq!(kept.len(), 1, "{place:?}");
            assert_eq!(kept[0].sealed, world.sealed(place.table()), "{place:?}");
        }
    }

    async fn any_one_place_keeps_its_data_key_from_being_deleted(test: TestDb) {
        let world = World::new(&test).await;
        let newer = filled(&world).await;
        for place in Place::ALL.iter().copied() {
            reseal(&world, place, &newer).await;
        }
        for place in Place::ALL.iter().copied() {
            reseal(&world, place, &world.data_key).await;
            let refused = delete_key(&world, &world.data_key).await;
            assert!(matches!(refused, Err(StoreError::Missing)), "{place:?}: {refused:?}");
            reseal(&world, place, &newer).await;
        }
        delete_key(&world, &world.data_key).await.unwrap();
    }

    async fn what_has_no_secret_is_not_outdated(test: TestDb) {
        let world = World::new(&test).await;
        let newer = DataKeyId::new(at(1), &*world.chance);
        let (scope, chance) = (world.scope.clone(), world.chance.clone());
        let mut without = setting(&world.sealed(""));
        without.secret = None;
        commit!(world.db; scope, without; |tx| async move {
            connector_setting::put(tx, &scope, &without).await?;
            job::add(tx, &scope, &new_job(&JobId::new(NOW, &*chance), None)).await
        })
        .unwrap();
        for place in [Place::ConnectorSetting, Place::Job] {
            assert!(outdated(&world, &world.scope, place, &newer).await.is_empty());
        }
    }

    async fn only_so_many_are_found_at_once(test: TestDb) {
        let world = World::new(&test).await;
        let newer = filled(&world).await;
        let (scope, secret) = (world.scope.clone(), world.sealed("another"));
        commit!(world.db; scope, secret; |tx| app::add_secret(tx, &scope, "another", &secret))
            .unwrap();
        let place = Place::EnvironmentSecret;
        assert_eq!(outdated(&world, &world.scope, place, &newer).await.len(), 2);
        // One by one, each is found once.
        let mut found = vec![String::new()];
        while let [next] = sealed::outdated(
            &world.db, &world.scope, place, &newer, found.last().unwrap(), 1
        ).await.unwrap().as_slice() {
            found.push(next.id.clone());
        }
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.is_sorted(), "{found:?}");
    }

    /// A table with sealed bytes that is not a place would be missed by a rotation.
    async fn every_table_with_sealed_bytes_is_a_place(test: TestDb) {
        test.open().await;
        let sql = match test.location_args().database_url {
            None => {
                "SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
                 WHERE t.type = 'table' AND c.name = 'data_key_id' ORDER BY t.name"
            }
            Some(_) => {
                "SELECT table_name::text FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND column_name = 'data_key_id' \
                 ORDER BY table_name"
            }
        };
        let mut places: Vec<_> = Place::ALL.iter().map(|place| place.table()).collect();
        places.sort_unstable();
        assert_eq!(raw::texts(&test, sql).await, places);
    }
}
