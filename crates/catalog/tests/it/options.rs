//! Several ways to connect, and what each of them asks for.

use serde_json::{Value, json};
use trunnel_catalog::auth::{check_developer_fields, developer_fields};
use trunnel_catalog::lint::lint;
use trunnel_catalog::{
    AuthType, GrantType, action_request, auth_structure, check_fields, check_key_credentials,
    input_fields_for,
};

use crate::schemas::KINDS;
use crate::support::{
    ACTION, access, acme_by, by_auth, complaint_by, keys, load, object, typed, with,
};

#[test]
fn a_family_answers_to_its_name_and_every_option_to_its_id() {
    let connector = acme_by(&KINDS.concat());
    let ids: Vec<&str> = connector
        .auth
        .iter()
        .map(|option| option.id.as_str())
        .collect();
    // In the order of the file: the first is what a customer is offered first.
    let expected = [
        "oauth2", "dynamic", "old", "box", "open", "keybased", "app", "robot", "signed",
    ];
    assert_eq!(ids, expected);
    assert_eq!(
        connector.auth_types(),
        [AuthType::OAuth2, AuthType::KeyBased]
    );
    for id in expected {
        assert_eq!(connector.option(id).unwrap().id, id);
    }
    assert!(connector.option("saml").is_none());
    let families: Vec<_> = connector
        .auth
        .iter()
        .map(|option| option.auth_type.as_str())
        .collect();
    assert_eq!(
        families,
        [
            "oauth2", "oauth2", "oauth2", "oauth2", "keybased", "keybased", "oauth2", "keybased",
            "keybased"
        ]
    );
    // Without an option of that very name, the family is its first option.
    let connector = acme_by(&KINDS[6..].concat());
    assert_eq!(connector.option("oauth2").unwrap().id, "app");
    assert_eq!(connector.option("keybased").unwrap().id, "robot");
}

#[test]
fn an_option_knows_what_it_is() {
    let connector = acme_by(&KINDS.concat());
    let option = |id: &str| connector.option(id).unwrap();
    let needs: Vec<_> = connector
        .auth
        .iter()
        .filter(|option| option.needs_client())
        .map(|option| option.id.as_str())
        .collect();
    // The dynamic one registers itself.
    assert_eq!(needs, ["oauth2", "old", "box"]);
    assert!(connector.needs_client());
    assert!(!acme_by(KINDS[5]).needs_client());
    assert_eq!(
        option("oauth2").grant_type(),
        Some(GrantType::AuthorizationCode)
    );
    assert_eq!(
        option("app").grant_type(),
        Some(GrantType::ClientCredentials)
    );
    assert_eq!(option("keybased").grant_type(), None);
    let labels: Vec<_> = connector
        .auth
        .iter()
        .map(|option| option.label.as_str())
        .collect();
    assert_eq!(
        labels[..6],
        [
            "OAuth 2.0",
            "OAuth 2.0",
            "OAuth 1.0a",
            "Device code",
            "No credential",
            "API key"
        ]
    );
    let named = with(
        KINDS[0],
        "  oauth2:\n",
        "  oauth2:\n    label: Acme account\n",
    );
    assert_eq!(acme_by(&named).auth[0].label, "Acme account");
    let other = with(
        KINDS[0],
        "  oauth2:\n",
        "  oauth2:\n    auth_type: keybased\n",
    );
    assert_eq!(acme_by(&other).auth[0].auth_type, AuthType::KeyBased);
}

#[test]
fn the_structure_has_the_first_of_a_family_under_its_name() {
    let connector = acme_by(&[KINDS[0], KINDS[5], KINDS[6]].concat());
    let region = json!({ "type": "string", "required": false });
    let expected = json!({
        "oauth2": { "region": region },
        "keybased": { "key": "string", "region": region },
        "app": { "id": "string", "secret": "string", "region": region }
    });
    assert_eq!(auth_structure(&connector), expected);
}

