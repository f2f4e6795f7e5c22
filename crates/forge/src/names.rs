//! Names: `clientId` in the facts is `client_id` in a file and `Client ID` on a form.

/// Words that are not written like others on a form.
const SPELLED: [(&str, &str); 27] = [
    ("id", "ID"),
    ("url", "URL"),
    ("uri", "URI"),
    ("api", "API"),
    ("uuid", "UUID"),
    ("dc", "Data centre"),
    ("pat", "Personal access token"),
    ("db", "database"),
    ("tld", "TLD"),
    ("mcp", "MCP"),
    ("scim", "SCIM"),
    ("aws", "AWS"),
    ("crm", "CRM"),
    ("oauth", "OAuth"),
    ("jwt", "JWT"),
    ("hmac", "HMAC"),
    ("dns", "DNS"),
    ("apikey", "API key"),
    ("sso", "SSO"),
    ("ip", "IP"),
    ("pem", "PEM"),
    ("saml", "SAML"),
    ("isu", "ISU"),
    ("org", "organization"),
    ("acct", "account"),
    ("hostname", "host name"),
    ("username", "user name"),
];

/// `clientId`, `APP_ID` and `team.id` as `client_id`, `app_id` and `team_id`.
pub(crate) fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (index, letter) in letters.iter().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            out.push('_');
            continue;
        }
        if letter.is_ascii_uppercase() && starts_word(&letters, index) {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out.split('_')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("_")
}

fn starts_word(letters: &[char], index: usize) -> bool {
    let before = index.checked_sub(1).and_then(|i| letters.get(i));
    let after = letters.get(index + 1);
    match before {
        Some(letter) if letter.is_ascii_lowercase() || letter.is_ascii_digit() => true,
        // The `S` of `URLScheme` begins a word, the `R` does not.
        Some(letter) if letter.is_ascii_uppercase() => after.is_some_and(char::is_ascii_lowercase),
        _ => false,
    }
}

/// The name as a label: `client_id` as `Client ID`.
pub(crate) fn label(name: &str) -> String {
    let words: Vec<&str> = name
        .split('_')
        .map(|word| {
            SPELLED
                .iter()
                .find(|(plain, _)| *plain == word)
                .map_or(word, |(_, spelled)| *spelled)
        })
        .collect();
    capitalised(&words.join(" "))
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// A header as people write it: `x-api-key` as `X-Api-Key`.
pub(crate) fn header(name: &str) -> String {
    name.split('-')
        .map(capitalised)
        .collect::<Vec<_>>()
        .join("-")
}
