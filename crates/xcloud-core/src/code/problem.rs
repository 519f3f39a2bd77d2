//! What is wrong with a config, or stands in the way of a plan.

use super::Severity;
use super::table::codes;

codes! {
    /// The code of a problem: `unknown-key`, `cidr-not-canonical`, `nsg-missing`.
    #[derive(Copy)]
    ProblemCode: Severity;
    /// Flows that share one endpoint service differ in `acceptance`: give all of them the same.
    AcceptanceDiffers "acceptance-differs" Error;
    /// The AWS account id does not have twelve digits: write all twelve, without dashes.
    AccountId "account-id" Error;
    /// The AWS account id is not quoted, so YAML reads it as a number and drops a leading zero: quote it.
    AccountUnquoted "account-unquoted" Error;
    /// The region of the failover is the active one already: there is nothing to switch.
    ActiveAlready "active-already" Error;
    /// Another region than the primary is active, so nothing is destroyed: run `xcloud failback` first.
    ActiveElsewhere "active-elsewhere" Error;
    /// The active-region record cannot be read, and no override passes it: make the record readable.
    ActiveRegionUnknown "active-region-unknown" Error;
    /// The text is not an address of the wanted form: correct it as the message says.
    Address "address" Error;
    /// The cloud would take an address back that rules still name, and could give it to others: include the rules in the
    /// run, so that they are closed first.
    AddressStillNamed "address-still-named" Error;
    /// Several resources have the name: write the whole address of the one that is meant.
    AmbiguousReference "ambiguous-reference" Error;
    /// This xcloud does not read the file's version: write `xcloud/v1`.
    ApiVersion "api-version" Error;
    /// xcloud cannot reach the connection that it is to approve: name the service by its resource id, add its
    /// subscription to the config, or set `approval: by-owner`.
    ApprovalUnreachable "approval-unreachable" Error;
    /// A subscription is approved at once and does not see the service: add it to `visibility`.
    ApprovedUnseen "approved-unseen" Error;
    /// The text is not the ARN of a network load balancer: correct it.
    Arn "arn" Error;
    /// The ARN names another account or region than the resource: correct it, or select by tag.
    ArnElsewhere "arn-elsewhere" Error;
    /// The text is not a resource id of the wanted type: write the short form or the full id.
    AzureId "azure-id" Error;
    /// Azure does not take the name: use letters, digits, `_`, `.` and `-`.
    AzureName "azure-name" Error;
    /// An address belongs to AWS and to Azure, so rules cannot tell the sides apart (a warning where only ranges of
    /// clients overlap): name an address of one side.
    BothSides "both-sides" Error;
    /// A rule must stay as it is, and xcloud cannot write its form: correct the rule, or run over the whole estate.
    CannotKeep "cannot-keep" Error;
    /// The text is not a range of addresses: write one such as `10.12.0.0/20`.
    Cidr "cidr" Error;
    /// The range does not begin with its first address: write the range that the hint names.
    CidrNotCanonical "cidr-not-canonical" Error;
    /// An object of that name exists and carries no mark of this product, so it is not touched: choose another name, or
    /// remove the object.
    Clash "clash" Error;
    /// The security groups of the load balancer refuse clients of the flow: admit the clients there.
    ClientsNotAdmitted "clients-not-admitted" Error;
    /// Resources need each other in a circle, so no order of the calls exists: remove one of the references.
    Cycle "cycle" Error;
    /// The text is not a day: write it as `2027-01-31`.
    Date "date" Error;
    /// EC2 does not take a character of the description: use those that the hint lists.
    Description "description" Error;
    /// The text is not a DNS name of the wanted form: correct it as the message says.
    DnsName "dns-name" Error;
    /// The disaster-recovery region is the primary region: name another one, or leave `dr` out.
    DrIsPrimary "dr-is-primary" Error;
    /// Two resources have the same address, or a list names an address twice: rename one, or remove it.
    DuplicateAddress "duplicate-address" Error;
    /// The list names a security group twice: remove one.
    DuplicateGroup "duplicate-group" Error;
    /// The list names an id twice: remove one.
    DuplicateId "duplicate-id" Error;
    /// The mapping has a key twice, so the file does not say which value counts: keep one.
    DuplicateKey "duplicate-key" Error;
    /// The list names a load balancer twice: remove one.
    DuplicateLoadBalancer "duplicate-load-balancer" Error;
    /// Two rules of one resource have the same name: rename one.
    DuplicateName "duplicate-name" Error;
    /// The list pins an address twice: remove one.
    DuplicatePin "duplicate-pin" Error;
    /// Ranges of ports in one list overlap: merge them.
    DuplicatePort "duplicate-port" Error;
    /// The list names a principal twice: remove one.
    DuplicatePrincipal "duplicate-principal" Error;
    /// The list names a range twice: remove one.
    DuplicateRange "duplicate-range" Error;
    /// Two rules do exactly the same, which the clouds refuse: remove one.
    DuplicateRule "duplicate-rule" Error;
    /// The list names a subscription twice: remove one.
    DuplicateSubscription "duplicate-subscription" Error;
    /// The listener names a target twice: remove one.
    DuplicateTarget "duplicate-target" Error;
    /// The text is not a duration: write `30s`, `15m`, `24h` or `2d`.
    Duration "duration" Error;
    /// The file or the text is empty: write what belongs there.
    Empty "empty" Error;
    /// The rule or record would name no address, and is never written so: find out why its source has none.
    EmptyAddresses "empty-addresses" Error;
    /// The list is empty: name at least one.
    EmptyList "empty-list" Error;
    /// A selector without tags would match everything: name a tag.
    EmptySelector "empty-selector" Error;
    /// Flows with endpoints of their own share one list of pinned addresses: move the pins to the flows.
    EndpointIpsShared "endpoint-ips-shared" Error;
    /// The environment and the flow both pin the endpoint's addresses: keep one list.
    EndpointIpsTwice "endpoint-ips-twice" Error;
    /// `expects` is about a load balancer that is found, and all of these are declared: remove it.
    ExpectsNothing "expects-nothing" Error;
    /// A failover of the environment has begun and not ended: `xcloud resume` finishes it, `xcloud resume --undo` undoes
    /// it.
    FailoverUnderWay "failover-under-way" Error;
    /// The file sets `failover` and has no region to fail over to: add `dr` to `regions`.
    FailoverWithoutDr "failover-without-dr" Warning;
    /// The file is larger than xcloud reads: split the estate into several products.
    FileTooLarge "file-too-large" Error;
    /// The rule of a firewall names an IPv6 range, and Azure Firewall filters IPv4 only: name IPv4 ranges.
    FirewallFamily "firewall-family" Error;
    /// The frontend of the load balancer does not exist: create it, or correct its id.
    FrontendMissing "frontend-missing" Error Missing;
    /// Security groups name each other in a circle, so none can be made first: name one by its clients' ranges.
    GroupCircle "group-circle" Error;
    /// Two resources declare the same rule collection group: put all rules of a group into one resource.
    GroupClaimed "group-claimed" Error;
    /// The rule collection group would be larger than Azure takes: split its rules among several groups.
    GroupTooLarge "group-too-large" Error;
    /// The text is not an id of the wanted form: write it as the example does.
    Id "id" Error;
    /// One id cannot be in two regions: select by tag.
    IdInTwoRegions "id-in-two-regions" Error;
    /// The plan has a call that cannot be undone, and the config asks for reversible plans there: change the plan, or
    /// take the environment out of `require_reversible`.
    Irreversible "irreversible" Error;
    /// The number has a leading zero, which some programs read as octal: write it without.
    LeadingZero "leading-zero" Error;
    /// The text is not the URL of a ledger: write `file:DIR`, `s3://bucket/prefix` or `az://account/container/prefix`.
    Ledger "ledger" Error;
    /// The load balancer has no listener on the flow's port: add the listener, or correct the port.
    ListenerMissing "listener-missing" Error Missing;
    /// Several load balancers match the selector: make it match exactly one.
    LoadBalancerAmbiguous "load-balancer-ambiguous" Error;
    /// The load balancer is in another location than the private link service would be made in: correct `location` of the
    /// subscription.
    LoadBalancerElsewhere "load-balancer-elsewhere" Error;
    /// No load balancer matches the selector: create it, or correct the selector.
    LoadBalancerNotFound "load-balancer-not-found" Error Missing;
    /// Two services select one load balancer, which can belong to one service only: give each its own.
    LoadBalancerShared "load-balancer-shared" Error;
    /// The load balancer is not a standard one, and a private link service takes no other: make a standard one.
    LoadBalancerSku "load-balancer-sku" Error;
    /// The load balancer belongs to another endpoint service: delete that service first, or select another load balancer.
    LoadBalancerTaken "load-balancer-taken" Error;
    /// The text is not the short name of an Azure location: write it as the hint does.
    Location "location" Error;
    /// The resource is to be made, and no location is declared for it: add `location` to its subscription.
    LocationMissing "location-missing" Error Missing;
    /// A lock refuses a call of the plan: have it lifted, then plan again.
    Locked "locked" Error;
    /// The mapping has no value for an environment: give every environment a value.
    MissingEnvironment "missing-environment" Error;
    /// A key is missing: add it as the hint says.
    MissingKey "missing-key" Error;
    /// The resource is made in a location, and its account names none: add `location` to the account.
    MissingLocation "missing-location" Error;
    /// The environment says nothing of a region: describe the region, or write `none` for it.
    MissingRegion "missing-region" Error;
    /// One rule has both IPv4 and IPv6, which the cloud refuses: write two rules.
    MixedFamilies "mixed-families" Error;
    /// The text cannot be a name here: use the characters that the message lists.
    Name "name" Error;
    /// An object of that name exists and carries no mark of this resource: rename the resource, or delete the object.
    NameClash "name-clash" Error;
    /// Two resources have one name where names are unique: give one another `name`.
    NameTaken "name-taken" Error;
    /// The record has no addresses for the active region: declare addresses for every region.
    NoActiveAddresses "no-active-addresses" Error;
    /// Nothing opens the environment's traffic in Azure: name its `nsg` or a `firewall_policy`, or open it by hand.
    NoAzureRules "no-azure-rules" Warning;
    /// The environment has no disaster-recovery region: there is nothing to switch to or to close.
    NoOtherRegion "no-other-region" Error;
    /// The key has no value: give it one, or remove the key.
    NoValue "no-value" Error;
    /// The file declares no flow and no resource, so everything of this product is an orphan: declare what is to stay.
    NothingDeclared "nothing-declared" Warning;
    /// The network security group does not exist, and xcloud writes rules only into groups that do: create it.
    NsgMissing "nsg-missing" Error Missing;
    /// The mapping has none or several of keys that exclude each other: keep exactly one.
    OneOf "one-of" Error;
    /// The record has addresses of one region, so a failover has nothing to switch: write them without `active`.
    OneRegion "one-region" Error;
    /// The rules would open only after their addresses are used: apply the rules in a run of their own first.
    OpensTooLate "opens-too-late" Error;
    /// The reference names a resource in another account or region: refer to one in the same place.
    OtherPlace "other-place" Error;
    /// The region is not the other region of the environment: name the one that is.
    OtherRegion "other-region" Error;
    /// The security groups of one interface belong to different VPCs: name groups of its own VPC.
    OtherVpc "other-vpc" Error;
    /// The number is outside of what is allowed: choose one inside.
    OutOfRange "out-of-range" Error;
    /// A range is inside another one of the same side of a security rule, which Azure refuses: remove the narrower one.
    OverlappingRanges "overlapping-ranges" Error;
    /// The number of pinned addresses differs from the number of subnets: pin one in each subnet, or none.
    PinCount "pin-count" Error;
    /// Another object has a pinned address: pin addresses that are free.
    PinInUse "pin-in-use" Error;
    /// A subnet has no pinned address while others have: pin one in each subnet, or none.
    PinMissing "pin-missing" Error Missing;
    /// A pinned address is in none of the subnets: pin one address of each subnet.
    PinOutsideSubnets "pin-outside-subnets" Error;
    /// AWS keeps the pinned address for itself: pin none of the first four of a subnet, and not the last.
    PinReserved "pin-reserved" Error;
    /// Two resources pin the same address: give each its own.
    PinTaken "pin-taken" Error;
    /// The firewall policy does not exist, and xcloud adds groups only to one that does: create it.
    PolicyMissing "policy-missing" Error Missing;
    /// The text is not a port: write one from 1 to 65535, or a range such as `8000-8080`.
    Port "port" Error;
    /// Two listeners of one load balancer have the same port: give each its own.
    PortTaken "port-taken" Error;
    /// The protocol has no ports: remove `ports`, or name another protocol.
    PortsWithoutProtocol "ports-without-protocol" Error;
    /// The primary region is active, so nothing is to be closed: `xcloud close` follows a failover.
    PrimaryActive "primary-active" Error;
    /// The environment is declared not to be in the primary region: only the disaster-recovery region can be `none`.
    PrimaryNone "primary-none" Error;
    /// The text is not a principal that an endpoint service takes: write an account's root, a role or a user.
    Principal "principal" Error;
    /// The service does not admit the account of the endpoint: add the account to its principals.
    PrincipalMissing "principal-missing" Error Missing;
    /// The text is not a range of priorities, or the range is too short: write one such as `2000-2099`.
    Priorities "priorities" Error;
    /// No priority of the range is free: widen the range.
    PrioritiesFull "priorities-full" Error;
    /// Two rules or groups have one priority, which Azure gives once: choose another for one of them.
    PriorityTaken "priority-taken" Error;
    /// The plan would delete or replace what the config protects: leave it as it is, or take `protect` away first.
    Protected "protected" Error;
    /// The reason is too short to tell a reviewer anything: write why.
    Reason "reason" Error;
    /// Two resources declare the same record: give each its own name.
    RecordClaimed "record-claimed" Error;
    /// Two resources would write one record of one zone, which may be associated with the VPCs of several regions: give each
    /// region a zone of its own, or the records different names.
    RecordClaimedTwice "record-claimed-twice" Error;
    /// The active-region records would be on one machine alone: declare `private_dns_zone`, or a ledger that every
    /// machine sees.
    RecordOnOneMachine "record-on-one-machine" Warning;
    /// The name is not inside the zone: write one that ends with the zone.
    RecordOutsideZone "record-outside-zone" Error;
    /// The record's name repeats the zone: write the name inside the zone only.
    RecordWithZone "record-with-zone" Error;
    /// The resource needs one that does not exist and is not in this run: include it.
    ReferenceMissing "reference-missing" Error Missing;
    /// The text is not the name of an AWS region: write one such as `eu-north-1`.
    Region "region" Error;
    /// The private link service must be replaced, and a second one cannot share its frontend: declare another frontend.
    ReplacementKeepsFrontend "replacement-keeps-frontend" Error Changed;
    /// The object must be replaced, and the new one would pin addresses that the old one has: pin new ones.
    ReplacementKeepsPin "replacement-keeps-pin" Error Changed;
    /// The resource group does not exist, and xcloud makes none: create it, or name another.
    ResourceGroupMissing "resource-group-missing" Error Missing;
    /// The text is not the name of a role: write the name alone, without the account.
    Role "role" Error;
    /// One account and region is reached with different roles: use one role.
    RolesDiffer "roles-differ" Error;
    /// Two resources declare a rule of one name in one group: rename one.
    RuleNameTaken "rule-name-taken" Error;
    /// The file holds a secret, or a key that is named like one: remove it, revoke it, and take it from the environment.
    Secret "secret" Error;
    /// The service is in another region than the endpoint: name a service of the same region.
    ServiceElsewhere "service-elsewhere" Error;
    /// The service cannot be deleted while endpoints of others are connected: their owners delete these first.
    ServiceInUse "service-in-use" Error;
    /// The private link service does not exist: create it, or correct its id.
    ServiceMissing "service-missing" Error Missing;
    /// The chosen subnets belong to different VPCs: choose subnets of one VPC.
    SubnetInOtherVpc "subnet-in-other-vpc" Error;
    /// The subnet does not exist: create it, or correct its id.
    SubnetMissing "subnet-missing" Error Missing;
    /// No subnet matches, or an id does not exist: tag one for each availability zone, or correct the ids.
    SubnetNotFound "subnet-not-found" Error Missing;
    /// The subnet's network policies refuse a private link service: set `privateLinkServiceNetworkPolicies` to Disabled.
    SubnetPolicies "subnet-policies" Error;
    /// The text is not a subscription id: write its GUID.
    Subscription "subscription" Error;
    /// The text holds an unknown substitution: only `{env}` is replaced.
    Substitution "substitution" Error;
    /// The cloud does not take the tag as it is written: correct it as the message says.
    Tag "tag" Error;
    /// xcloud writes the tag itself, or the cloud keeps names like it for itself: choose another key.
    TagReserved "tag-reserved" Error;
    /// The text is not an Entra tenant's id: write the GUID.
    Tenant "tenant" Error;
    /// The file gives a subscription two tenants, and it has one: correct one of them.
    TenantsDiffer "tenants-differ" Error;
    /// The text, or a name made from it, is longer than the cloud takes: shorten it.
    TooLong "too-long" Error;
    /// The interface has more security groups than AWS takes: name at most five.
    TooManyGroups "too-many-groups" Error;
    /// The load balancer has more listeners than AWS takes: share the flows out to several.
    TooManyListeners "too-many-listeners" Error;
    /// The network security group would have more rules than Azure takes: merge rules, or use another group.
    TooManyRules "too-many-rules" Error;
    /// A resource has more tags than its cloud takes beside our marks: declare fewer.
    TooManyTags "too-many-tags" Error;
    /// Two pinned addresses are in one subnet: pin one address of each subnet.
    TwoPinsInSubnet "two-pins-in-subnet" Error;
    /// Two of the chosen subnets are in one availability zone: choose one for each zone.
    TwoSubnetsInZone "two-subnets-in-zone" Error;
    /// The account is not one of `accounts`: declare it, or correct the name.
    UnknownAccount "unknown-account" Error;
    /// The environment is not one of this file: declare it, or correct the name.
    UnknownEnvironment "unknown-environment" Error;
    /// The key is not one that this mapping has: correct or remove it.
    UnknownKey "unknown-key" Error;
    /// The reference names nothing in this file: declare it, or correct the name.
    UnknownReference "unknown-reference" Error;
    /// The region is not one of the file, or the environment is not in it: correct the name.
    UnknownRegion "unknown-region" Error;
    /// The value is none of those that the key takes: write one of them.
    UnknownValue "unknown-value" Error;
    /// The pinned addresses have no effect, because no flow uses them: remove them.
    UnusedPins "unused-pins" Warning;
    /// The text is not an https URL: write one, or refer to it with `env:NAME` or `file:PATH`.
    Url "url" Error;
    /// Several VPCs match the selector: make it match exactly one.
    VpcAmbiguous "vpc-ambiguous" Error;
    /// No VPC matches the selector: create it, or correct the selector.
    VpcNotFound "vpc-not-found" Error Missing;
    /// The range is wider than xcloud opens without a reason: name the clients' own ranges, or add `wide: "reason"`.
    WideRange "wide-range" Error;
    /// The account is of another cloud than the resource: name one of its own cloud.
    WrongCloud "wrong-cloud" Error;
    /// The reference names a resource of another kind: name one of the kind that the message asks for.
    WrongKind "wrong-kind" Error;
    /// The value has another form than the key takes: write it as the hint does.
    WrongType "wrong-type" Error;
    /// The file is not YAML from that place on, so nothing after it was checked: correct the place.
    Yaml "yaml" Error;
    /// A YAML tag such as `!Ref` stands before the value, and xcloud knows none: write the value itself.
    YamlTag "yaml-tag" Error;
    /// The private DNS zone does not exist, and xcloud writes records only into zones that do: create it.
    ZoneMissing "zone-missing" Error Missing;
    /// No private zone of the VPC holds the record's name: associate one with the VPC.
    ZoneNotFound "zone-not-found" Error Missing;
    /// The service is not offered in a zone of the endpoint's subnets, or would leave one: choose subnets in its zones, or let the run
    /// have the endpoint that stays there.
    ZoneNotOffered "zone-not-offered" Error;
    /// The zone that holds the record's name belongs to another account or to an AWS service, and xcloud writes into zones of
    /// the place's own account: associate a zone of that account with the VPC.
    ZoneOwnedElsewhere "zone-owned-elsewhere" Error;
}
