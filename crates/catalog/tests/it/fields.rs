//! What a customer gives when connecting.

use serde_json::{Value, json};
use trunnel_catalog::{
    InputFault, auth_structure, check_fields, check_key_credentials, input_fields_for,
};

use crate::data::embedded;
use crate::support::{ACTION, CONNECTOR, acme, load, object, with};

fn faults(faults: &[InputFault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn fields_are_checked_and_strangers_refused() {
    let acme = acme();
    let check = |given: Value| check_fields(&acme, acme.option("oauth2").unwrap(), &object(given));
    assert_eq!(
        check(json!({ "region": " eu " })).unwrap(),
        object(json!({ "region": "eu" }))
    );
    assert_eq!(check(json!({ "region": "" })).unwrap(), object(json!({})));
    let refused = check(json!({ "region": "EU", "hme": 1, "home": "x" })).unwrap_err();
    assert_eq!(
        faults(&refused),
        [
            "`region` must match `^[a-z.-]+$`, as in `eu`",
            "`hme` is not a field of this connector; there are: region",
            "`home` is not a field of this connector; there are: region",
        ]
    );
    assert!(check(json!({ "region": ["eu"] })).is_err());
}

#[test]
fn required_fields_and_choices() {
    let catalog = embedded();
    let zendesk = catalog.get("zendesk").unwrap();
    let refused = check_fields(
        zendesk,
        zendesk.option("oauth2").unwrap(),
        &object(json!({})),
    )
    .unwrap_err();
    assert_eq!(faults(&refused), ["`subdomain` is required"]);
    let intercom = catalog.get("intercom").unwrap();
    let refused = {
        let option = intercom.option("oauth2").unwrap();
        check_fields(intercom, option, &object(json!({ "region": "us" })))
    }
    .unwrap_err();
    assert_eq!(faults(&refused), ["`region` must be one of eu, au"]);
}

#[test]
fn a_key_and_its_fields_come_in_one_object() {
    let acme = acme();
    let given = object(json!({ "key": "k1", "seats": 5, "region": "eu" }));
    let option = acme.option("keybased").unwrap();
    let (secrets, fields) = check_key_credentials(&acme, option, &given).unwrap();
    assert_eq!(secrets["key"].expose(), "k1");
    assert_eq!(secrets["seats"].expose(), "5");
    assert_eq!(fields, object(json!({ "region": "eu" })));
    let refused = check_key_credentials(
        &acme,
        option,
        &object(json!({ "seats": "many", "x": 1, "region": "E" })),
    );
    assert_eq!(
        faults(&refused.unwrap_err()),
        [
            "`key` is required",
            "`seats` must be a number",
            "`region` must match `^[a-z.-]+$`, as in `eu`",
            "`x` is not a field of this connector; there are: key, seats, region",
        ]
    );
    // The fault does not repeat what might be a secret.
    let refused =
        check_key_credentials(&acme, option, &object(json!({ "key": "s3cr\net" }))).unwrap_err();
    assert_eq!(faults(&refused), ["`key` must not hold control characters"]);
}

#[test]
fn a_connector_without_keys_takes_none() {
    let catalog = embedded();
    let mailchimp = catalog.get("mailchimp").unwrap();
    let option = mailchimp.option("oauth2").unwrap();
    let given = object(json!({ "api_key": "x" }));
    assert!(check_key_credentials(mailchimp, option, &given).is_err());
}

#[test]
fn a_default_stands_in_for_what_is_not_given() {
    let connector = with(
        CONNECTOR,
        "      - name: seats\n",
        "      - name: plan\n        default: free\n      - name: seats\n",
    );
    let catalog = load(&connector, ACTION).unwrap();
    let acme = catalog.get("acme").unwrap();
    let (secrets, _) = check_key_credentials(
        acme,
        acme.option("keybased").unwrap(),
        &object(json!({ "key": "k" })),
    )
    .unwrap();
    assert_eq!(secrets["plan"].expose(), "free");
    assert_eq!(
        auth_structure(acme)["keybased"]["plan"]["required"],
        json!(false)
    );
}

#[test]
fn the_structure_of_a_credential_is_published() {
    let expected = json!({
        "oauth2": { "region": { "type": "string", "required": false } },
        "keybased": {
            "key": "string",
            "seats": { "type": "number", "required": false },
            "region": { "type": "string", "required": false }
        }
    });
    assert_eq!(auth_structure(&acme()), expected);
    let catalog = embedded();
    let zendesk = auth_structure(catalog.get("zendesk").unwrap());
    let expected = json!({
        "oauth2": { "subdomain": "string" },
        "keybased": { "email": "string", "api_token": "string", "subdomain": "string" }
    });
    assert_eq!(zendesk, expected);
    assert_eq!(
        auth_structure(catalog.get("canva").unwrap()),
        json!({ "oauth2": {} })
    );
}

#[test]
fn forms_show_what_is_asked_for() {
    let catalog = embedded();
    let zendesk = catalog.get("zendesk").unwrap();
    insta::assert_json_snapshot!(input_fields_for(
        zendesk,
        zendesk.option("keybased").unwrap()
    ));
    assert_eq!(
        input_fields_for(zendesk, zendesk.option("oauth2").unwrap()).len(),
        1
    );
    // Filled by the flow, so nobody is asked.
    let pipedrive = catalog.get("pipedrive").unwrap();
    assert_eq!(
        input_fields_for(pipedrive, pipedrive.option("oauth2").unwrap()),
        []
    );
}

#[test]
fn an_actions_inputs_are_a_form_too() {
    let catalog = embedded();
    let action = catalog
        .get("freshdesk")
        .unwrap()
        .action("create_ticket")
        .unwrap();
    insta::assert_json_snapshot!(action.input_fields());
    let kinds = |slug: &str, id: &str| {
        let fields = catalog
            .get(slug)
            .unwrap()
            .action(id)
            .unwrap()
            .input_fields();
        fields
            .iter()
            .map(|f| (f.name.clone(), f.kind.as_str()))
            .collect::<Vec<_>>()
    };
    let kinds = kinds("github", "httprequest");
    let expected = [
        ("method", "select"),
        ("path", "text"),
        ("query", "json"),
        ("headers", "json"),
        ("body", "json"),
    ];
    assert_eq!(kinds, expected.map(|(name, kind)| (name.to_owned(), kind)));
}

#[test]
fn an_input_is_checked_in_plain_words() {
    let catalog = embedded();
    let action = catalog
        .get("freshdesk")
        .unwrap()
        .action("create_ticket")
        .unwrap();
    let input =
        json!({ "subject": 7, "status": 2, "priority": 9, "email": "nobody", "tags": ["a", 1] });
    assert_eq!(
        faults(&action.check(&input).unwrap_err()),
        [
            "`description` is required",
            "`email` is not a valid email",
            "`priority` must be one of 1, 2, 3, 4",
            "`subject` must be a text",
            "`tags.1` must be a text",
        ]
    );
    assert_eq!(
        faults(&action.check(&json!([])).unwrap_err()),
        ["`` must be an object"]
    );
    let action = catalog
        .get("stripe")
        .unwrap()
        .action("create_payment_intent")
        .unwrap();
    let input = json!({ "amount": 0, "currency": "euro" });
    assert_eq!(
        faults(&action.check(&input).unwrap_err()),
        [
            "`amount` must be at least 1",
            "`currency` may have at most 3 characters"
        ]
    );
}
