//! What a script may not even consist of.

use crate::fault::ScriptFault;

/// The longest script, in bytes.
const LONGEST: usize = 64 * 1024;

pub(crate) fn check(script: &str) -> Result<(), ScriptFault> {
    let thrown = |message: String, line: Option<u32>| Err(ScriptFault::Thrown { message, line });
    if script.len() > LONGEST {
        return thrown(format!("a script has at most {LONGEST} bytes"), None);
    }
    for (line, text) in (1..).zip(script.lines()) {
        if let Some(literal) = big_integer(text) {
            let message = format!("there are no big integers such as `{literal}`");
            return thrown(message, Some(line));
        }
    }
    Ok(())
}

/// A literal such as `10n`. To write out the number that is made of a few of them can
/// take the engine minutes, in which nothing can interrupt it. One in a string is found
/// as well: better that than to be talked out of finding one.
fn big_integer(line: &str) -> Option<&str> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let mut words = line.split(|c: char| !is_word(c));
    words.find(|word| {
        let number = word.strip_suffix('n').unwrap_or_default();
        let digits = ["0x", "0X", "0o", "0O", "0b", "0B"]
            .iter()
            .find_map(|prefix| number.strip_prefix(prefix));
        let starts = number.starts_with(|c: char| c.is_ascii_digit());
        let is_digit = |c: char| c.is_ascii_hexdigit() || c == '_';
        starts && digits.unwrap_or(number).chars().all(is_digit)
    })
}
