//! `Filter.N`: names that an API knows, values with `*` and `?`, and tags.

use std::collections::BTreeMap;

use super::failure::{Failure, ensure};
use super::query::Query;

/// The tags of a resource.
pub(super) type Tags = BTreeMap<String, String>;

/// The filters of one call: all of them must admit a resource, and one value of each is enough.
#[derive(Debug)]
pub(super) struct Filters(Vec<(String, Vec<String>)>);

impl Filters {
    /// Reads the filters, refusing a name that the API does not know; `tag` in `known` stands for `tag:<key>`.
    pub(super) fn read(query: &Query, known: &[&str]) -> Result<Self, Failure> {
        let mut filters = Vec::new();
        for record in query.records("Filter") {
            let name = record.required("Name")?.to_owned();
            let looked_up = if name.starts_with("tag:") { "tag" } else { name.as_str() };
            ensure(known.contains(&looked_up), "InvalidParameterValue", || format!("The filter '{name}' is invalid"))?;
            let values = record.list("Value");
            // <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Filter.html>: at most 200 values.
            ensure(values.len() <= 200, "FilterLimitExceeded", || {
                "The maximum number of filter values specified on a single call is 200".to_owned()
            })?;
            filters.push((name, values));
        }
        Ok(Self(filters))
    }

    /// Tells whether nothing is filtered.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells whether a resource passes; `values` returns what it has under a filter's name.
    pub(super) fn admit(&self, tags: &Tags, values: impl Fn(&str) -> Vec<String>) -> bool {
        self.0.iter().all(|(name, wanted)| {
            let found = match (name.strip_prefix("tag:"), name.as_str()) {
                (Some(key), _) => tags.get(key).cloned().into_iter().collect(),
                (None, "tag-key") => tags.keys().cloned().collect(),
                (None, name) => values(name),
            };
            found.iter().any(|value| wanted.iter().any(|pattern| matches(pattern, value)))
        })
    }
}

/// Matches `*` and `?`, case-sensitively.
fn matches(pattern: &str, value: &str) -> bool {
    let (pattern, value): (Vec<char>, Vec<char>) = (pattern.chars().collect(), value.chars().collect());
    let (mut at, mut from, mut star) = (0, 0, None);
    while from < value.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(&expected) if expected == '?' || expected == value[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((starred, matched)) => {
                    star = Some((starred, matched + 1));
                    at = starred + 1;
                    from = matched + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn wildcards_match_as_a_whole() {
        for (pattern, value, expected) in [
            ("s*", "sg-one", true),
            ("*one", "sg-one", true),
            ("s*-*e", "sg-one", true),
            ("sg-???", "sg-one", true),
            ("sg-??", "sg-one", false),
            ("one", "sg-one", false),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, value), expected, "{pattern} against {value}");
        }
    }
}
