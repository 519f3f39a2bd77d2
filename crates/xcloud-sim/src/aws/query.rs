//! The query protocols' form bodies: `Filter.1.Value.2=x` (EC2) and `Subnets.member.1=x` (ELBv2, STS).

use std::collections::BTreeMap;
use std::str::FromStr;

use super::failure::Failure;

/// How lists are spelled, and which code a missing parameter gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `Name.N`
    Ec2,
    /// `Name.member.N`
    Query,
}

/// The parameters of one call, or of one structure inside it.
#[derive(Debug, Clone)]
pub(super) struct Query {
    values: BTreeMap<String, String>,
    dialect: Dialect,
}

impl Query {
    /// Reads a form body.
    pub(super) fn parse(body: &[u8], dialect: Dialect) -> Self {
        Self { values: url::form_urlencoded::parse(body).into_owned().collect(), dialect }
    }

    /// Builds parameters from pairs (seeding).
    pub(super) fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>, dialect: Dialect) -> Self {
        Self { values: pairs.into_iter().collect(), dialect }
    }

    /// Returns a value as sent.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Returns a value that must be there and not empty.
    pub(super) fn required(&self, name: &str) -> Result<&str, Failure> {
        self.text(name).filter(|value| !value.is_empty()).ok_or_else(|| self.missing(name))
    }

    fn missing(&self, name: &str) -> Failure {
        match self.dialect {
            Dialect::Ec2 => Failure::new("MissingParameter", format!("The request must contain the parameter {name}")),
            Dialect::Query => Failure::new("ValidationError", format!("'{name}' must be specified")),
        }
    }

    /// Returns the refusal of a value that cannot be read.
    pub(super) fn invalid(&self, name: &str, value: &str) -> Failure {
        let code = match self.dialect {
            Dialect::Ec2 => "InvalidParameterValue",
            Dialect::Query => "ValidationError",
        };
        Failure::new(code, format!("Value ({value}) for parameter {name} is invalid"))
    }

    /// Reads `true` or `false`.
    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, Failure> {
        match self.text(name) {
            None => Ok(None),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(value) => Err(self.invalid(name, value)),
        }
    }

    /// Reads a number, an address or anything else with a text form.
    pub(super) fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, Failure> {
        self.text(name).map(|value| value.parse().map_err(|_| self.invalid(name, value))).transpose()
    }

    /// Returns the texts of a list, in order.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        (1..).map_while(|index| self.values.get(&self.item(name, index)).cloned()).collect()
    }

    /// Returns a list that must have an element.
    pub(super) fn required_list(&self, name: &str) -> Result<Vec<String>, Failure> {
        let list = self.list(name);
        if list.is_empty() { Err(self.missing(name)) } else { Ok(list) }
    }

    /// Returns the structures of a list, in order.
    pub(super) fn records(&self, name: &str) -> Vec<Self> {
        (1..).map(|index| self.record(&self.item(name, index))).take_while(|record| !record.values.is_empty()).collect()
    }

    /// Returns a structure; it is empty if nothing was sent.
    pub(super) fn record(&self, name: &str) -> Self {
        let prefix = format!("{name}.");
        let values = self
            .values
            .range(prefix.clone()..)
            .take_while(|(key, _)| key.starts_with(&prefix))
            .map(|(key, value)| (key[prefix.len()..].to_owned(), value.clone()))
            .collect();
        Self { values, dialect: self.dialect }
    }

    /// Tells whether the parameter, or a part of it, was sent.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names().any(|sent| sent == name)
    }

    /// Returns the first parts of all names: `Filter` for `Filter.1.Name`.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(|key| key.split('.').next().unwrap_or(key))
    }

    /// Returns a text that is equal for equal parameters, leaving some out.
    pub(super) fn fingerprint(&self, without: &[&str]) -> String {
        let kept = self.values.iter().filter(|(key, _)| !without.contains(&key.split('.').next().unwrap_or(key)));
        kept.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
    }

    fn item(&self, name: &str, index: usize) -> String {
        match self.dialect {
            Dialect::Ec2 => format!("{name}.{index}"),
            Dialect::Query => format!("{name}.member.{index}"),
        }
    }
}
