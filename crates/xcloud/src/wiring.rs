//! Puts the adapters together: one `Clouds` for both and for the ledger, dispatching on the place.

use std::sync::Arc;

use xcloud_aws::{AwsClouds, AwsSettings};
use xcloud_azure::{AzureClouds, AzureSettings};
use xcloud_core::active::RecordHome;
use xcloud_core::model::{Desired, Place};
use xcloud_core::provider::{Clouds, Provider};
use xcloud_engine::ledger::{Ledger, RecordsInLedger};
use xcloud_engine::{PaceSettings, Pacer};
use xcloud_sim::Cloud;

use crate::ledger;
use crate::options::Global;
use crate::sandbox::{ArmInProcess, aws_in_process};
use crate::settings::Settings;

/// What a ledger answers that holds no records: nobody asks it.
const UNOPENED: &str = "it was not opened";

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
        let azure = AzureSettings { tenants: desired.tenants.clone(), ..settings.azure(desired.auth)? };
        azure.endpoint()?;
        Ok(Self { aws, azure, paced: settings.pacing()? })
    }

    /// Lets the estates of one pass share what they all read.
    pub(crate) fn sharing(mut self) -> Self {
        self.aws.share_reads = true;
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

#[cfg(feature = "testbed")]
impl Reach {
    /// Reaches another Resource Manager.
    pub(crate) fn with_arm(mut self, transport: Arc<dyn xcloud_azure::ArmTransport>) -> Self {
        self.azure.transport = Some(transport);
        self
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
        let aws = Arc::new(AwsClouds::new(aws, pacer.clone()));
        let azure = Arc::new(AzureClouds::new(&reach.azure, pacer.clone())?);
        let records = RecordsInLedger::new(&desired.product, Err(UNOPENED.to_owned()), pacer.clone());
        Ok(Self { clouds: Both { aws, azure, records: Arc::new(records) }, pacer })
    }

    /// Returns the same with the ledger of a product, if that holds the product's active-region records.
    pub(crate) async fn of_product(&self, global: &Global, settings: &Settings, desired: &Desired) -> Self {
        let ledger = match desired.record_home() {
            Some(RecordHome { zone: None, .. }) => {
                let named = ledger::open(global, settings, desired).await;
                named.map(|named| named.ledger).map_err(|error| format!("{error:#}"))
            }
            _ => Err(UNOPENED.to_owned()),
        };
        self.with_records(desired, ledger)
    }

    /// Returns the same with this ledger as the place of the records.
    pub(crate) fn with_records(&self, desired: &Desired, ledger: Result<Ledger, String>) -> Self {
        let Both { aws, azure, .. } = &self.clouds;
        let records = Arc::new(RecordsInLedger::new(&desired.product, ledger, self.pacer.clone()));
        Self { clouds: Both { aws: aws.clone(), azure: azure.clone(), records }, pacer: self.pacer.clone() }
    }
}

/// Both clouds, and the ledger where it holds the active-region records.
pub(crate) struct Both {
    aws: Arc<AwsClouds>,
    azure: Arc<AzureClouds>,
    records: Arc<dyn Provider>,
}

impl Clouds for Both {
    fn provider(&self, place: &Place) -> Arc<dyn Provider> {
        match place {
            Place::Aws { .. } => self.aws.provider(place),
            Place::Azure { .. } => self.azure.provider(place),
            Place::Ledger { .. } => self.records.clone(),
        }
    }
}