#[test]
fn keys_of_another_kind_are_told_with_their_line() {
    for (kind, key, value) in [
        (0, "fields", "[{ name: key }]"),
        (0, "verify", "{ path: /me }"),
        (0, "device_url", "https://a.example"),
        (0, "request_url", "https://a.example"),
        (0, "sign", "{ duo: { integration_key: a, secret_key: b } }"),
        (0, "exchange", "{ url: https://a.example }"),
        (0, "grant", "client_credentials"),
        (2, "pkce", "true"),
        (2, "scopes", "{ mandatory: [a] }"),
        (2, "refresh_url", "https://a.example"),
        (3, "authorization_params", "{ a: b }"),
        (3, "code_param", "c"),
        (3, "redirect_metadata", "{ region: r }"),
        (5, "authorization_url", "https://a.example"),
        (5, "identity", "{ path: /me }"),
        (5, "client_auth", "basic"),
        (5, "metadata", "{ region: r }"),
        (5, "default_lifetime", "60"),
        (5, "authorization_fragment", "/x"),
    ] {
        let head = KINDS[kind].lines().next().unwrap();
        let id = head.trim().trim_end_matches(':');
        let auth = with(KINDS[kind], head, &format!("{head}\n    {key}: {value}"));
        let line = by_auth(&auth)
            .lines()
            .position(|line| line.starts_with(&format!("    {key}:")));
        let said = format!(
            "catalog/connectors/acme/connector.yaml:{}: auth.{id}.{key}: does not belong to an \
             option of this kind",
            line.unwrap() + 1
        );
        let errors = complaint_by(&auth);
        assert!(errors.contains(&said), "{said}\n{errors}");
    }
    // The remedy is said where there is one.
    let auth = with(
        KINDS[0],
        "  oauth2:\n",
        "  oauth2:\n    fields: [{ name: key }]\n",
    );
    assert!(complaint_by(&auth).contains("; write `extra_fields`"));
}

#[test]
fn other_mistakes_of_options_are_told_with_their_remedy() {
    for (auth, said) in [
        (
            "  other:\n    label: x\n".to_owned(),
            "auth.other.kind: is missing; write oauth2, oauth1, device, keys or none",
        ),
        (
            with(
                KINDS[6],
                "    exchange:\n",
                "    token: { algorithm: HS256, key: a }\n    exchange:\n",
            ),
            "auth.app: has both `exchange` and `token`; a token comes from one of them",
        ),
        (
            with(KINDS[7], "RS256", "RS1"),
            "auth.robot.token.algorithm: `RS1` is none of HS256",
        ),
        (
            with(
                KINDS[8],
                "duo: {",
                "avanan: { app_id: a, secret_key: b }, duo: {",
            ),
            "auth.signed.sign: names one of oauth1, aws_sigv4, wsse, duo, avanan and http_signature",
        ),
        (
            with(
                KINDS[8],
                "duo: { integration_key: '${credential.id}', secret_key: '${credential.secret}' }",
                "oauth1: { consumer_key: a }",
            ),
            "auth.signed.sign.oauth1.consumer_secret: is needed for this method",
        ),
        (
            with(
                KINDS[8],
                "duo: { integration_key: '${credential.id}', secret_key: '${credential.secret}' }",
                "oauth1: { consumer_key: a, method: RSA-SHA1 }",
            ),
            "auth.signed.sign.oauth1.private_key: is needed for RSA-SHA1",
        ),
        (
            with(
                KINDS[0],
                "  oauth2:\n",
                "  oauth2:\n    extra_fields: [{ name: region }]\n",
            ),
            "auth.oauth2.extra_fields[0].name: `region` is the name of another field already",
        ),
        (
            with(KINDS[5], "{ name: key,", "{ name: home,"),
            "auth.keybased.fields[0].name: `home` is the name of another field already",
        ),
        (
            with(
                KINDS[0],
                "https://login.acme.example/token",
                "https://${field.city}.acme.example/token",
            ),
            "auth.oauth2.token_url: `${field.city}` names no field; there are: region, home",
        ),
        (
            "  a b: { kind: none }\n".to_owned(),
            "auth.a b: `a b` is no name",
        ),
        (
            with(
                KINDS[0],
                "  oauth2:\n",
                "  oauth2:\n    authorization_fragment: oauth?x\n",
            ),
            "auth.oauth2.authorization_fragment: `oauth?x` is no path; write one such as `/oauth/authorize`",
        ),
    ] {
        let errors = complaint_by(&auth);
        assert!(errors.contains(said), "{said}\n{errors}");
    }
}

