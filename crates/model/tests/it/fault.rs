use std::collections::BTreeSet;

use trunnel_model::fault::FaultCode;

/// Whoever meets a code finds what to do about it, and no page outlives its code.
#[test]
fn every_code_has_its_line_in_the_documentation() {
    let page = include_str!("../../../../docs/faults.md");
    let documented: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter(|word| word.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .collect();
    let known: BTreeSet<&str> = FaultCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(documented, known);
}
