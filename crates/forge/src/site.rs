//! A provider's own site, from the hosts of its API.

use std::collections::BTreeMap;

use crate::option::host;

/// Second-level registries that occur among the hosts.
const REGISTRIES: [&str; 9] = ["co", "com", "org", "net", "gov", "ac", "or", "ne", "edu"];

/// The page that documents an API at one of these URLs, or the provider's site.
pub(crate) fn page(sites: &BTreeMap<String, String>, urls: &[&str]) -> Option<String> {
    let domains: Vec<String> = urls
        .iter()
        .flat_map(|url| url.split(" || "))
        .filter_map(|url| registrable(host(url)))
        .collect();
    let known = domains.iter().find_map(|domain| sites.get(domain).cloned());
    known.or_else(|| domains.first().map(|domain| format!("https://{domain}")))
}

/// `api.example.co.uk` as `example.co.uk`; nothing for a host that a value ends.
fn registrable(host: &str) -> Option<String> {
    let host = host.split(':').next().unwrap_or_default();
    let written = host.rsplit_once('}').map_or(host, |(_, end)| end);
    let labels: Vec<&str> = written
        .split('.')
        .filter(|label| !label.is_empty())
        .collect();
    if host.contains('}') && !written.starts_with('.') {
        // The first label belongs to the value before it, as in `x${field.y}z.com`.
        return from_labels(labels.get(1..).unwrap_or_default());
    }
    from_labels(&labels)
}

fn from_labels(labels: &[&str]) -> Option<String> {
    let wanted = match labels {
        [.., second, top] if top.len() == 2 && REGISTRIES.contains(second) => 3,
        _ => 2,
    };
    let start = labels.len().checked_sub(wanted)?;
    labels.get(start..).map(|own| own.join("."))
}