#[test]
fn extra_fields_are_asked_for_in_one_way_only() {
    let auth = with(
        KINDS[5],
        "  keybased:\n",
        "  keybased:\n    extra_fields: [{ name: site, pattern: '^[a-z]+$', example: x }]\n    base_url: https://${field.site}.acme.example/v2\n",
    );
    let connector = acme_by(&format!("{}{auth}", KINDS[0]));
    let option = connector.option("keybased").unwrap();
    let given = object(json!({ "key": "k", "site": "eu" }));
    let (secrets, fields) = check_key_credentials(&connector, option, &given).unwrap();
    assert_eq!(fields, object(json!({ "site": "eu" })));
    let names: Vec<_> = input_fields_for(&connector, option)
        .into_iter()
        .map(|f| f.name)
        .collect();
    assert_eq!(names, ["key", "region", "site"]);
    // The option has a base of its own, too.
    let access = access(&connector, "keybased")
        .with_fields(&fields)
        .with_credential(typed(&secrets));
    let action = connector.action("change_thing").unwrap();
    let request = action_request(&access, action, &object(json!({ "id": 1 })), None).unwrap();
    assert_eq!(
        request.url.as_str(),
        "https://eu.acme.example/v2/things/1/change"
    );
    let option = connector.option("oauth2").unwrap();
    let refused = check_fields(&connector, option, &object(json!({ "site": "eu" }))).unwrap_err();
    assert_eq!(
        refused[0].to_string(),
        "`site` is not a field of this connector; there are: region"
    );
}

#[test]
fn a_way_without_a_credential_sends_none() {
    let connector = acme_by(KINDS[4]);
    let action = connector.action("change_thing").unwrap();
    let input = object(json!({ "id": 1 }));
    let request = action_request(&access(&connector, "open"), action, &input, None).unwrap();
    assert!(!request.headers.contains_key("authorization"));
    assert!(
        check_key_credentials(
            &connector,
            connector.option("open").unwrap(),
            &object(json!({}))
        )
        .is_ok()
    );
}

#[test]
fn an_optional_key_can_be_left_out_and_a_needed_one_cannot() {
    let optional = with(
        KINDS[5],
        "type: password }",
        "type: password, required: false }",
    );
    let input = object(json!({ "id": 1 }));
    let send = |auth: &str| {
        let connector = acme_by(auth);
        let nothing = keys(&[]);
        let access = access(&connector, "keybased").with_credential(typed(&nothing));
        let action = connector.action("change_thing").unwrap();
        action_request(&access, action, &input, None)
            .map(|request| request.headers.contains_key("x-key"))
    };
    assert_eq!(send(&optional), Ok(false));
    assert!(send(KINDS[5]).is_err());
}

const BY_DEVELOPER: &str = "  oauth2:
    extra_fields:
      - { name: tenant_host, by: developer, pattern: '^[a-z.]+$', example: a.example }
    authorization_url: https://login.acme.example/authorize
    token_url: https://${field.tenant_host}/token
";

#[test]
fn a_field_of_the_developer_is_not_asked_of_customers() {
    let connector = acme_by(BY_DEVELOPER);
    let option = connector.option("oauth2").unwrap();
    let names: Vec<_> = input_fields_for(&connector, option)
        .into_iter()
        .map(|f| f.name)
        .collect();
    assert_eq!(names, ["region"]);
    let given = object(json!({ "tenant_host": "evil.example" }));
    assert!(check_fields(&connector, option, &given).is_err());
    assert!(
        !auth_structure(&connector)
            .to_string()
            .contains("tenant_host")
    );
    let names: Vec<_> = developer_fields(&connector)
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(names, ["tenant_host"]);
    assert_eq!(check_developer_fields(&connector, &given), Ok(given));
    for bad in [
        json!({ "tenant_host": "A" }),
        json!({ "region": "eu" }),
        json!({}),
    ] {
        assert!(
            check_developer_fields(&connector, &object(bad.clone())).is_err(),
            "{bad}"
        );
    }
}

/// The secret goes only where the file or the developer says.
#[test]
fn who_may_say_where_the_client_secret_goes() {
    let rules = |auth: &str| -> Vec<&'static str> {
        let catalog = load(&by_auth(auth), ACTION).unwrap_or_else(|errors| panic!("{errors}"));
        let rules = lint(&catalog).into_iter().map(|finding| finding.rule);
        rules.filter(|rule| *rule == "secret-destination").collect()
    };
    assert_eq!(rules(BY_DEVELOPER), Vec::<&str>::new());
    let chosen = with(
        BY_DEVELOPER,
        "by: developer, pattern: '^[a-z.]+$', example: a.example",
        "options: [a.example, b.example]",
    );
    assert_eq!(rules(&chosen), Vec::<&str>::new());
    let typed = with(BY_DEVELOPER, "by: developer, ", "");
    assert_eq!(rules(&typed), ["secret-destination"]);
    // One that comes from a registration is the server's own.
    assert_eq!(rules(KINDS[1]), Vec::<&str>::new());
}

