//! Partitions: separate copies of AWS, each with regions, accounts and ARNs of its own
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).

/// Returns the partition that a region belongs to.
pub(super) fn partition(region: &str) -> &'static str {
    match region.split('-').collect::<Vec<_>>().as_slice() {
        ["cn", ..] => "aws-cn",
        ["eusc", ..] => "aws-eusc",
        ["us", "gov", ..] => "aws-us-gov",
        ["us", "iso", ..] => "aws-iso",
        ["us", "isob", ..] => "aws-iso-b",
        ["eu", "isoe", ..] => "aws-iso-e",
        ["us", "isof", ..] => "aws-iso-f",
        _ => "aws",
    }
}
