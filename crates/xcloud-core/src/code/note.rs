//! What a plan says beside its changes.

use super::NoteLevel;
use super::table::codes;

codes! {
    /// The code of a note: `stranger`, `orphan`, `unknown-place`.
    #[derive(serde::Deserialize)]
    NoteCode: NoteLevel;
    /// Another region than the primary is active in this environment: `xcloud failback` returns when it is time.
    ActiveRegion "active-region" Info;
    /// The active-region record of the environment cannot be read, so nothing of the environment is planned: make the
    /// record readable, then plan again.
    ActiveRegionUnknown "active-region-unknown" Warning;
    /// The load balancer has a pool of addresses, and Azure supports private link services before pools of interfaces only: make
    /// its members interfaces, if nothing comes through.
    AddressPool "address-pool" Warning;
    /// The step runs after the commit point, because one that it needs does: rollback by undo does not reach it.
    BehindCommitPoint "behind-commit-point" Info;
    /// The object is being deleted, which is neither there nor gone: what takes its place waits until it is gone, and plan again
    /// if it was not to go.
    BeingDeleted "being-deleted" Warning;
    /// A live value that no key of the config can hold is not the one that creation gives: put it back by hand.
    BeyondConfig "beyond-config" Warning Changed;
    /// The object exists and carries no mark of this product, so `destroy` leaves it: delete it by hand if it is yours.
    Clash "clash" Warning;
    /// The principal is removed, and its open connections stay: reject the connections by hand if they must end.
    ConnectionsStay "connections-stay" Warning;
    /// The deletion ends connections of endpoints that are not ours: tell their owners before you apply.
    CutsConnections "cuts-connections" Warning;
    /// The rule collection group is empty and carries no mark, so `destroy` leaves it: delete it by hand if it is yours.
    EmptyGroup "empty-group" Info;
    /// The cloud reports the object as failed: delete it by hand, and the next apply makes a new one.
    Failed "failed" Warning Changed;
    /// A failover of the environment has begun and not ended: `xcloud resume` finishes it.
    FailoverUnderWay "failover-under-way" Warning;
    /// A rule of others allows what the fence should refuse, and decides before it: the region is not fenced until that rule
    /// is moved or narrowed.
    FencePassed "fence-passed" Warning Unmanaged;
    /// `private_link_ingress_rules` has no effect on a load balancer without security groups: remove it, or name groups.
    FlagWithoutGroups "flag-without-groups" Warning;
    /// The rule collection group is larger than an old policy takes: split its rules before you apply, if the policy is of
    /// before July 2022.
    GroupSize "group-size" Warning;
    /// A lock refuses a call of the failover: have it lifted.
    Locked "locked" Warning;
    /// The role may not read resource locks, so whether one refuses a call shows when the call is made: grant it
    /// `Microsoft.Authorization/locks/read`.
    LocksUnread "locks-unread" Info;
    /// The descriptions of our rules in the group were lost, and with them our marks: the next change of a rule writes them
    /// again. `destroy` leaves such a group.
    MarksLost "marks-lost" Warning;
    /// The connections of the service could not be read, so its deletion may be refused: reject connections of others
    /// first.
    MayHaveConnections "may-have-connections" Warning;
    /// A rule of others decides before ours, and what it matches is not known here (IP groups, FQDNs): look at it.
    MayShadow "may-shadow" Info;
    /// The load balancer connects from an address beside its pins, which Azure does not let in: pin the address, or open
    /// a support case with AWS.
    MoreAddresses "more-addresses" Warning Unmanaged;
    /// A rule of a network security group closes for new connections only: what is open goes on until one of its ends closes
    /// it.
    OpenConnections "open-connections" Info;
    /// Calls need each other in a circle, so one of them does not wait: read the order of the steps before you apply.
    OrderCircle "order-circle" Warning;
    /// The object carries our mark and is not declared: declare it, or delete it with `--prune`.
    Orphan "orphan" Warning Orphan;
    /// The endpoint is not available in all its zones: look at its subnets, and at the load balancers of its service.
    Partial "partial" Warning Changed;
    /// The endpoint waits until the owner of the service approves it: ask the owner.
    PendingApproval "pending-approval" Warning Changed;
    /// The firewall policy failed in its last update: have it repeated by its owner.
    PolicyFailed "policy-failed" Warning Changed;
    /// The firewall policy is attached to no firewall, so its rules decide about nothing: attach it.
    PolicyUnattached "policy-unattached" Warning Changed;
    /// The firewall policy or its parent could not be read, so rules there may decide before ours unseen: grant the role
    /// `Microsoft.Network/firewallPolicies/read` there.
    PolicyUnread "policy-unread" Warning;
    /// A record of another type has the same name, so clients may go elsewhere: delete it by hand.
    RivalRecord "rival-record" Warning Unmanaged;
    /// The security group has more rules in one direction than AWS allows by default: raise the quota before you apply.
    RuleQuota "rule-quota" Warning;
    /// A rule of others decides before ours, so declared traffic may not pass: move that rule, or take it away.
    Shadowed "shadowed" Warning Unmanaged;
    /// The firewall translates the source of our traffic, so rules of security groups after it do not match: put the destination
    /// into the private ranges of its policy.
    SourceTranslated "source-translated" Warning Unmanaged;
    /// A replaced object is not deleted, because something still uses it: remove that use, and the next apply deletes it.
    StillUsed "still-used" Warning Unmanaged;
    /// Something on a resource of ours was made by others and stays: declare it, or remove it by hand.
    Stranger "stranger" Info Unmanaged;
    /// A lock lets something be made and refuses to delete it again, so a run that fails is not undone completely: have the lock
    /// lifted before you apply, if that must not be.
    UndoLocked "undo-locked" Warning;
    /// The addresses that a rule or record names are not known in this run, so it stays as it is: include their resource.
    UnknownAddresses "unknown-addresses" Warning Unknown;
    /// A place did not answer, so nothing is planned there: restore access to it, then plan again.
    UnknownPlace "unknown-place" Warning;
    /// The service of the endpoint is not known in this run, so the endpoint stays as it is: include the service.
    UnknownService "unknown-service" Warning Unknown;
    /// The record waits for an endpoint that is not known in this run: include the endpoint.
    WaitsForEndpoint "waits-for-endpoint" Warning Unknown;
    /// The step waits for a place that did not answer: restore access to it, then plan again.
    WaitsForPlace "waits-for-place" Warning Unknown;
    else
    /// A note of another version of xcloud, in its own words.
    Other of Info
}
