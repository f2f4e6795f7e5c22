//! From the document's schemas to JSON Schema 2020-12 that stands alone.
//!
//! References are written out, because a form is made of what is there. So that a
//! schema cannot grow without end, every conversion has a budget, a depth, and a
//! stack of what it is inside of.

mod gather;
mod keywords;
mod types;

use serde_json::{Map, Value, json};

pub(crate) use gather::Merged;
pub(crate) use keywords::{drop_patterns, is_small};

use crate::refs::{RefFault, Refs};
use types::Types;

/// Levels of anything, so that no document can exhaust the stack.
const DEEPEST_NEST: usize = 40;
/// What a schema may cost when the document has spent all it was allowed.
const LEAST_BUDGET: usize = 100;
/// A choice among more is left open.
const MOST_ALTERNATIVES: usize = 30;

/// Whose values the schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The caller's: what is wrong is refused.
    Input,
    /// The provider's: a description, which asks for nothing.
    Output,
}

impl Direction {
    /// Levels of properties.
    fn deepest(self) -> usize {
        match self {
            Self::Input => 7,
            Self::Output => 2,
        }
    }

    fn budget(self) -> usize {
        match self {
            Self::Input => 4000,
            Self::Output => 600,
        }
    }

    fn hidden(self) -> &'static str {
        match self {
            Self::Input => "readOnly",
            Self::Output => "writeOnly",
        }
    }
}

/// Converts the schemas of one operation.
pub(crate) struct Converter<'d, 'r> {
    refs: &'r Refs<'d>,
    direction: Direction,
    budget: usize,
    /// What was entered through a `$ref` and not yet left.
    stack: Vec<&'d Value>,
    nest: usize,
}

impl<'d, 'r> Converter<'d, 'r> {
    pub(crate) fn new(refs: &'r Refs<'d>, direction: Direction) -> Self {
        Self {
            refs,
            direction,
            budget: direction.budget().min(refs.allowance().max(LEAST_BUDGET)),
            stack: Vec::new(),
            nest: 0,
        }
    }

    fn spend(&mut self, cost: usize) -> bool {
        let enough = self.budget >= cost;
        self.budget = self.budget.saturating_sub(cost);
        self.refs.spend(cost);
        enough
    }

    /// What all the schemas together ask for; nothing when the property is the
    /// other side's alone.
    pub(crate) fn convert(
        &mut self,
        schemas: &[&'d Value],
        depth: usize,
    ) -> Result<Option<Map<String, Value>>, RefFault> {
        let merged = self.gather(schemas)?;
        if merged.is_true(self.direction.hidden()) {
            return Ok(None);
        }
        self.within(&merged, |this| this.emit(&merged, depth))
            .map(Some)
    }

    /// Does something inside of what was gathered.
    pub(crate) fn within<T>(
        &mut self,
        merged: &Merged<'d>,
        does: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.stack.len();
        self.stack.extend_from_slice(&merged.entered);
        self.nest += 1;
        let done = does(self);
        self.nest -= 1;
        self.stack.truncate(before);
        done
    }

    fn emit(&mut self, merged: &Merged<'d>, depth: usize) -> Result<Map<String, Value>, RefFault> {
        let mut out = Map::new();
        let mut types = Types::of(merged);
        keywords::texts(merged, depth, &mut out);
        if let Some(circle) = merged.circle.filter(|_| types.is_open()) {
            types = Types::of_circle(circle);
        }
        keywords::values(merged, &types, &mut out);
        let goes_on = self.nest < DEEPEST_NEST && self.budget > 0;
        if goes_on {
            self.alternatives(merged, depth, &mut types, &mut out)?;
        }
        if goes_on && depth < self.direction.deepest() {
            self.members(merged, depth, &mut out)?;
        }
        if goes_on && !merged.items.is_empty() {
            let items = self.convert(&merged.items, depth)?;
            out.insert("items".to_owned(), Value::Object(items.unwrap_or_default()));
        }
        if self.direction == Direction::Input {
            keywords::limits(merged, &mut out);
        }
        types.write(&mut out);
        Ok(out)
    }

    fn members(
        &mut self,
        merged: &Merged<'d>,
        depth: usize,
        out: &mut Map<String, Value>,
    ) -> Result<(), RefFault> {
        let mut members = Map::new();
        let mut hidden = Vec::new();
        for (name, schemas) in &merged.properties {
            match self.convert(schemas, depth + 1)? {
                Some(member) => {
                    members.insert((*name).to_owned(), Value::Object(member));
                }
                None => hidden.push(*name),
            }
        }
        let is_closed = hidden.is_empty() && is_closed(merged);
        if !members.is_empty() {
            out.insert("properties".to_owned(), Value::Object(members));
        }
        if self.direction == Direction::Output {
            return Ok(());
        }
        let mut required: Vec<&str> = Vec::new();
        for name in &merged.required {
            if !hidden.contains(name) && !required.contains(name) {
                required.push(name);
            }
        }
        if !required.is_empty() {
            out.insert("required".to_owned(), json!(required));
        }
        match merged.additional.as_slice() {
            [Value::Bool(false)] if is_closed => {
                out.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            [schema @ Value::Object(members)] if !members.is_empty() => {
                let schema = self.convert(&[schema], depth + 1)?.unwrap_or_default();
                out.insert("additionalProperties".to_owned(), Value::Object(schema));
            }
            _ => {}
        }
        Ok(())
    }

    /// `oneOf` becomes `anyOf`: what was left out of the variants may be what told
    /// them apart.
    fn alternatives(
        &mut self,
        merged: &Merged<'d>,
        depth: usize,
        types: &mut Types,
        out: &mut Map<String, Value>,
    ) -> Result<(), RefFault> {
        let mut groups = Vec::new();
        for group in &merged.alternatives {
            let mut variants: Vec<Map<String, Value>> = Vec::new();
            let is_open = group.len() > MOST_ALTERNATIVES;
            for variant in group.iter().filter(|_| !is_open) {
                let variant = self.convert(&[variant], depth)?.unwrap_or_default();
                if types::is_null(&variant) {
                    types.allow_null();
                } else if keywords::says_something(&variant) && !variants.contains(&variant) {
                    variants.push(variant);
                }
            }
            match variants.as_mut_slice() {
                [] => {}
                [one] => types.take(std::mem::take(one), out),
                _ => groups.push(json!({ "anyOf": variants })),
            }
        }
        match groups.as_mut_slice() {
            [] => {}
            [Value::Object(one)] => out.append(one),
            _ => {
                out.insert("allOf".to_owned(), Value::Array(groups));
            }
        }
        Ok(())
    }
}

/// Whether no member but the listed ones may be given. Of several schemas that
/// hold together, none knows the members of the others.
fn is_closed(merged: &Merged<'_>) -> bool {
    let describing = merged
        .parts
        .iter()
        .filter(|part| part.contains_key("properties"));
    describing.count() <= 1
        && merged.alternatives.is_empty()
        && merged.circle.is_none()
        && merged.get("patternProperties").is_none()
}
