//! Puts the adapters together: one `Clouds` for both, dispatching on the place.

use std::sync::Arc;

use xcloud_aws::{AwsClouds, AwsSettings};
use xcloud_azure::{AzureClouds, AzureSettings};
use xcloud_core::model::{Desired, Place};
use xcloud_core::provider::{Clouds, Provider};
use xcloud_engine::{PaceSettings, Pacer};
use xcloud_sim::Cloud;

use crate::sandbox::{ArmInProcess, aws_in_process};
use crate::settings::Settings;

/// Whether a command changes anything: reading may use another role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// `plan`.
    Read,
    /// `apply`, `destroy`.
    Write,
}

/// How the clouds are reached.
pub(crate) struct Reach {
    aws: AwsSettings,
    azure: AzureSettings,
    paced: bool,
}

impl Reach {
    /// Reaches the clouds that the environment names.
    ///
    /// # Errors
    /// If a variable cannot be used.
    pub(crate) fn real(settings: &Settings, desired: &Desired) -> anyhow::Result<Self> {
        let aws = AwsSettings { endpoints: settings.aws_endpoints()?, ..AwsSettings::default() };
        let azure = settings.azure(desired.auth)?;
        azure.endpoint()?;
        Ok(Self { aws, azure, paced: settings.pacing()? })
    }

    /// Lets the estates of one pass share what they all read.
    pub(crate) fn sharing(mut self) -> Self {
        self.azure.share_reads = true;
        self
    }

    /// Reaches the simulated clouds in this process, on their clock.
    pub(crate) fn sandbox(cloud: &Cloud) -> Self {
        let transport = Arc::new(ArmInProcess::new(cloud.clone()));
        Self {
            aws: aws_in_process(cloud),
            azure: AzureSettings { transport: Some(transport), ..AzureSettings::default() },
            paced: true,
        }
    }
}

/// Both clouds and the pacer before them.
pub(crate) struct Wired {
    /// The adapters.
    pub(crate) clouds: Both,
    /// The gate before every call, which also counts.
    pub(crate) pacer: Arc<Pacer>,
}

impl Wired {
    /// Puts the adapters behind the pacer.
    ///
    /// # Errors
    /// If an adapter cannot be made from its settings.
    pub(crate) fn new(reach: Reach, desired: &Desired, access: Access) -> anyhow::Result<Self> {
        let pacer = Arc::new(Pacer::new(PaceSettings { enabled: reach.paced, limits: desired.limits.clone() }));
        let aws = AwsSettings { read_only: access == Access::Read, ..reach.aws };
        let clouds =
            Both { aws: AwsClouds::new(aws, pacer.clone()), azure: AzureClouds::new(&reach.azure, pacer.clone())? };
        Ok(Self { clouds, pacer })
    }
}

/// Both clouds.
pub(crate) struct Both {
    aws: AwsClouds,
    azure: AzureClouds,
}

impl Clouds for Both {
    fn provider(&self, place: &Place) -> Arc<dyn Provider> {
        match place {
            Place::Aws { .. } => self.aws.provider(place),
            Place::Azure { .. } => self.azure.provider(place),
        }
    }
}
