//! All calls, nested by cloud and kind. Nothing is decided here: every question goes to the kind of the call.
//!
//! In plans and journals the nesting is not to be seen: a call is one object, and `call` says which.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize};

use super::aws::*;
use super::azure::*;
use super::bind::{Bindings, Unbound};
use super::call::Call;
use super::ledger::LedgerOp;
use super::{Object, SubnetPin, Writes};
use crate::limits::Paced;
use crate::model::{LateAddresses, PlaceKey, for_each_kind};

/// A mutating call.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Op {
    /// To AWS.
    Aws(AwsOp),
    /// To Azure.
    Azure(AzureOp),
    /// To the ledger.
    Ledger(LedgerOp),
}

impl Op {
    fn call(&self) -> &dyn Call {
        match self {
            Self::Aws(op) => op.call(),
            Self::Azure(op) => op.call(),
            Self::Ledger(op) => op,
        }
    }

    fn call_mut(&mut self) -> &mut dyn Call {
        match self {
            Self::Aws(op) => op.call_mut(),
            Self::Azure(op) => op.call_mut(),
            Self::Ledger(op) => op,
        }
    }

    /// Returns the operation's name as plans, journals and reports print it: `CreateVpcEndpoint`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.call().name()
    }

    /// Returns the subnets in which the call takes an address, with the pinned ones.
    #[must_use]
    pub fn takes(&self) -> &[SubnetPin] {
        self.call().takes()
    }

    /// Returns the call as far as its pace goes.
    #[must_use]
    pub fn paced(&self) -> Paced {
        Paced { operation: self.name(), quota: self.call().quota() }
    }

    /// Returns what the call writes, as far as it is read off a plan again.
    #[must_use]
    pub fn writes(&self) -> Writes<'_> {
        self.call().writes()
    }

    /// Returns the id of the Azure object that it writes or deletes: locks on it, and on all above it, refuse the call.
    #[must_use]
    pub fn lockable(&self) -> Option<String> {
        self.call().lockable()
    }

    /// Returns whether the call deletes the object that it names.
    #[must_use]
    pub fn deletes(&self) -> bool {
        self.call().deletes()
    }

    /// Returns what takes one write at a time, whoever makes it: `firewall policy afwp-hub`.
    #[must_use]
    pub fn queue(&self) -> Option<String> {
        self.call().queue()
    }

    /// Returns the command line that makes this call in `place`. What is not known is named in angle brackets.
    #[must_use]
    pub fn by_hand(&self, place: &PlaceKey) -> String {
        self.call().by_hand(place)
    }

    /// Returns the operation with every late value replaced.
    ///
    /// # Errors
    /// [`Unbound`] if a value is missing, or outside the bound that the plan showed.
    pub fn bind(&self, bindings: &Bindings) -> Result<Self, Unbound> {
        let mut op = self.clone();
        op.call_mut().late().bind(bindings)?;
        Ok(op)
    }

    /// Returns every object that the operation needs to know, also inside sets.
    #[must_use]
    pub fn needed_objects(&self) -> BTreeSet<Object> {
        let mut needed: BTreeSet<Object> = BTreeSet::new();
        self.clone().each_needed(|object| needed.extend([object.clone()]));
        needed
    }

    /// Visits every object that the operation needs to know, also inside sets. Nothing is changed: the operation is
    /// borrowed for change so that it need not be copied.
    pub(crate) fn each_needed(&mut self, visit: impl FnMut(&Object)) {
        self.call_mut().late().objects().for_each(visit);
    }

    /// Visits every late address set of the operation. Nothing is changed, as in [`Op::each_needed`].
    pub(crate) fn each_late_address(&mut self, visit: impl FnMut(&LateAddresses)) {
        self.call_mut().late().late_addresses().for_each(visit);
    }
}

/// Reads the call by trying each kind: a tag that a kind does not know ends the attempt at once.
impl<'de> Deserialize<'de> for Op {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The same enum, so that the attempts are serde's.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Any {
            Aws(AwsOp),
            Azure(AzureOp),
            Ledger(LedgerOp),
            Unknown { call: String },
            Nameless(serde::de::IgnoredAny),
        }
        let unread = |what: &str| serde::de::Error::custom(what);
        match Any::deserialize(deserializer)? {
            Any::Aws(op) => Ok(Self::Aws(op)),
            Any::Azure(op) => Ok(Self::Azure(op)),
            Any::Ledger(op) => Ok(Self::Ledger(op)),
            Any::Unknown { call } => Err(unread(&format!(
                "the call `{call}` cannot be read: this version does not know it, or a field of it is missing or wrong"
            ))),
            Any::Nameless(_) => Err(unread("this is not a call: it has no name in `call`")),
        }
    }
}

/// The calls to one cloud, each a call of a kind, and each a call.
macro_rules! cloud {
    ($(#[$doc:meta])+ $ops:ident $cloud:ident { $($about:literal $name:ident $op:ident,)+ }) => {
        $(#[$doc])+
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(untagged)]
        pub enum $ops {
            $(#[doc = concat!("About ", $about, ".")] $name($op),)+
        }

        impl $ops {
            fn call(&self) -> &dyn Call {
                match self {
                    $(Self::$name(op) => op,)+
                }
            }

            fn call_mut(&mut self) -> &mut dyn Call {
                match self {
                    $(Self::$name(op) => op,)+
                }
            }

            /// Returns the name of the cloud's operation that carries it out.
            #[must_use]
            pub fn name(&self) -> &'static str {
                self.call().name()
            }

            /// Returns whether the call deletes the object that it names.
            #[must_use]
            pub fn deletes(&self) -> bool {
                self.call().deletes()
            }
        }

        impl From<$ops> for Op {
            fn from(op: $ops) -> Self {
                Self::$cloud(op)
            }
        }

        $(
            impl From<$op> for $ops {
                fn from(op: $op) -> Self {
                    Self::$name(op)
                }
            }

            impl From<$op> for Op {
                fn from(op: $op) -> Self {
                    Self::$cloud(op.into())
                }
            }
        )+
    };
}

macro_rules! calls {
    (
        Aws { $($(#[$_aws:meta])+ $aws_full:literal $aws:ident $aws_op:ident $_in_aws:ident,)+ }
        Azure { $($(#[$_azure:meta])+ $azure_full:literal $azure:ident $azure_op:ident $_in_azure:ident,)+ }
    ) => {
        cloud! {
            /// A mutating call to AWS.
            AwsOp Aws { $($aws_full $aws $aws_op,)+ "the tags of anything" Tag TagOp, }
        }
        cloud! {
            /// A mutating call to Azure Resource Manager.
            AzureOp Azure { $($azure_full $azure $azure_op,)+ }
        }
    };
}

for_each_kind!(calls);

impl From<LedgerOp> for Op {
    fn from(op: LedgerOp) -> Self {
        Self::Ledger(op)
    }
}
