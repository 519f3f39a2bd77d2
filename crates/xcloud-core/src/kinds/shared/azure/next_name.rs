//! What the new form of a rule is called while the old one stands, and of which rule such a name is.

use std::collections::BTreeSet;

/// Azure's limit of a name, in characters; a longer one is cut before `-next`.
const NAME_LIMIT: usize = 80;

/// The name under which the new form of a rule stands beside the old one until the commit point.
pub(crate) fn next_name(name: &str, taken: &BTreeSet<String>) -> String {
    let base: String = name.chars().take(NAME_LIMIT - "-next-99".len()).collect();
    let numbered = (2..).map(|number| format!("{base}-next-{number}"));
    let mut names = std::iter::once(format!("{base}-next")).chain(numbered);
    names.find(|name| !taken.contains(&name.to_ascii_lowercase())).unwrap_or_else(|| format!("{base}-next"))
}

/// Returns the name of the rule that a name of [`next_name`] is the new form of; any other name as it is.
pub(crate) fn without_next(name: &str) -> &str {
    let unnumbered = name.trim_end_matches(|one: char| one.is_ascii_digit());
    let numbered = (unnumbered.len() < name.len()).then(|| unnumbered.strip_suffix("-next-")).flatten();
    numbered.or_else(|| name.strip_suffix("-next")).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_form_is_known_by_its_name() {
        let mut taken = BTreeSet::new();
        for _ in 0..3 {
            let next = next_name("xc-pay-prod-app-eu-north-1", &taken);
            assert_eq!(without_next(&next), "xc-pay-prod-app-eu-north-1");
            taken.insert(next);
        }
        assert_eq!(without_next("xc-pay-prod-app-eu-north-1"), "xc-pay-prod-app-eu-north-1");
        assert_eq!(without_next("xc-pay-prod-app-eu-north-1-next-"), "xc-pay-prod-app-eu-north-1-next-");
    }
}
