//! Names and sentences for people.

use std::sync::LazyLock;

use regex::Regex;

/// What is behind a connector of a category, the most telling category first.
/// The second text follows "as well as".
const SUBJECTS: [(&str, &str, &str); 29] = [
    ("ats", "Jobs, candidates and applications", "recruiting"),
    ("banking", "Accounts, balances and transactions", "banking"),
    ("payment", "Payments, customers and payouts", "payments"),
    ("invoicing", "Invoices and who they are sent to", "invoices"),
    ("accounting", "Ledgers, invoices and expenses", "accounting"),
    (
        "erp",
        "Orders, stock and business records",
        "business records",
    ),
    ("hr", "Employees, teams and absences", "staff records"),
    ("crm", "Contacts, companies and deals", "customer relations"),
    (
        "e-commerce",
        "Products, orders and customers",
        "online sales",
    ),
    ("surveys", "Forms, surveys and their answers", "surveys"),
    ("ticketing", "Tickets and what happens to them", "tickets"),
    (
        "support",
        "Customer questions and their answers",
        "customer support",
    ),
    (
        "knowledge-base",
        "Articles and collected knowledge",
        "documentation",
    ),
    (
        "iam",
        "Users, groups and their permissions",
        "access management",
    ),
    (
        "legal",
        "Contracts, policies and compliance records",
        "legal matters",
    ),
    ("cms", "Pages, posts and other content", "content"),
    ("storage", "Files, folders and who may see them", "files"),
    ("video", "Videos, recordings and their details", "video"),
    ("design", "Designs, images and their comments", "design"),
    ("sports", "Workouts, measurements and results", "sports"),
    ("gaming", "Players, games and results", "games"),
    (
        "social",
        "Profiles, posts and their audience",
        "social media",
    ),
    ("marketing", "Campaigns, leads and audiences", "marketing"),
    (
        "communication",
        "Messages, calls and conversations",
        "communication",
    ),
    ("analytics", "Events, metrics and reports", "analytics"),
    ("search", "Search results and indexes", "search"),
    (
        "productivity",
        "Everyday work and its records",
        "daily work",
    ),
    (
        "dev-tools",
        "Projects, resources and settings",
        "development",
    ),
    ("other", "Records and operations", "other records"),
];

/// One sentence about the connector.
pub(crate) fn description(name: &str, categories: &[String]) -> String {
    let (plain, test) = match name.strip_suffix(" (Sandbox)") {
        Some(plain) => (plain, ", in its test environment"),
        None => (name, ""),
    };
    if let Some((plain, _)) = plain.split_once(" (MCP") {
        return format!("Tools of {plain} for language models, over the Model Context Protocol.");
    }
    if plain.contains("SCIM") {
        let plain = plain.replace(" (SCIM API)", "").replace(" (SCIM)", "");
        return format!("Users and groups of {plain}, provisioned over SCIM.");
    }
    let known: Vec<_> = SUBJECTS
        .iter()
        .filter(|(category, ..)| categories.iter().any(|own| own == category))
        .collect();
    match known.as_slice() {
        [] => format!("Data and operations of {plain}{test}."),
        [(_, subject, _)] => format!("{subject} in {plain}{test}."),
        [(_, subject, _), (_, _, second), ..] => {
            format!("{subject} in {plain}, as well as {second}{test}.")
        }
    }
}

/// What the name of a row says about its kind of authentication is no part of the
/// connector's name.
pub(crate) fn connector_name(row_name: &str) -> String {
    strip(row_name).0
}

/// What the name of a row says about its kind of authentication, as a label.
pub(crate) fn option_label(row_name: &str) -> Option<String> {
    let said = strip(row_name).1?;
    let lower = said.to_lowercase();
    let label = match lower.as_str() {
        "pat" => "Personal access token".to_owned(),
        "oauth" | "oauth2" | "oauth 2.0" => return None,
        "basic auth" => "User name and password".to_owned(),
        "api key" => "API key".to_owned(),
        "api token" => "API token".to_owned(),
        _ => {
            let words = lower
                .replace("oauth", "OAuth")
                .replace("jwt", "JWT")
                .replace("wsse", "WSSE");
            crate::names::capitalised(&words)
        }
    };
    Some(label)
}

/// What the names of rows say in brackets about a kind of authentication.
static KINDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\s*\(((?:user )?oauth ?2?(?:\.0)?(?: / oidc)?|api key|api token|basic auth|client credentials(?: v\d)?|personal access token|pat|jwt|password grant|plugin install|wsse)\)+",
    )
    .ok()
});

fn strip(name: &str) -> (String, Option<String>) {
    let Some(kinds) = KINDS.as_ref() else {
        return (name.to_owned(), None);
    };
    let said = kinds
        .captures(name)
        .and_then(|found| found.get(1))
        .map(|found| found.as_str().to_owned());
    let plain = kinds.replace(name, "");
    let words: Vec<&str> = plain.split_whitespace().collect();
    (words.join(" "), said)
}