fn pem(text: &str) -> Result<String, String> {
    let connector = acme_by(KINDS[5]);
    let option = connector.option("keybased").unwrap();
    let given = object(json!({ "key": text }));
    check_key_credentials(&connector, option, &given)
        .map(|(secrets, _)| secrets["key"].expose().to_owned())
        .map_err(|faults| faults[0].to_string())
}

#[test]
fn a_private_key_gets_its_lines_back() {
    let good = "-----BEGIN PRIVATE KEY-----\nMIIE\nvQIB\n-----END PRIVATE KEY-----";
    assert_eq!(pem(good).unwrap(), good);
    let ended = format!("{good}\n");
    for broken in [
        good.replace('\n', "\\n"),
        format!("{}\\n", good.replace('\n', "\\n")),
        good.replace('\n', "\\r\\n"),
        good.replace('\n', " "),
        good.replace('\n', "\r"),
        "-----BEGIN PRIVATE KEY-----MIIE vQIB-----END PRIVATE KEY-----".to_owned(),
    ] {
        assert_eq!(pem(&broken).unwrap(), ended, "{broken}");
    }
    // A chain stays a chain.
    let chain = "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n";
    let two = format!("{chain}{chain}");
    assert_eq!(pem(&two.replace('\n', "\\n")).unwrap(), two);
    assert_eq!(pem(&two.trim_end().replace('\n', " ")).unwrap(), two);
}

#[test]
fn what_is_no_private_key_stays_as_it_was_typed() {
    for text in [
        "a\\nb",
        "-----BEGIN nothing",
        "-----BEGIN KEY-----\\nAA\\n-----END OTHER-----",
        "x -----BEGIN KEY----- AA -----END KEY-----",
        "-----BEGIN KEY----- AA -----END KEY----- and more",
    ] {
        assert_eq!(pem(text).unwrap(), text);
    }
    assert_eq!(
        pem("a\nb").unwrap_err(),
        "`key` must not hold control characters"
    );
    assert!(pem("-----BEGIN KEY-----\n\0\n-----END KEY-----").is_err());
}

/// The signature is made with what was kept.
#[test]
fn a_key_typed_on_one_line_signs() {
    let key = include_str!("../../../sign/tests/it/keys/rsa_pkcs8.pem");
    let connector = acme_by(KINDS[7]);
    let option = connector.option("robot").unwrap();
    let action = connector.action("change_thing").unwrap();
    let mut tokens = Vec::new();
    for typed_key in [
        key.to_owned(),
        key.trim_end().replace('\n', "\\n"),
        key.replace('\n', " "),
    ] {
        let given: Value = json!({ "private_key": typed_key });
        let (secrets, _) = check_key_credentials(&connector, option, &object(given)).unwrap();
        let access = access(&connector, "robot").with_credential(typed(&secrets));
        let request = action_request(&access, action, &object(json!({ "id": 1 })), None).unwrap();
        tokens.push(request.headers["authorization"].clone());
    }
    assert!(tokens.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn the_policy_of_renewal_and_the_limits_are_kept() {
    let auth = with(
        KINDS[0],
        "  oauth2:\n",
        "  oauth2:\n    refresh: { margin: 300, keep_alive: 1209600 }\n",
    );
    let connector = acme_by(&auth);
    let refresh = connector.auth[0].refresh;
    assert_eq!(
        (refresh.margin, refresh.keep_alive),
        (Some(300), Some(1_209_600))
    );
    assert_eq!(connector.limits, None);
    let text = with(
        &by_auth(&auth),
        "retry:\n",
        "limits: { calls: 100, seconds: 10, per: client }\nretry:\n",
    );
    let catalog = load(&text, ACTION).unwrap();
    let limits = catalog.get("acme").unwrap().limits.unwrap();
    assert_eq!((limits.calls, limits.seconds), (100, 10));
    assert_eq!(limits.per, trunnel_catalog::connector::RatePer::Client);
}
