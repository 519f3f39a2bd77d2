//! From a resource or a kind to what its folder says: made from the one list of kinds, so that none is left out.

use super::declared::{Declared, OfKind};
use super::rules::Rules;
use crate::config::grammar::Type;
use crate::limits::Paced;
use crate::model::{Addr, Desired, Kind, Resource, SecurityGroup, Spec, for_each_kind};

macro_rules! registry {
    ($($cloud:ident { $($(#[$doc:meta])+ $full:literal $name:ident $op:ident $folder:ident,)+ })+) => {
        impl Spec {
            /// Returns what its kind says of it.
            pub(crate) fn declared(&self) -> &dyn Declared {
                match self {
                    $($(Self::$name(spec) => spec,)+)+
                }
            }

            /// Returns what its kind can change in it.
            pub(crate) fn declared_mut(&mut self) -> &mut dyn Declared {
                match self {
                    $($(Self::$name(spec) => spec,)+)+
                }
            }
        }

        $($(impl OfKind for crate::model::$name {
            fn of(spec: &Spec) -> Option<&Self> {
                if let Spec::$name(spec) = spec { Some(spec) } else { None }
            }
        })+)+

        impl Kind {
            /// Returns true if what it makes carries tags: then they can be declared, as its grammar says.
            pub(crate) fn is_tagged(self) -> bool {
                match self {
                    $($(Self::$name => super::$folder::GRAMMAR.has("tags"),)+)+
                }
            }

            /// Returns what is known of the kind.
            pub(crate) fn rules(self) -> &'static Rules {
                match self {
                    $($(Self::$name => &super::$folder::RULES,)+)+
                }
            }
        }
    };
}

for_each_kind!(registry);

macro_rules! resource {
    ($($cloud:ident { $($(#[$doc:meta])+ $full:literal $name:ident $op:ident $folder:ident,)+ })+) => {
        /// The form of a resource of any kind.
        pub(crate) static RESOURCE: Type = Type::Tagged("kind", &[$($(($full, &super::$folder::GRAMMAR),)+)+]);
    };
}

for_each_kind!(resource);

/// Returns the calls that make a resource where nothing of it stands.
#[must_use]
pub fn creating_calls(spec: &Spec) -> Vec<Paced> {
    spec.declared().creating_calls()
}

impl Desired {
    /// Returns a declared security group.
    #[must_use]
    pub fn group(&self, addr: &Addr) -> Option<&SecurityGroup> {
        self.resources.get(addr)?.spec.of::<SecurityGroup>()
    }

    /// Returns the same without what stands in a service of AWS that has no region of its own: Route 53 answers from
    /// us-east-1 alone, and a failover needs nothing of it.
    #[must_use]
    pub fn without_global_services(&self) -> Self {
        let regional = |(_, resource): &(&Addr, &Resource)| !resource.spec.kind().rules().global;
        let kept = self.resources.iter().filter(regional);
        let resources = kept.map(|(addr, resource)| (addr.clone(), resource.clone())).collect();
        Self { resources, ..self.clone() }
    }
}
