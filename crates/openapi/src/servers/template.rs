//! The address of one server, its variables as placeholders.

use serde_json::{Map, Value, json};
use url::Url;

use super::Fields;
use crate::names::{label, literal, placeholder, shorten};

/// More alternatives of one address than these are not written out.
const MOST_OPTIONAL: usize = 2;

/// What stands for a variable.
enum Stand {
    Text(String),
    /// A field, and what to write where nobody gave it.
    Field(String, Option<String>),
}

/// The template of a server that can be called; its fields are added.
pub(super) fn template(
    server: &Value,
    source: Option<&Url>,
    fields: &mut Fields,
    only_secure: bool,
) -> Option<String> {
    let url = server.get("url").and_then(Value::as_str)?.trim();
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let variables = server.get("variables").and_then(Value::as_object);
    let absolute = absolute(url, source)?;
    let mut parts: Vec<Stand> = Vec::new();
    let mut asked = Fields::default();
    let mut rest = absolute.as_str();
    let mut so_far = String::new();
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        if before.ends_with('$') {
            return None;
        }
        so_far.push_str(before);
        parts.push(Stand::Text(literal(before)?));
        let node = variables.and_then(|variables| variables.get(name));
        let place = Place::of(&so_far, after);
        let variable = Variable::new(node.unwrap_or(&Value::Null), place);
        parts.push(stand(name, &variable, &mut asked));
        // A whole address in front is as good as a written one.
        so_far.push_str(if place == Place::Origin {
            "https://x"
        } else {
            "x"
        });
        rest = after;
    }
    parts.push(Stand::Text(literal(rest)?));
    let template = write(&mut parts, &mut asked);
    let sample = sample(&template)?;
    if only_secure && sample.scheme() != "https" {
        return None;
    }
    for (name, field) in asked.entries {
        fields.add(&name, field);
    }
    Some(template)
}

/// Against the address of the document, where it is not whole.
fn absolute(url: &str, source: Option<&Url>) -> Option<String> {
    if url.starts_with('{') || url.contains("://") {
        return Some(url.trim_end_matches('/').to_owned());
    }
    // A URL parser would encode the braces.
    let marked = url.replace('{', "zvaropen").replace('}', "zvarclose");
    let joined = source?.join(&marked).ok()?;
    let text = joined
        .as_str()
        .replace("zvaropen", "{")
        .replace("zvarclose", "}");
    Some(text.trim_end_matches('/').to_owned())
}

/// One variable of a server, and where in the address it stands.
struct Variable<'a> {
    node: &'a Value,
    default: Option<String>,
    options: Vec<String>,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The field is the whole beginning, up to the path.
    Origin,
    Scheme,
    Host,
    Port,
    Path,
}

impl Place {
    fn of(before: &str, after: &str) -> Self {
        match before.split_once("://") {
            None if before.is_empty() && after.starts_with("://") => Self::Scheme,
            None if before.is_empty() => Self::Origin,
            Some((_, rest)) if !rest.contains('/') && rest.ends_with(':') => Self::Port,
            Some((_, rest)) if !rest.contains('/') => Self::Host,
            _ => Self::Path,
        }
    }
}

impl<'a> Variable<'a> {
    fn new(node: &'a Value, place: Place) -> Self {
        let options = node.get("enum").and_then(Value::as_array);
        let options = options.into_iter().flatten();
        Self {
            node,
            default: text(node.get("default")),
            options: options.filter_map(|value| text(Some(value))).collect(),
            place,
        }
    }

    /// The value where there is no choice, or none that a customer could make.
    fn fixed(&self) -> Option<&str> {
        let first = self.default.as_ref().or(self.options.first());
        let first = first.map(String::as_str);
        if self.place == Place::Scheme {
            let mut values = self.options.iter().chain(&self.default);
            let plain = first.is_some() && values.all(|value| value != "https");
            return Some(if plain { "http" } else { "https" });
        }
        if let [only] = self.options.as_slice() {
            return Some(only);
        }
        let mut values = self.options.iter().chain(&self.default);
        let unfit = match self.place {
            Place::Port => true,
            Place::Host => values.any(|value| !is_host(value)),
            Place::Path => values.any(|value| value.is_empty() || value.contains('/')),
            Place::Origin | Place::Scheme => false,
        };
        first.filter(|_| unfit)
    }
}

fn is_host(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
    !text.is_empty() && text.bytes().all(fits)
}

