//! Every operation of the document, and what each is called for good.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::Skipped;
use crate::names;
use crate::refs::Refs;

/// More than any provider has.
const MOST: usize = 5000;
const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "patch", "head", "options", "trace",
];

pub(crate) struct Operation<'d> {
    pub id: String,
    /// Upper case.
    pub method: String,
    pub path: &'d str,
    pub item: &'d Value,
    pub node: &'d Value,
}

impl Operation<'_> {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        let text = self.node.get(key).and_then(Value::as_str).map(str::trim);
        text.filter(|text| !text.is_empty())
    }
}

/// In the order of the document; ids depend on nothing but the operation, unless
/// two ask for the same.
pub(crate) fn all<'d>(
    paths: &'d Map<String, Value>,
    refs: &Refs<'d>,
    skipped: &mut Vec<Skipped>,
) -> Vec<Operation<'d>> {
    let mut found = Vec::new();
    let mut too_many = 0_usize;
    for (path, item) in paths.iter().filter(|(path, _)| !path.starts_with("x-")) {
        let item = match refs.target(item) {
            Ok(item) => item,
            Err(fault) => {
                skipped.push(Skipped::new(path, format!("its description: {fault}")));
                continue;
            }
        };
        for method in METHODS {
            let Some(node) = item.get(method).filter(|node| node.is_object()) else {
                continue;
            };
            let method = method.to_ascii_uppercase();
            let operation = Operation {
                id: String::new(),
                method,
                path,
                item,
                node,
            };
            if found.len() >= MOST {
                too_many += 1;
            } else {
                found.push(operation);
            }
        }
    }
    if too_many > 0 {
        let reason = format!("only the first {MOST} operations are imported");
        skipped.push(Skipped::new(&format!("{too_many} more operations"), reason));
    }
    name(&mut found);
    found
}

/// Of several operations with one id, the first in the order of paths has it
/// plainly; the others have a mark of their own path behind it.
fn name(operations: &mut [Operation<'_>]) {
    let mut order: Vec<&mut Operation<'_>> = operations.iter_mut().collect();
    order.sort_by(|a, b| (a.path, &a.method).cmp(&(b.path, &b.method)));
    let mut taken: HashSet<String> = HashSet::new();
    for operation in order {
        let own = operation.text("operationId").and_then(names::id);
        let place = if operation.path == "/" {
            "root"
        } else {
            operation.path
        };
        let by_path = || names::id(&format!("{} {place}", operation.method));
        let wanted = own
            .or_else(by_path)
            .unwrap_or_else(|| "operation".to_owned());
        let id = if taken.contains(&wanted) {
            let marked = format!("{wanted}_{}", names::mark(&operation.name()));
            names::unique(&marked, |id| taken.contains(id))
        } else {
            wanted
        };
        taken.insert(id.clone());
        operation.id = id;
    }
}
