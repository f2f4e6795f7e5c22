//! E-mail addresses, checked as far as checking makes sense.

/// An address as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Email(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address, like `ada@example.com`")]
pub(crate) struct BadEmail;

impl Email {
    pub(crate) fn parse(text: &str) -> Result<Self, BadEmail> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(BadEmail)?;
        let local_ok = (1..=64).contains(&local.len()) && local.chars().all(in_local);
        let domain_ok = domain.split('.').all(is_label);
        if text.len() > 254 || !local_ok || !domain_ok {
            return Err(BadEmail);
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }

    /// The user who owns this address: capitals make no difference.
    pub(crate) fn into_user(self) -> String {
        self.0.to_lowercase()
    }
}

fn in_local(character: char) -> bool {
    character.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn addresses_are_told_from_other_texts() {
        for good in [
            "a@b",
            " ada+x@example.com ",
            "o'neil@ex-ample.co.uk",
            "jürgen@müller.de",
        ] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        for bad in [
            "", "@", "a@", "@b", "a b@c.d", "a@b..c", "a@-b.c", "<a>@b.c", "a\0@b.c", "a@b@c",
            &long,
        ] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }
}
