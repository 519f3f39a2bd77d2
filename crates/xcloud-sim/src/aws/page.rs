//! Pages: `MaxResults`/`NextToken` (EC2) and `PageSize`/`Marker` (ELBv2).

use super::failure::{Failure, ensure};
use super::query::Query;

/// One page of a list, and the token of the next one.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

/// Cuts a page out of items that are sorted by their key. A token names the last key seen, so that creations and
/// deletions between two pages neither repeat nor skip an item.
///
/// EC2 takes 5 to 1000 results a page
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html>).
pub(super) fn ec2_page<T>(query: &Query, items: Vec<(String, T)>) -> Result<Page<T>, Failure> {
    let size = query.parsed::<usize>("MaxResults")?;
    if let Some(size) = size {
        ensure((5..=1000).contains(&size), "InvalidParameterValue", || {
            format!("Value ( {size} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.")
        })?;
    }
    let token = query.text("NextToken").filter(|token| !token.is_empty());
    cut(items, size.unwrap_or(1000), token)
        .ok_or_else(|| Failure::new("InvalidNextToken", "The specified NextToken is invalid"))
}

/// ELBv2 gives up to 400 results a page
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html>).
pub(super) fn elb_page<T>(query: &Query, items: Vec<(String, T)>) -> Result<Page<T>, Failure> {
    let size = query.parsed::<usize>("PageSize")?.unwrap_or(400);
    ensure((1..=400).contains(&size), "ValidationError", || "PageSize must be between 1 and 400".to_owned())?;
    let token = query.text("Marker").filter(|token| !token.is_empty());
    cut(items, size, token).ok_or_else(|| Failure::new("ValidationError", "Invalid marker"))
}

fn cut<T>(items: Vec<(String, T)>, size: usize, token: Option<&str>) -> Option<Page<T>> {
    let after = match token {
        Some(token) => Some(from_hex(token)?),
        None => None,
    };
    let mut rest = items.into_iter().filter(|(key, _)| after.as_ref().is_none_or(|after| key > after));
    let page: Vec<(String, T)> = rest.by_ref().take(size).collect();
    let next = rest.next().and_then(|_| page.last().map(|(key, _)| to_hex(key)));
    Some(Page { items: page.into_iter().map(|(_, item)| item).collect(), next })
}

fn to_hex(key: &str) -> String {
    key.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(token: &str) -> Option<String> {
    let digits = token.as_bytes();
    let bytes = digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    String::from_utf8(bytes.collect::<Option<Vec<u8>>>()?).ok()
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn pages_follow_each_other_without_gap_or_repeat() {
        let items: Vec<(String, u32)> = (0..7).map(|n| (format!("key-{n}"), n)).collect();
        let first = cut(items.clone(), 5, None).expect("no token");
        assert_eq!(first.items, [0, 1, 2, 3, 4]);
        let changed: Vec<_> = items.into_iter().filter(|(_, n)| *n != 4).collect();
        let second = cut(changed, 5, first.next.as_deref()).expect("our token");
        assert_eq!((second.items, second.next), (vec![5, 6], None));
        assert!(cut(vec![(String::new(), 1)], 5, Some("zz")).is_none());
    }
}
