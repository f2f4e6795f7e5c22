//! Members: inviting them, changing and removing them, and their passwords.

use serde_json::{Value, json};
use trunnel_model::environment::Environment;
use trunnel_model::role::Role;
use trunnel_model::scope::Scope;
use trunnel_testing::on_both;

use crate::app::{Actor, Developer, TestApp};
use crate::member_setup::{PASSWORD, SESSION, SIGN_IN, api_path, owner, signed_in};

const MEMBERS: &str = "/console/api/member";
const INVITATIONS: &str = "/console/api/invitation";

/// The API's path of an invitation's link.
fn link_path(url: &Value) -> String {
    api_path(url.as_str().unwrap())
        .replace("/invitation/", "/invitation-link/")
        .replace("/reset/", "/reset-link/")
}

/// Invites somebody, who accepts; answers the browser.
async fn joined(app: &TestApp, by: &Actor, email: &str, role: &str) -> Actor {
    let invited = by
        .post(INVITATIONS, json!({ "email": email, "role": role }))
        .await
        .ok();
    let body = json!({ "name": "Grace", "password": PASSWORD });
    let answer = app
        .anonymous()
        .post(&link_path(&invited["url"]), body)
        .await;
    answer.ok();
    signed_in(app, &answer)
}

async fn own_id(actor: &Actor) -> String {
    actor.get(SESSION).await.ok()["member"]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> crate::app::Answer {
    let typed = json!({ "email": email, "password": password });
    app.anonymous().post(SIGN_IN, typed).await
}

/// What the audit says, by name: within a millisecond its order is chance.
async fn audited(app: &TestApp, developer: &Developer) -> Vec<(String, String)> {
    let scope = Scope::verified(developer.app_id.clone(), Environment::Live);
    let entries = trunnel_store::audit::latest(&app.db, &scope, 100)
        .await
        .unwrap();
    let told = entries
        .into_iter()
        .map(|entry| (entry.action.as_str().to_owned(), entry.actor));
    let mut told: Vec<_> = told.collect();
    told.sort();
    told
}

on_both! {
    async fn who_is_invited_becomes_a_member(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ada = owner(&app, &developer).await;
        let body = json!({ "email": "Grace@Example.com", "name": "Grace", "role": "developer" });
        let invited = ada.post(INVITATIONS, body).await.ok();
        assert_eq!(invited["mailed"], json!(false));
        assert_eq!(invited["invitation"]["email"], json!("grace@example.com"));
        assert_eq!(invited["invitation"]["invited_by"], json!("Ada"));
        let listed = ada.get(INVITATIONS).await.ok();
        assert_eq!(listed["invitations"], json!([invited["invitation"]]));
        let path = link_path(&invited["url"]);
        let told = app.anonymous().get(&path).await.ok();
        let expected = json!({
            "organization": "Acme", "email": "grace@example.com", "name": "Grace", "role": "developer",
        });
        assert_eq!(told, expected);
        let body = json!({ "name": "Grace H.", "password": PASSWORD });
        let answer = app.anonymous().post(&path, body.clone()).await;
        assert_eq!(answer.ok()["member"]["role"], json!("developer"));
        let grace = signed_in(&app, &answer);
        assert_eq!(app.anonymous().post(&path, body).await.fault(404).0, "LINK_INVALID");
        assert_eq!(ada.get(INVITATIONS).await.ok()["invitations"], json!([]));
        let names: Vec<_> = grace.get(MEMBERS).await.ok()["members"].as_array().unwrap().iter()
            .map(|member| member["name"].clone()).collect();
        assert_eq!(names, [json!("Ada"), json!("Grace H.")]);
        sign_in(&app, "grace@example.com", PASSWORD).await.ok();

        let again = json!({ "email": "grace@example.com", "role": "admin" });
        assert_eq!(ada.post(INVITATIONS, again).await.fault(409).0, "CONFLICT");
        let another_owner = json!({ "email": "x@example.com", "role": "owner" });
        assert_eq!(ada.post(INVITATIONS, another_owner).await.json()["field"], json!("role"));
        let no_address = json!({ "email": "x", "role": "admin" });
        assert_eq!(ada.post(INVITATIONS, no_address).await.json()["field"], json!("email"));
    }

    async fn an_invitation_ends_when_it_is_old_withdrawn_or_replaced(test: TestDb) {
        let app = TestApp::start(&test).await;
        let ada = owner(&app, &app.developer().await).await;
        let body = json!({ "email": "grace@example.com", "role": "external" });
        let first = ada.post(INVITATIONS, body.clone()).await.ok();
        let second = ada.post(INVITATIONS, body.clone()).await.ok();
        let anyone = app.anonymous();
        assert_eq!(anyone.get(&link_path(&first["url"])).await.status, 404);
        let one = format!("{INVITATIONS}/{}", second["invitation"]["id"].as_str().unwrap());
        ada.delete(&one).await.ok();
        assert_eq!(ada.delete(&one).await.status, 404);
        assert_eq!(anyone.get(&link_path(&second["url"])).await.status, 404);
        let third = ada.post(INVITATIONS, body).await.ok();
        app.clock.advance_ms(7 * 24 * 3_600_000 - 1);
        anyone.get(&link_path(&third["url"])).await.ok();
        app.clock.advance_ms(1);
        assert_eq!(anyone.get(&link_path(&third["url"])).await.fault(404).0, "LINK_INVALID");
        assert_eq!(ada.get(INVITATIONS).await.ok()["invitations"], json!([]));
    }

    async fn a_role_changes_from_the_next_request_on(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ada = owner(&app, &developer).await;
        let grace = developer.member(Role::Developer).await;
        let one = format!("{MEMBERS}/{}", own_id(&grace).await);
        assert_eq!(grace.get(INVITATIONS).await.status, 200);
        assert_eq!(grace.delete(&one).await.fault(403).0, "FORBIDDEN");
        let changed = ada.patch(&one, json!({ "role": "admin" })).await.ok();
        assert_eq!(changed["role"], json!("admin"));
        let linus = developer.member(Role::External).await;
        grace.delete(&format!("{MEMBERS}/{}", own_id(&linus).await)).await.ok();
        assert_eq!(linus.get(MEMBERS).await.fault(401).0, "NOT_SIGNED_IN");
        // What an admin may not.
        let owners = format!("{MEMBERS}/{}", own_id(&ada).await);
        for answer in [
            grace.patch(&owners, json!({ "role": "external" })).await,
            grace.delete(&owners).await,
            grace.post(&format!("{owners}/reset-link"), json!({})).await,
            grace.patch(&one, json!({ "role": "owner" })).await,
        ] {
            assert_eq!(answer.fault(403).0, "FORBIDDEN");
        }
        let unknown = grace.patch(&one, json!({ "role": "editor" })).await;
        assert_eq!(unknown.json()["field"], json!("role"));
        let stranger = app.developer().await.member(Role::Owner).await;
        assert_eq!(stranger.delete(&one).await.fault(404).0, "RESOURCE_NOT_FOUND");
    }

    async fn there_is_always_one_owner(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ada = owner(&app, &developer).await;
        let own = format!("{MEMBERS}/{}", own_id(&ada).await);
        let step_down = ada.patch(&own, json!({ "role": "admin" })).await;
        assert_eq!(step_down.fault(409).0, "LAST_OWNER");
        assert_eq!(ada.delete(&own).await.fault(409).0, "LAST_OWNER");
        let grace = joined(&app, &ada, "grace@example.com", "developer").await;
        let graces = format!("{MEMBERS}/{}", own_id(&grace).await);
        ada.patch(&graces, json!({ "role": "owner" })).await.ok();
        assert_eq!(ada.get(SESSION).await.ok()["member"]["role"], json!("admin"));
        assert_eq!(grace.get(SESSION).await.ok()["member"]["role"], json!("owner"));
        grace.delete(&own).await.ok();
        assert_eq!(sign_in(&app, "ada@example.com", PASSWORD).await.status, 401);
        let told = audited(&app, &developer).await;
        let actions: Vec<_> = told.iter().map(|(action, _)| action.as_str()).collect();
        assert_eq!(actions, [
            "API Key Created", "App Created", "Member Invited", "Member Joined", "Member Joined",
            "Member Removed", "Role Updated", "Role Updated",
        ]);
        assert!(told[2..].iter().all(|(_, actor)| actor.starts_with("mem_")), "{told:?}");
    }

    async fn an_admin_lifts_a_lock_and_makes_a_reset_link(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ada = owner(&app, &developer).await;
        let grace = joined(&app, &ada, "grace@example.com", "external").await;
        let one = format!("{MEMBERS}/{}", own_id(&grace).await);
        for _ in 0..3 {
            sign_in(&app, "grace@example.com", "wrong wrong").await;
        }
        assert_eq!(sign_in(&app, "grace@example.com", PASSWORD).await.status, 403);
        let listed = ada.get(MEMBERS).await.ok();
        assert!(listed["members"][1]["locked_until"].is_string(), "{listed}");
        let unlocked = ada.post(&format!("{one}/unlock"), json!({})).await.ok();
        assert_eq!(unlocked["locked_until"], Value::Null);
        sign_in(&app, "grace@example.com", PASSWORD).await.ok();

        let made = ada.post(&format!("{one}/reset-link"), json!({})).await.ok();
        let path = link_path(&made["url"]);
        let short = app.anonymous().post(&path, json!({ "password": "short" })).await;
        assert_eq!(short.json()["field"], json!("password"));
        let body = json!({ "password": "another good one" });
        let answer = app.anonymous().post(&path, body.clone()).await;
        assert_eq!(answer.ok()["member"]["name"], json!("Grace"));
        assert_eq!(app.anonymous().post(&path, body).await.fault(404).0, "LINK_INVALID");
        assert_eq!(grace.get(MEMBERS).await.status, 401);
        signed_in(&app, &answer).get(MEMBERS).await.ok();
        assert_eq!(sign_in(&app, "grace@example.com", PASSWORD).await.status, 401);
        let told = audited(&app, &developer).await;
        for action in ["Login Failed", "Member Locked", "Member Unlocked", "Login", "Password Reset"] {
            assert!(told.iter().any(|(known, _)| known == action), "{action}: {told:?}");
        }
    }

    async fn a_new_password_ends_the_other_sessions(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ada = owner(&app, &developer).await;
        let other = signed_in(&app, &sign_in(&app, "ada@example.com", PASSWORD).await);
        let path = "/console/api/profile/password";
        let body = |current: &str, new: &str| json!({ "current": current, "password": new });
        let wrong = ada.post(path, body("wrong wrong", "another good one")).await;
        assert_eq!(wrong.fault(403).0, "PASSWORD_WRONG");
        assert_eq!(wrong.json()["field"], json!("current"));
        let same = ada.post(path, body(PASSWORD, PASSWORD)).await;
        assert_eq!(same.json()["field"], json!("password"));
        ada.post(path, body(PASSWORD, "another good one")).await.ok();
        assert_eq!(other.get(MEMBERS).await.status, 401);
        assert_eq!(sign_in(&app, "ada@example.com", PASSWORD).await.status, 401);
        sign_in(&app, "ada@example.com", "another good one").await.ok();
        let renamed = ada.patch("/console/api/profile", json!({ "name": " Ada L. " })).await.ok();
        assert_eq!(renamed["name"], json!("Ada L."));
        let empty = ada.patch("/console/api/profile", json!({ "name": " " })).await;
        assert_eq!(empty.fault(400).0, "MISSING_REQUIRED_FIELD");
    }

    async fn the_organization_and_its_apps_can_be_changed(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let ada = owner(&app, &developer).await;
        let renamed = ada.patch("/console/api/organization", json!({ "name": "Ada & Co" })).await.ok();
        assert_eq!(renamed["name"], json!("Ada & Co"));
        let path = format!("/console/api/app/{}", developer.app_id);
        let changed = ada.patch(&path, json!({ "name": "Shop", "reveal_keys": false })).await.ok();
        assert_eq!((&changed["name"], &changed["reveal_keys"]), (&json!("Shop"), &json!(false)));
        assert_eq!(ada.patch(&path, json!({})).await.ok(), changed);
        let session = ada.get(SESSION).await.ok();
        assert_eq!(session["apps"], json!([changed]));
        assert_eq!(session["organization"], renamed);
        let other = format!("/console/api/app/{}", app.developer().await.app_id);
        assert_eq!(ada.patch(&other, json!({ "name": "Mine" })).await.status, 404);
        let roles = ada.get("/console/api/role").await.ok();
        assert_eq!(roles["roles"].as_array().unwrap().len(), 5);
        assert_eq!(roles["roles"][0]["permissions"], session["permissions"]);
    }

    async fn an_address_that_tries_too_often_has_to_wait(test: TestDb) {
        let app = TestApp::start(&test).await;
        for _ in 0..20 {
            assert_eq!(sign_in(&app, "nobody@example.com", PASSWORD).await.status, 401);
        }
        app.clock.advance_ms(1_000);
        let answer = sign_in(&app, "nobody@example.com", PASSWORD).await;
        assert_eq!(answer.fault(429).0, "TOO_MANY_REQUESTS");
        assert_eq!(answer.json()["retry_after_s"], json!(59));
        assert_eq!(answer.header("retry-after"), Some("59"));
        app.clock.advance_ms(59_000);
        assert_eq!(sign_in(&app, "nobody@example.com", PASSWORD).await.status, 401);
    }
}
