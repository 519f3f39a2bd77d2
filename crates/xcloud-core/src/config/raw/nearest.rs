//! "Did you mean": the known word that is nearest to what was written.

/// What AWS, Terraform and IANA call what has a name of its own here.
const SYNONYMS: [(&str, &str); 8] = [
    ("-1", "all"),
    ("*", "all"),
    ("any", "all"),
    ("ANY", "all"),
    ("1", "icmp"),
    ("6", "tcp"),
    ("17", "udp"),
    ("58", "icmpv6"),
];

/// Returns a hint that names the nearest of `known`, else all of them if they are few.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    let elsewhere = SYNONYMS.iter().find(|(other, ours)| *other == word && known.contains(ours));
    if let Some((_, ours)) = elsewhere {
        return Some(format!("write `{ours}`"));
    }
    match nearest(word, known.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if known.is_empty() || known.len() > 24 => None,
        None => Some(format!("known here: {}", known.join(", "))),
    }
}

/// Returns the nearest word, if it is near enough to be a slip.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(word);
    let limit = (folded.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (distance(&folded, &fold(candidate)), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Case and the choice between `-`, `_` and nothing are no difference.
fn fold(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).take(64).collect()
}

/// Slips between two words: a character too many, too few, another one, or two swapped.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let above = &rows[i - 1];
            let substituted = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = substituted.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_slips_and_nothing_else() {
        let known = ["clients", "service_ips", "endpoint_ips"];
        assert_eq!(nearest("client", known), Some("clients"));
        assert_eq!(nearest("serviceIps", known), Some("service_ips"));
        assert_eq!(nearest("endpoint-ip", known), Some("endpoint_ips"));
        assert_eq!(nearest("region", known), None);
        assert_eq!(nearest("egde", ["edge"]), Some("edge"));
        assert_eq!(nearest("http", ["tcp"]), None);
        assert_eq!(nearest("", ["tcp"]), None);
    }
}
