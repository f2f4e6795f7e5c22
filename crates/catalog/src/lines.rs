//! On which line of a YAML text a dotted path is.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// Built only when there is something to report.
#[derive(Debug, Default)]
pub(crate) struct Lines(BTreeMap<String, u32>);

impl Lines {
    /// Nothing for a text that is not YAML.
    pub(crate) fn of(text: &str) -> Self {
        let mut lines = BTreeMap::new();
        if let Ok(tree) = serde_saphyr::from_str::<Spanned<Tree>>(text) {
            collect(&tree.value, "", &mut lines);
        }
        Self(lines)
    }

    /// The line of the path, or else of the nearest thing around it.
    pub(crate) fn line(&self, path: &str) -> Option<u32> {
        let mut path = path;
        loop {
            if let Some(line) = self.0.get(path) {
                return Some(*line);
            }
            path = &path[..path.rfind(['.', '['])?];
        }
    }

    /// The innermost path that begins on the line.
    pub(crate) fn path(&self, line: u32) -> Option<&str> {
        let on_line = self.0.iter().filter(|(_, at)| **at == line);
        on_line
            .map(|(path, _)| path.as_str())
            .max_by_key(|path| path.len())
    }
}

fn collect(tree: &Tree, path: &str, lines: &mut BTreeMap<String, u32>) {
    match tree {
        Tree::Leaf => {}
        Tree::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let path = format!("{path}[{index}]");
                lines.insert(path.clone(), line_of(item));
                collect(&item.value, &path, lines);
            }
        }
        Tree::Object(members) => {
            for (name, member) in members {
                let dot = if path.is_empty() { "" } else { "." };
                let path = format!("{path}{dot}{}", name.value);
                lines.insert(path.clone(), line_of(name));
                collect(&member.value, &path, lines);
            }
        }
    }
}

fn line_of<T>(spanned: &Spanned<T>) -> u32 {
    u32::try_from(spanned.referenced.line()).unwrap_or(0)
}

enum Tree {
    Leaf,
    List(Vec<Spanned<Tree>>),
    Object(Vec<(Spanned<String>, Spanned<Tree>)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

macro_rules! leaves {
    ($($visit:ident: $type:ty),+) => {$(
        fn $visit<E>(self, _: $type) -> Result<Tree, E> {
            Ok(Tree::Leaf)
        }
    )+};
}

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML")
    }

    leaves!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Tree::Object(members))
    }
}
