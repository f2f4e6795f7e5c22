//! Names for what the document calls in its own way.

/// An id is a file's name too.
const LONGEST_ID: usize = 100;

/// `listPets`, `repos/list-for-org` and `GET /pets/{id}` as `snake_case`.
pub(crate) fn snake(text: &str) -> String {
    // One word, although it is written as two.
    let letters: Vec<char> = text.replace("OAuth", "Oauth").chars().collect();
    let mut snake = String::with_capacity(letters.len());
    for (index, letter) in letters.iter().enumerate() {
        if letter.is_ascii_uppercase() && begins_word(&letters, index) {
            blank(&mut snake);
        }
        if letter.is_ascii_alphanumeric() {
            snake.push(letter.to_ascii_lowercase());
        } else if *letter != '\'' {
            blank(&mut snake);
        }
        if snake.len() > LONGEST_ID {
            break;
        }
    }
    snake.trim_end_matches('_').to_owned()
}

/// The `P` of `listPets` and the `R` of `JSONReport`, not the letters of `URL`.
fn begins_word(letters: &[char], index: usize) -> bool {
    let Some(before) = index.checked_sub(1).and_then(|index| letters.get(index)) else {
        return false;
    };
    let next = letters.get(index + 1);
    before.is_ascii_lowercase()
        || before.is_ascii_digit()
        || before.is_ascii_uppercase() && next.is_some_and(char::is_ascii_lowercase)
}

fn blank(snake: &mut String) {
    if !snake.is_empty() && !snake.ends_with('_') {
        snake.push('_');
    }
}

/// An id for a file and a URL, or nothing when no letter of the text can be in one.
pub(crate) fn id(text: &str) -> Option<String> {
    let id = snake(text);
    match id.chars().next() {
        None => None,
        Some(first) if first.is_ascii_digit() => Some(format!("op_{id}")),
        // Every connector has an action of that name already.
        Some(_) if id == "httprequest" => Some("op_httprequest".to_owned()),
        Some(_) => Some(id),
    }
}

/// A name that a placeholder can hold, as near to the document's as can be.
pub(crate) fn placeholder(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() || letter == '_' || letter == '-' {
            name.push(letter);
        } else {
            blank(&mut name);
        }
    }
    let name = if text.ends_with(['_', '-']) {
        name.as_str()
    } else {
        name.trim_end_matches('_')
    };
    if name.is_empty() {
        "value".to_owned()
    } else {
        name.to_owned()
    }
}

/// `created_after` and `createdAfter` as `Created after`, `userId` as `User ID`.
pub(crate) fn label(name: &str) -> String {
    let words = snake(name);
    let words: Vec<&str> = words.split('_').map(spelled).collect();
    let words = words.join(" ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_ascii_uppercase().to_string() + letters.as_str(),
        None => name.to_owned(),
    }
}

fn spelled(word: &str) -> &str {
    match word {
        "api" => "API",
        "http" => "HTTP",
        "id" => "ID",
        "ids" => "IDs",
        "ip" => "IP",
        "json" => "JSON",
        "jwt" => "JWT",
        "oauth" | "oauth2" => "OAuth",
        "uri" => "URI",
        "url" => "URL",
        other => other,
    }
}

/// `wanted`, or with a number behind it until nobody has the name.
pub(crate) fn unique(wanted: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2_u32;
    while is_taken(&name) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}

/// A short text that depends on nothing but `text` (FNV-1a).
pub(crate) fn mark(text: &str) -> String {
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    format!("{hash:08x}")
}

/// At most `most` characters, cut between words.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    let text = text.trim();
    let Some((end, _)) = text.char_indices().nth(most) else {
        return text.to_owned();
    };
    let cut = text.get(..end).unwrap_or_default();
    let cut = cut
        .rsplit_once(char::is_whitespace)
        .map_or(cut, |(cut, _)| cut);
    format!("{} …", cut.trim_end())
}

/// A text that a template takes as it stands, if there is a way to write it.
pub(crate) fn literal(text: &str) -> Option<String> {
    (!text.contains(" || ")).then(|| text.replace("${", "$${"))
}