fn stand(name: &str, variable: &Variable<'_>, asked: &mut Fields) -> Stand {
    if let Some(fixed) = variable.fixed() {
        return Stand::Text(literal(fixed).unwrap_or_default());
    }
    let field = field_name(name);
    let mut form = field_form(&field, name, variable);
    let has_options = !variable.options.is_empty();
    let default = variable.default.clone();
    // Whose host it is must be said: a default is an example of it.
    let default = default.filter(|_| variable.place == Place::Path && !has_options);
    if default.is_some() {
        form.insert("required".to_owned(), json!(false));
    } else if variable.place == Place::Host && !has_options {
        form.insert("pattern".to_owned(), json!("^[A-Za-z0-9.-]+$"));
    }
    asked.add(&field, Value::Object(form));
    Stand::Field(field, default)
}

/// Names that end like those of credentials are left to these.
fn field_name(variable: &str) -> String {
    const CREDENTIALS: [&str; 7] = [
        "api_key",
        "client_id",
        "client_secret",
        "password",
        "scope",
        "token",
        "username",
    ];
    let name = placeholder(variable);
    if CREDENTIALS.iter().any(|end| name.ends_with(end)) {
        name + "_of_server"
    } else {
        name
    }
}

fn field_form(field: &str, name: &str, variable: &Variable<'_>) -> Map<String, Value> {
    let mut form = Map::new();
    form.insert("name".to_owned(), json!(field));
    form.insert("label".to_owned(), json!(label(name)));
    if let Some(help) = variable.node.get("description").and_then(Value::as_str) {
        form.insert("help".to_owned(), json!(shorten(help, 300)));
    }
    if let Some(default) = &variable.default {
        form.insert("example".to_owned(), json!(default));
    }
    if !variable.options.is_empty() {
        // What most need is what the form offers first.
        let mut options: Vec<&String> = variable.options.iter().collect();
        options.sort_by_key(|option| Some(*option) != variable.default.as_ref());
        form.insert("options".to_owned(), json!(options));
    }
    form
}

/// Every way of leaving out the fields that need not be given, the fullest first.
fn write(parts: &mut [Stand], asked: &mut Fields) -> String {
    let is_optional = |part: &Stand| matches!(part, Stand::Field(_, Some(_)));
    if parts.iter().filter(|part| is_optional(part)).count() > MOST_OPTIONAL {
        for part in parts.iter_mut() {
            if let Stand::Field(_, default) = part {
                *default = None;
            }
        }
        for (_, field) in &mut asked.entries {
            if let Value::Object(form) = field {
                form.remove("required");
            }
        }
    }
    let mut alternatives = vec![String::new()];
    for part in parts.iter() {
        alternatives = match part {
            Stand::Text(text) => alternatives.iter().map(|a| format!("{a}{text}")).collect(),
            Stand::Field(name, default) => {
                let with = alternatives.iter().map(|a| format!("{a}${{field.{name}}}"));
                let mut all: Vec<String> = with.collect();
                let default = default.as_deref().and_then(literal);
                all.extend(
                    alternatives
                        .iter()
                        .filter_map(|a| Some(format!("{a}{}", default.as_deref()?))),
                );
                all
            }
        };
    }
    // The one with the most fields is the one that says most.
    alternatives.sort_by_key(|a| std::cmp::Reverse(a.matches("${field.").count()));
    alternatives.dedup();
    alternatives.join(" || ")
}

/// The template as an address, if it can be one.
fn sample(template: &str) -> Option<Url> {
    let mut url = None;
    for alternative in template.split(" || ") {
        let mut text = String::new();
        let mut rest = alternative;
        while let Some((before, after)) = rest.split_once("${field.") {
            text.push_str(before);
            rest = after.split_once('}')?.1;
            if !text.is_empty() {
                text.push('x');
            } else if rest.is_empty() || rest.starts_with('/') {
                text.push_str("https://x.example");
            } else {
                return None;
            }
        }
        text.push_str(rest);
        let parsed = Url::parse(&text).ok()?;
        let plain = matches!(parsed.scheme(), "http" | "https")
            && (text.starts_with("http://") || text.starts_with("https://"))
            && parsed.has_host()
            && parsed.username().is_empty()
            && parsed.password().is_none()
            && !text.contains(|c: char| {
                c.is_whitespace() || c.is_control() || matches!(c, '\\' | '{' | '}' | '%')
            });
        if !plain {
            return None;
        }
        url = url.or(Some(parsed));
    }
    url
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
