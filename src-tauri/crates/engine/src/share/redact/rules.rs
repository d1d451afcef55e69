//! What is to be taken out of an export.

use std::fmt;
use std::str::FromStr;

use super::scan::Wanted;

/// Rules of redaction, written as a list with commas: `secrets`, `emails`, `structure`, `attribute:KEY`; or `none`.
///
/// A `*` at the end of a key stands for any letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    secrets: bool,
    emails: bool,
    structure: bool,
    attributes: Vec<String>,
}

/// Says that a text is no list of rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no rule of redaction; there are secrets, emails, structure and attribute:KEY, divided by commas, and none"
)]
pub struct NotARule(String);

impl FromStr for Rules {
    type Err = NotARule;

    fn from_str(text: &str) -> Result<Self, NotARule> {
        let mut rules = Self::default();
        for rule in text.split(',').map(str::trim).filter(|rule| !rule.is_empty()) {
            match (rule, rule.split_once(':')) {
                ("secrets", _) => rules.secrets = true,
                ("emails", _) => rules.emails = true,
                ("structure", _) => rules.structure = true,
                ("none", _) => {}
                (_, Some(("attribute", key))) if !key.trim().is_empty() => rules.attributes.push(key.trim().to_owned()),
                _ => return Err(NotARule(rule.to_owned())),
            }
        }
        Ok(rules)
    }
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [("secrets", self.secrets), ("emails", self.emails), ("structure", self.structure)];
        let words = words.into_iter().filter(|(_, is_on)| *is_on).map(|(word, _)| word.to_owned());
        let keys = self.attributes.iter().map(|key| format!("attribute:{key}"));
        let all: Vec<String> = words.chain(keys).collect();
        f.write_str(if all.is_empty() { "none" } else { "" })?;
        f.write_str(&all.join(","))
    }
}

impl Rules {
    /// Says whether nothing is taken out.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn wanted(&self) -> Wanted<'static> {
        Wanted { secrets: self.secrets, emails: self.emails, known: None }
    }

    pub(super) fn structure(&self) -> bool {
        self.structure
    }

    /// Says whether the value of this name was chosen.
    pub(super) fn chooses(&self, name: &str) -> bool {
        self.attributes.iter().any(|chosen| match chosen.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == chosen,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_are_written() {
        for text in ["none", "secrets,emails", "structure", "secrets,attribute:user.id,attribute:app.*"] {
            assert_eq!(text.parse::<Rules>().unwrap().to_string(), text);
        }
        assert!("".parse::<Rules>().unwrap().is_none());
        assert!(" secrets , attribute: a.* ".parse::<Rules>().unwrap().chooses("a.b"));
        for text in ["secret", "attribute:", "attribute", "all"] {
            assert!(text.parse::<Rules>().is_err(), "{text}");
        }
    }
}
