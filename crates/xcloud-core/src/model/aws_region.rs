//! The regions of AWS and the partitions that they belong to.

/// The partitions beside `aws`: how the names of their regions begin, their name in ARNs, and the region for which requests
/// to global services such as Route 53 are signed
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>, botocore's `partitions.json` of 2026).
const PARTITIONS: [(&str, &str, &str); 7] = [
    ("cn-", "aws-cn", "cn-northwest-1"),
    ("eu-isoe-", "aws-iso-e", "eu-isoe-west-1"),
    ("eusc-", "aws-eusc", "eusc-de-east-1"),
    ("us-gov-", "aws-us-gov", "us-gov-west-1"),
    ("us-iso-", "aws-iso", "us-iso-east-1"),
    ("us-isob-", "aws-iso-b", "us-isob-east-1"),
    ("us-isof-", "aws-iso-f", "us-isof-south-1"),
];

/// The regions that AWS names today, to find the one that was meant. A region that is missing here works all the same.
pub const AWS_REGIONS: [&str; 46] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
];

/// Returns the partition of a region, as ARNs spell it.
#[must_use]
pub fn aws_partition(region: &str) -> &'static str {
    home(region).0
}

/// Returns the region for which requests to global services are signed.
#[must_use]
pub fn aws_global_region(region: &str) -> &'static str {
    home(region).1
}

fn home(region: &str) -> (&'static str, &'static str) {
    let found = PARTITIONS.iter().find(|(prefix, ..)| region.starts_with(prefix));
    found.map_or(("aws", "us-east-1"), |(_, partition, global)| (partition, global))
}

#[cfg(test)]
mod tests {
    use super::{AWS_REGIONS, aws_global_region, aws_partition};

    #[test]
    fn each_region_has_its_partition() {
        assert_eq!(aws_partition("eu-north-1"), "aws");
        assert_eq!(aws_partition("us-isob-west-1"), "aws-iso-b");
        assert_eq!(aws_partition("eusc-de-east-1"), "aws-eusc");
        assert_eq!(AWS_REGIONS.iter().filter(|region| aws_partition(region) == "aws").count(), 34);
        assert!(AWS_REGIONS.is_sorted());
        for region in AWS_REGIONS {
            assert_eq!(aws_partition(aws_global_region(region)), aws_partition(region), "{region}");
        }
    }
}
