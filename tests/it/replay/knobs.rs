//! What no recording shows, or shows only sometimes: each case sets what it is about.

/// What the firewall provider does with `If-Match`: nobody documents it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// Nothing.
    #[default]
    Ignored,
    /// It is compared with the header's form of the tag.
    Exact,
    /// What is no entity tag is refused.
    SyntaxChecked,
}

/// What the outside check of a policy says about writes of security rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evaluation {
    /// It gives a token for the request.
    Granted,
    /// It refuses.
    Refused,
}

/// How this Resource Manager behaves where Azure is not known to behave in one way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Knobs {
    /// Seconds after the end of its operation until the approval of a connection shows at the service.
    pub(crate) connection_lag: u64,
    /// A role without the right to read the operations of the firewall provider.
    pub(crate) firewall_operations_denied: bool,
    /// So many operations of the firewall provider fail as with a faulted firewall.
    pub(crate) faulted_firewalls: u32,
    /// Seconds that another team writes the firewall policy for, group after group.
    pub(crate) policy_busy: u64,
    /// What a write of a rule collection group does with `If-Match`.
    pub(crate) if_match: IfMatch,
    /// The tag of a rule collection group moves with every read, as while firewalls are reconfigured.
    pub(crate) restless_etag: bool,
    /// A write of a rule collection group that changes nothing is answered with `null`
    /// (Azure/azure-rest-api-specs#19505).
    pub(crate) null_for_unchanged: bool,
    /// A rule collection group is stored without its rules, as if another write came at the same time.
    pub(crate) forgets_rules: bool,
    /// Rules of a rule collection group are kept without their descriptions (api-version 2020-05-01: Azure/azure-cli#18260).
    pub(crate) forgets_descriptions: bool,
    /// The resource group of the security group has a `CanNotDelete` lock.
    pub(crate) locked: bool,
    /// The role may not read locks.
    pub(crate) locks_denied: bool,
    /// The SKU of the load balancer before the private link service, if it is not `Standard`.
    pub(crate) load_balancer_sku: Option<&'static str>,
    /// Azure Policy denies resources without the tag `CostCenter`.
    pub(crate) tag_required: bool,
    /// Azure Policy has writes of security rules evaluated outside.
    pub(crate) evaluation: Option<Evaluation>,
    /// Record sets are kept with this time to live, whatever was written.
    pub(crate) kept_ttl: Option<u64>,
    /// The first write whose path holds this is answered with this status and code.
    pub(crate) once: Option<(&'static str, u16, &'static str)>,
}
