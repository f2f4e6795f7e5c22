//! Placeholders that are made for one request, and functions around others.

use proptest::prelude::*;
use serde_json::{Value, json};
use trunnel_catalog::template::Scope;
use trunnel_catalog::template::Template;
use trunnel_catalog::template::json::JsonTemplate;
use trunnel_catalog::template::path::PathTemplate;
use trunnel_catalog::template::url::UrlTemplate;
use trunnel_catalog::{BuildFault, Fields, action_request, token_request};
use trunnel_model::secret::Secret;

use crate::support::{
    MOMENT, access, acme_by, client, complaint_by, instance, keys, object, token,
};

fn render(
    template: &str,
    input: Value,
    credential: &[(&str, &str)],
) -> Result<Option<Value>, BuildFault> {
    let (instance, fields, input, given) =
        (instance(), Fields::new(), object(input), keys(credential));
    let scope = Scope::new(&instance, &fields)
        .with_input(&input)
        .with_credential(crate::support::typed(&given))
        .at(MOMENT);
    let template = Value::String(template.to_owned());
    JsonTemplate::parse(&template, "", &mut |_, message| panic!("{message}")).render(&scope)
}

fn text(template: &str, credential: &[(&str, &str)]) -> Value {
    render(template, json!({}), credential).unwrap().unwrap()
}

#[test]
fn base64_takes_texts_and_placeholders() {
    let given = &[("id", "a"), ("key", "b c")];
    assert_eq!(
        text("${base64(${credential.id}:${credential.key})}", given),
        "YTpiIGM="
    );
    assert_eq!(
        text("Basic ${base64(${credential.id}:)}!", given),
        "Basic YTo=!"
    );
    assert_eq!(text("${base64(plain (text))}", &[]), "cGxhaW4gKHRleHQp");
    // Within each other.
    assert_eq!(
        text("${base64(${base64(${credential.id})}:x)}", given),
        "WVE9PTp4"
    );
    // Without its value the whole is left out, and the next alternative taken.
    assert_eq!(
        render("${base64(${credential.id})}", json!({}), &[]).unwrap(),
        None
    );
    assert_eq!(text("${base64(${credential.id})} || none", &[]), "none");
}

#[test]
fn a_fingerprint_is_that_of_the_public_key() {
    let key = include_str!("../../../sign/tests/it/keys/rsa_pkcs8.pem");
    let print = text(
        "${credential.id}.${fingerprint(${credential.key})}",
        &[("id", "U"), ("key", key)],
    );
    let print = print.as_str().unwrap();
    assert!(
        print.starts_with("U.SHA256:") && print.ends_with('='),
        "{print}"
    );
    let fault = render(
        "${fingerprint(${credential.key})}",
        json!({}),
        &[("key", "n0-key")],
    );
    let fault = fault.unwrap_err().to_string();
    assert!(!fault.contains("n0-key"), "{fault}");
}

#[test]
fn the_moment_can_be_written() {
    assert_eq!(text("${now}", &[]), "1772712000");
    assert_eq!(text("${now_ms}", &[]), "1772712000250");
    assert_eq!(text("${random}", &[]), MOMENT.random);
    assert_eq!(text("${date+0}", &[]), "2026-03-05");
    assert_eq!(text("${date+7}", &[]), "2026-03-12");
    assert_eq!(text("until ${date+365}", &[]), "until 2027-03-05");
    assert_eq!(
        render("${date+9999999999999}", json!({}), &[]).unwrap(),
        None
    );
}

#[test]
fn what_is_no_function_is_refused() {
    for bad in [
        "${base64(}",
        "${base64(x}",
        "${base64()",
        "${base64(${input.a)}",
        "${base64(${input.a} || x)}",
        "${md5(x)}",
        "${base64}",
        "${date+}",
        "${date+x}",
        "${date-1}",
        "${now.x}",
        "${step.a.b}",
        "${assertion.x}",
    ] {
        assert!(Template::parse(bad).is_err(), "{bad}");
    }
    // What a function makes could be any character of a URL.
    for bad in [
        "https://${base64(x)}.example",
        "https://a.example/${base64(x)}",
        "${base64(x)}/a",
    ] {
        assert!(UrlTemplate::parse(bad).is_err(), "{bad}");
    }
    assert!(PathTemplate::parse("/a/${base64(${input.a})}").is_err());
}

#[test]
fn a_function_is_written_back_as_it_was() {
    for text in [
        "${base64(${base64(${credential.a}:)}b)} c",
        "${fingerprint(${credential.k})}",
        "${date+7}",
    ] {
        assert_eq!(Template::parse(text).unwrap().to_string(), text);
    }
}

const BY_CLIENT: &str = "  oauth2:
    authorization_url: https://login.acme.example/authorize
    token_url: https://login.acme.example/token
    token_headers: { X-Proof: '${base64(${client_id}:${client_secret})}' }
    token_params: { app: '${client_id}' }
    headers: { X-App: '${client_id}' }
    place: { headers: { Authorization: 'Bearer ${access_token}', X-Secret: '${client_secret}' } }
";

#[test]
fn the_developers_client_has_placeholders() {
    let connector = acme_by(BY_CLIENT);
    let secret = Secret::new("t0ken");
    let access = access(&connector, "oauth2").with_credential(token(&secret));
    assert!(access.option.uses_client());
    let grant = trunnel_catalog::Grant::Refresh {
        refresh_token: &secret,
    };
    let request = token_request(&access, grant).unwrap();
    assert_eq!(request.headers["x-proof"], "Y2xpZW50LTE6czNjcmV0");
    assert!(request.headers["x-proof"].is_sensitive());
    let action = connector.action("change_thing").unwrap();
    let request = action_request(&access, action, &object(json!({ "id": 1 })), None).unwrap();
    assert_eq!(request.headers["x-app"], client().id.as_str());
    assert_eq!(request.headers["x-secret"], "s3cret");
    assert!(request.headers["x-secret"].is_sensitive());
    assert!(
        !crate::support::acme()
            .option("oauth2")
            .unwrap()
            .uses_client()
    );
}

#[test]
fn a_placeholder_stands_only_where_it_has_a_value() {
    let key = "  keybased:\n    fields: [{ name: key }]\n    place: { headers: { X-Key: '${credential.key}', X-Other: 'OTHER' } }\n";
    for other in [
        "${client_secret}",
        "${access_token}",
        "${refresh_token}",
        "${step.x}",
        "${assertion}",
    ] {
        let errors = complaint_by(&key.replace("OTHER", other));
        assert!(errors.contains(other), "{errors}");
        assert!(
            errors.contains("auth.keybased.place.headers.X-Other"),
            "{errors}"
        );
    }
}

proptest! {
    /// Whatever stands in it, a function makes a text, and nothing breaks out.
    #[test]
    fn any_value_can_go_through_a_function(value in any::<String>()) {
        use base64::Engine as _;
        let rendered = render("${base64(${input.v})}", json!({ "v": value.clone() }), &[]).unwrap();
        let expected = base64::engine::general_purpose::STANDARD.encode(&value);
        prop_assert_eq!(rendered, Some(Value::String(expected)));
    }

    #[test]
    fn any_text_with_functions_parses_or_is_refused(text in "(\\$\\{(base64|fingerprint)\\(|\\)\\}|\\$\\{input\\.a\\}|[a-z(){}|: ]{0,4}){0,8}") {
        if let Ok(template) = Template::parse(&text) {
            prop_assert_eq!(&Template::parse(&template.to_string()).unwrap(), &template);
        }
    }
}
