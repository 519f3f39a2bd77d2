//! One connection that is tried again and again.

use std::net::Ipv4Addr;

use xcloud_sim::Cloud;
use xcloud_sim::traffic::{AzurePath, FromAws, FromAzure, Judgement, from_aws, from_azure};

/// A connection.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Flow {
    pub(crate) name: String,
    pub(crate) client: Ipv4Addr,
    pub(crate) port: u16,
    pub(crate) path: AzurePath,
    pub(crate) from: From,
}

/// Where it is opened, and to which name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum From {
    Aws { account: String, region: String, name: String },
    Azure { zone: String, record: String },
}

impl Flow {
    /// Judges every way that connections of the flow take now.
    pub(crate) fn judge(&self, cloud: &Cloud) -> Judgement {
        let Self { client, port, path, .. } = self;
        let (client, port) = (*client, *port);
        cloud.look(|world, now| match &self.from {
            From::Aws { account, region, name } => {
                from_aws(world, now, &FromAws { account, region, vpc: None, client, name, port, path })
            }
            From::Azure { zone, record } => from_azure(world, now, &FromAzure { client, zone, record, port, path }),
        })
    }

    /// Tries one connection now; `Err`: which hop refused it.
    pub(crate) fn attempt(&self, cloud: &Cloud) -> Result<(), String> {
        let judgement = self.judge(cloud);
        if judgement.passes() { Ok(()) } else { Err(judgement.to_string()) }
    }
}
