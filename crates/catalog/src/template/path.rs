//! Paths with placeholders, below a connector's base URL.

use url::Url;

use super::url::{
    check_literals, check_no_secret, has_dot_segment, parse_same_origin, render_path, sample,
};
use super::{Part, Reference, Scope, Template};
use crate::fault::BuildFault;

/// A path below a base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathTemplate {
    template: Template,
}

impl PathTemplate {
    /// # Errors
    /// In plain words, when the text is no path.
    pub fn parse(text: &str) -> Result<Self, String> {
        let template = Template::parse(text)?;
        for parts in template.alternatives() {
            if !matches!(parts.first(), Some(Part::Text(text)) if text.starts_with('/')) {
                return Err("a path begins with `/`, as in `/contacts/${input.id}`".to_owned());
            }
            check_literals(parts.iter())?;
            check_no_secret(parts.iter())?;
            let path = sample(parts);
            if path.contains('?') {
                return Err("a path has no `?`; write the query under `query`".to_owned());
            }
            if has_dot_segment(&path) || path.contains("//") {
                return Err("a path has no empty, `.` or `..` segments".to_owned());
            }
        }
        Ok(Self { template })
    }

    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.template.references()
    }

    /// The path below `base`.
    pub fn render(&self, base: &Url, scope: &Scope<'_>) -> Result<Url, BuildFault> {
        let alternatives = self.template.alternatives();
        let Some(parts) = alternatives.iter().find(|parts| scope.has_all(parts)) else {
            return Err(scope.absent(alternatives.iter()));
        };
        let path = render_path(parts, scope)?;
        below(base, &path)
    }
}

pub(crate) fn below(base: &Url, path: &str) -> Result<Url, BuildFault> {
    let base = base.as_str().trim_end_matches('/');
    parse_same_origin(base, &format!("{base}{path}"))
}
