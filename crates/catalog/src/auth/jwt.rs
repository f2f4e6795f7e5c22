//! JSON Web Tokens that are made here: assertions, and tokens of one call.

use serde_json::{Map, Value};
use trunnel_model::secret::Secret;

use crate::fault::BuildFault;
use crate::option::{AuthOption, JwtTemplate, TokenSource};
use crate::template::Scope;
use crate::template::json::JsonTemplate;

/// The template of an option whose token is made here.
pub(crate) fn template_of(option: &AuthOption) -> Option<&JwtTemplate> {
    match &option.keys()?.token {
        TokenSource::Signed(template) => Some(template),
        TokenSource::None | TokenSource::Exchange(_) => None,
    }
}

/// A token with these claims and with `iat`, `exp` and `jti`, unless the file says
/// otherwise.
pub(crate) fn sign(template: &JwtTemplate, scope: &Scope<'_>) -> Result<Secret, BuildFault> {
    let moment = scope.moment.ok_or_else(|| BuildFault::Absent {
        name: "now".to_owned(),
    })?;
    let now = moment.now.as_seconds();
    let mut claims = render(&template.claims, scope)?;
    let own = [
        ("iat", Value::from(now)),
        ("exp", Value::from(now.saturating_add(template.lifetime))),
        ("jti", Value::from(moment.random)),
    ];
    for (name, value) in own {
        claims.entry(name).or_insert(value);
    }
    let header = render(&template.header, scope)?;
    let key = Secret::new(scope.needed(&template.key)?);
    crate::sign::jwt(template, &header, &claims, &key)
}

fn render(
    members: &[(String, JsonTemplate)],
    scope: &Scope<'_>,
) -> Result<Map<String, Value>, BuildFault> {
    let mut rendered = Map::new();
    for (name, template) in members {
        rendered.extend(template.render(scope)?.map(|value| (name.clone(), value)));
    }
    Ok(rendered)
}
