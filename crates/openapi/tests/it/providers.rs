//! Documents that real providers publish, as npm packages carry them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use trunnel_catalog::lint::lint;
use trunnel_openapi::{Imported, Options, import};

use crate::support::compile;

const GITHUB: &str = "@octokit/openapi/generated/api.github.com.json";

/// What `package-lock.json` says, where it is not there yet.
fn folder() -> &'static Path {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/openapi");
        if !folder.join("node_modules").exists() {
            let mut npm = Command::new("npm");
            npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
            let output = npm.current_dir(&folder).output().expect("npm is installed");
            assert!(output.status.success(), "{output:?}");
            drop_unread(&folder.join("node_modules"));
        }
        folder.join("node_modules")
    })
}

/// Of nearly 400 MB of editions of one document, the one that is read stays.
fn drop_unread(modules: &Path) {
    let editions = modules.join(GITHUB).with_file_name("");
    for edition in std::fs::read_dir(editions).unwrap() {
        let edition = edition.unwrap().path();
        if edition != modules.join(GITHUB) {
            std::fs::remove_file(edition).unwrap();
        }
    }
}

fn text(file: &str) -> String {
    std::fs::read_to_string(folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn tree(text: &str) -> Value {
    match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(tree) => tree,
        Err(_) => serde_saphyr::from_str(text).unwrap(),
    }
}

/// Operations as a reader of the document would count them.
fn operations(tree: &Value) -> usize {
    const METHODS: [&str; 6] = ["get", "put", "post", "delete", "patch", "head"];
    let paths = tree["paths"].as_object().unwrap().values();
    paths
        .map(|item| {
            METHODS
                .iter()
                .filter(|method| item.get(**method).is_some())
                .count()
        })
        .sum()
}

fn import_text(text: &str) -> Imported {
    let options = Options {
        slug: "provider".to_owned(),
        source_url: Some("https://provider.example/openapi.json".parse().unwrap()),
        ..Options::default()
    };
    import(text, &options).unwrap()
}

/// Imports the document, has the catalogue compile everything that comes of it,
/// and compares with what is known of the document.
fn provider(file: &str, imported: usize, skipped: &[&str]) -> Imported {
    let text = text(file);
    let result = import_text(&text);
    let told = result.report.skipped.iter();
    let told: Vec<String> = told
        .map(|s| format!("{}: {}", s.operation, s.reason))
        .collect();
    assert_eq!(told, skipped, "{file}");
    assert_eq!(result.report.imported, imported, "{file}");
    assert_eq!(imported + skipped.len(), operations(&tree(&text)), "{file}");
    let catalog = compile(&result);
    let findings: Vec<String> = lint(&catalog).iter().map(ToString::to_string).collect();
    let plain_http = result.connector["base_url"]
        .as_str()
        .unwrap()
        .starts_with("http://");
    assert_eq!(
        findings.len(),
        usize::from(plain_http),
        "{file}: {findings:?}"
    );
    result
}

fn action<'a>(imported: &'a Imported, id: &str) -> &'a Value {
    let found = imported.actions.iter().find(|(other, _)| other == id);
    &found.unwrap_or_else(|| panic!("no action `{id}`")).1
}

fn auth_ids(imported: &Imported) -> Vec<&str> {
    imported.connector["auth"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn github_of_octokit_openapi() {
    let asset = "POST /repos/{owner}/{repo}/releases/{release_id}/assets: its body is \
                 application/octet-stream, and only JSON, forms and texts can be sent";
    let github = provider(GITHUB, 1222, &[asset]);
    assert_eq!(github.report.notes, [""; 0]);
    assert_eq!(github.connector["base_url"], "https://api.github.com");
    let create = action(&github, "issues_create");
    assert_eq!(
        create["request"]["path"],
        "/repos/${input.owner}/${input.repo}/issues"
    );
    assert_eq!(create["request"]["body"]["title"], "${input.title}");
    assert_eq!(
        create["input"]["required"],
        serde_json::json!(["owner", "repo", "title"])
    );
    assert_eq!(
        create["output"]["properties"]["user"]["properties"]["login"]["type"],
        "string"
    );
    let raw = action(&github, "markdown_render_raw");
    assert_eq!(raw["request"]["headers"]["Content-Type"], "text/plain");
}

#[test]
fn figma_of_figma_rest_api_spec() {
    let figma = provider("@figma/rest-api-spec/openapi/openapi.yaml", 54, &[]);
    assert_eq!(auth_ids(&figma), ["keybased", "oauth2", "org_oauth2"]);
    let scopes = &figma.connector["auth"]["oauth2"]["scopes"];
    assert_eq!(scopes["mandatory"], serde_json::json!([]));
    assert!(scopes["optional"].as_array().unwrap().len() > 15);
    // 3.1 in YAML: `anyOf` with `null`, and nodes within nodes.
    let document = &action(&figma, "get_file")["output"]["properties"]["document"];
    assert_eq!(
        document["properties"]["children"]["items"],
        serde_json::json!({ "type": "object" })
    );
}

#[test]
fn directus_of_directus_specs() {
    let skipped = ["", "/{collection}"].map(|path| {
        format!(
            "POST /utils/import{path}: its body is multipart/form-data, and only JSON, forms and \
             texts can be sent"
        )
    });
    let skipped: Vec<&str> = skipped.iter().map(String::as_str).collect();
    let directus = provider("@directus/specs/dist/openapi.json", 134, &skipped);
    assert_eq!(auth_ids(&directus), ["keybased", "key_auth"]);
    // Folders have parents, which are folders.
    let folder = &action(&directus, "update_flow")["input"]["properties"]["folder"]["anyOf"];
    let parent = &folder[1]["properties"]["parent"]["anyOf"];
    assert_eq!(parent[0]["type"], "string");
    assert_eq!(parent[1], serde_json::json!({ "type": "object" }));
    // The path's `id` and the body's.
    let flow = &action(&directus, "update_flow")["request"];
    assert_eq!(flow["path"], "/flows/${input.id}");
    assert_eq!(flow["body"]["id"], "${input.body_id}");
}

#[test]
fn blockfrost_of_blockfrost_openapi() {
    let blockfrost = provider(
        "@blockfrost/openapi/openapi.yaml",
        126,
        &[
            "POST /tx/submit: its body is application/cbor, and only JSON, forms and texts can be \
             sent",
            "POST /utils/txs/evaluate: its body is application/cbor, and only JSON, forms and texts \
             can be sent",
            "POST /ipfs/add: its body is multipart/form-data, and only JSON, forms and texts can be \
             sent",
        ],
    );
    // Only one of its operations has an id.
    let block = action(&blockfrost, "get_blocks_hash_or_number");
    assert_eq!(block["request"]["path"], "/blocks/${input.hash_or_number}");
    let place = &blockfrost.connector["auth"]["keybased"]["place"]["headers"];
    assert_eq!(place["project_id"], "${credential.api_key}");
    let notes = ["the document names 3 more servers; calls go to \
                  `https://cardano-mainnet.blockfrost.io/api/v0`"];
    assert_eq!(blockfrost.report.notes, notes);
}

#[test]
fn ideal_postcodes_in_json_and_yaml() {
    let json = provider("@ideal-postcodes/openapi/dist/openapi.json", 31, &[]);
    let yaml = provider("@ideal-postcodes/openapi/dist/openapi.yaml", 31, &[]);
    assert_eq!(json, yaml);
    assert_eq!(
        json.connector["base_url"],
        "https://api.ideal-postcodes.co.uk/v1"
    );
}

#[test]
fn dialogporten_of_digdir() {
    // Begins with a byte order mark.
    let dialogs = provider("@digdir/dialogporten-schema/swagger.verified.json", 29, &[]);
    let place = &dialogs.connector["auth"]["keybased"]["place"]["headers"];
    assert_eq!(place["Authorization"], "Bearer ${credential.token}");
}

#[test]
fn shipengine_of_shipengine_openapi() {
    let shipengine = provider("shipengine-openapi/openapi.yaml", 76, &[]);
    let label = action(&shipengine, "create_label");
    assert_eq!(label["request"]["body"]["shipment"], "${input.shipment}");
    let shipment = &label["input"]["properties"]["shipment"]["properties"];
    assert_eq!(shipment["ship_to"]["properties"]["name"]["type"], "string");
    let place = &shipengine.connector["auth"]["keybased"]["place"]["headers"];
    assert_eq!(place["API-Key"], "${credential.api_key}");
}

#[test]
fn rclone_of_rclone_openapi() {
    let upload = "POST /operations/uploadfile: its body is multipart/form-data, and only JSON, \
                  forms and texts can be sent";
    let rclone = provider("rclone-openapi/openapi.yaml", 100, &[upload]);
    let notes = &rclone.report.notes;
    assert!(notes[0].contains("are not encrypted"), "{notes:?}");
    assert!(
        notes
            .iter()
            .skip(1)
            .all(|note| note.contains("left out") || note.contains("not list"))
    );
}

#[test]
fn importing_again_changes_nothing() {
    let text = text("@directus/specs/dist/openapi.json");
    assert_eq!(import_text(&text), import_text(&text));
    // A document that is written in another order has the same ids.
    let mut tree = tree(&text);
    let Some(Value::Object(paths)) = tree.get_mut("paths") else {
        panic!("paths");
    };
    *paths = std::mem::take(paths).into_iter().rev().collect();
    let sorted = |imported: Imported| {
        let mut actions = imported.actions;
        actions.sort_by(|(a, _), (b, _)| a.cmp(b));
        actions
    };
    assert_eq!(
        sorted(import_text(&text)),
        sorted(import_text(&tree.to_string()))
    );
}
