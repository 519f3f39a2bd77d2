//! How each kind answers a write.

use serde_json::{Value, json};

use super::knobs::IfMatch;
use super::objects::id;
use super::state::{Later, Reply, State};

/// Answers a write of one kind: the path, the body.
type Write = fn(&mut State, &str, &Value) -> Reply;

/// Seconds that operations take.
const NETWORK_SECS: u64 = 5;
const FIREWALL_SECS: u64 = 200;

/// Answers a PUT of an object that is, or may come, at `id`.
pub(crate) fn put(state: &mut State, id: &str, body: &Value, if_match: Option<&str>) -> Reply {
    if state.get(id).is_some_and(|live| live["properties"]["provisioningState"] == "Deleting") {
        return Reply::error(409, "AnotherOperationInProgress", "Another operation on this resource is in progress.");
    }
    if let Some(refused) = if_match.and_then(|tag| unmet(state, id, tag)) {
        return refused;
    }
    if state.knobs.tag_required && body["tags"].is_object() && body["tags"]["CostCenter"].is_null() {
        let mut refused = json!({"code": "RequestDisallowedByPolicy", "target": name(id)});
        refused["message"] = json!(format!("Resource '{}' was disallowed by policy.", name(id)));
        refused["additionalInfo"] = json!([{"type": "PolicyViolation", "info": {
            "policyDefinitionDisplayName": "Require a tag on resources",
            "policyAssignmentId": "/providers/Microsoft.Authorization/policyAssignments/require-tag"}}]);
        return Reply::of(403, json!({ "error": refused }));
    }
    let kinds: [(&str, Write); 6] = [
        ("/securityRules/", rule),
        ("/ruleCollectionGroups/", group),
        ("/privateEndpointConnections/", connection),
        ("/privateLinkServices/", service),
        ("/privateEndpoints/", endpoint),
        ("/privateDnsZones/", record),
    ];
    let kind = kinds.into_iter().find(|(part, _)| id.contains(part));
    kind.map_or_else(|| Reply::error(405, "MethodNotAllowed", id), |(_, answer)| answer(state, id, body))
}

/// Judges a precondition. The tag of the firewall types is bare in the body and quoted in the header.
fn unmet(state: &State, id: &str, tag: &str) -> Option<Reply> {
    let is_firewall = id.contains("/ruleCollectionGroups/");
    let live = state.get(id).map(|live| live["etag"].as_str().unwrap_or_default().to_owned());
    let current = live.map(|etag| if is_firewall { format!("\"{etag}\"") } else { etag });
    let is_quoted = tag.trim_start_matches("W/").starts_with('"') && tag.ends_with('"');
    match state.knobs.if_match {
        IfMatch::Ignored if is_firewall => None,
        IfMatch::SyntaxChecked if is_firewall => {
            let text = format!("The format of value '{tag}' is invalid.");
            (!is_quoted).then(|| Reply::error(400, "InvalidHeaderValue", &text))
        }
        _ if current.as_deref() == Some(tag) => None,
        _ => Some(Reply::error(412, "PreconditionFailed", "Precondition failed.")),
    }
}

/// Answers a DELETE: 202 with an operation; record sets go at once.
pub(crate) fn delete(state: &mut State, id: &str) -> Reply {
    if state.knobs.locked && id.contains("/rg-prod/") {
        let text =
            format!("The scope '{id}' cannot perform delete operation because following scope(s) are locked: rg-prod");
        return Reply::error(409, "ScopeLocked", &text);
    }
    let Some(object) = state.objects.get_mut(&id.to_lowercase()) else { return Reply::empty(204) };
    if id.contains("/privateDnsZones/") {
        state.objects.remove(&id.to_lowercase());
        return Reply::empty(200);
    }
    object["properties"]["provisioningState"] = json!("Deleting");
    let secs = if id.contains("/firewallPolicies/") { FIREWALL_SECS } else { NETWORK_SECS };
    let (name, url) = state.start(id, secs, Later::Goes, None);
    Reply::empty(202).with(name, url)
}

/// Stores an object as `Updating` and answers it with the header of its operation.
fn accept(state: &mut State, mut object: Value, secs: u64) -> Reply {
    let id = object["id"].as_str().unwrap_or_default().to_owned();
    let status = if state.get(&id).is_some() { 200 } else { 201 };
    object["properties"]["provisioningState"] = json!("Updating");
    let object = state.put(object);
    let (name, url) = state.start(&id, secs, Later::Settles, None);
    Reply::of(status, object).with(name, url)
}

fn rule(state: &mut State, id: &str, body: &Value) -> Reply {
    let mut properties = body["properties"].clone();
    for plural in ["sourcePortRanges", "destinationPortRanges", "sourceAddressPrefixes", "destinationAddressPrefixes"] {
        if properties[plural].is_null() {
            properties[plural] = json!([]);
        }
    }
    let kind = "Microsoft.Network/networkSecurityGroups/securityRules";
    accept(state, json!({"id": id, "type": kind, "properties": properties}), NETWORK_SECS)
}

fn group(state: &mut State, id: &str, body: &Value) -> Reply {
    if state.began.elapsed().as_secs() < state.knobs.policy_busy {
        let text = "Another operation on this or dependent resource is in progress. To retrieve status of the operation use \
                    uri: https://norwayeast.network.azure.com/subscriptions/x/operations/y.";
        return Reply::error(409, "AnotherOperationInProgress", text);
    }
    let mut collections = body["properties"]["ruleCollections"].clone();
    if state.knobs.forgets_rules {
        collections = json!([]);
    }
    for rule in collections.as_array_mut().into_iter().flatten().flat_map(|of| of["rules"].as_array_mut()).flatten() {
        if state.knobs.forgets_descriptions {
            rule["description"] = json!("");
        }
        for list in ["sourceIpGroups", "destinationIpGroups", "destinationFqdns"] {
            rule[list] = json!([]);
        }
    }
    let properties = json!({"size": "0.001322746 MB", "priority": body["properties"]["priority"],
        "ruleCollections": collections});
    let kind = "Microsoft.Network/FirewallPolicies/RuleCollectionGroups";
    let policy = id.split("/ruleCollectionGroups/").next().unwrap_or_default();
    if state
        .children(policy, "ruleCollectionGroups")
        .iter()
        .any(|one| one["properties"]["provisioningState"] == "Updating")
    {
        return Reply::error(
            409,
            "AnotherOperationInProgress",
            "Another operation on this or dependent resource is in progress.",
        );
    }
    let same = |key: &str| state.get(id).is_some_and(|live| live["properties"][key] == properties[key]);
    if state.knobs.null_for_unchanged && same("priority") && same("ruleCollections") {
        return Reply::of(200, Value::Null);
    }
    let made = json!({"id": id, "type": kind, "location": "NorwayEast", "properties": properties});
    if state.knobs.faulted_firewalls == 0 {
        return accept(state, made, FIREWALL_SECS);
    }
    state.knobs.faulted_firewalls -= 1;
    let status = if state.get(id).is_some() { 200 } else { 201 };
    let mut made = state.put(made);
    made["properties"]["provisioningState"] = json!("Updating");
    state.put(made.clone());
    let failure = json!({"code": "FirewallPolicyUpdateFailed", "details": [],
        "message": "Put on Firewall Policy afwp-hub Failed with 1 faulted referenced firewalls"});
    let (name, url) = state.start(id, FIREWALL_SECS, Later::Fails, Some(failure));
    Reply::of(status, made).with(name, url)
}

fn service(state: &mut State, id: &str, body: &Value) -> Reply {
    let mut properties = body["properties"].clone();
    for list in ["visibility", "autoApproval"] {
        // An empty list is not answered.
        if properties[list]["subscriptions"].as_array().is_some_and(Vec::is_empty) {
            properties.as_object_mut().map(|object| object.remove(list));
        }
    }
    let known = state.get(id).map(|live| live["properties"]["alias"].clone());
    let alias = format!("{}.{}.norwayeast.azure.privatelinkservice", name(id), state.guid());
    properties["alias"] = known.unwrap_or_else(|| Value::from(alias));
    properties["enableProxyProtocol"] = json!(false);
    properties["fqdns"] = json!([]);
    let made = json!({"id": id, "type": "Microsoft.Network/privateLinkServices", "location": body["location"],
        "tags": body["tags"], "properties": properties});
    accept(state, made, NETWORK_SECS)
}

fn endpoint(state: &mut State, id: &str, body: &Value) -> Reply {
    let old = state.get(id).cloned();
    let guid = state.guid();
    let nic = self::id("rg-apps", &format!("networkInterfaces/{}.nic.{guid}", name(id)));
    let mut properties = json!({"privateLinkServiceConnections": [], "manualPrivateLinkServiceConnections": [],
        "customNetworkInterfaceName": "", "subnet": {"id": body["properties"]["subnet"]["id"]},
        "ipConfigurations": [], "networkInterfaces": [{"id": nic}], "customDnsConfigs": []});
    for list in ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"] {
        let Some(sent) = body["properties"][list].get(0) else { continue };
        let (status, description) =
            if list.starts_with("manual") { ("Pending", "Awaiting Approval") } else { ("Approved", "Auto Approved") };
        let fresh = json!({"status": status, "description": description, "actionsRequired": "None"});
        let live = old.as_ref().and_then(|old| {
            old.pointer(&format!("/properties/{list}/0/properties/privateLinkServiceConnectionState")).cloned()
        });
        let mut made = sent.clone();
        made["properties"]["provisioningState"] = json!("Succeeded");
        made["properties"]["groupIds"] = json!([]);
        made["properties"]["privateLinkServiceConnectionState"] = live.unwrap_or_else(|| fresh.clone());
        let service = sent["properties"]["privateLinkServiceId"].as_str().unwrap_or_default();
        properties[list] = json!([made]);
        if old.is_none() && state.get(service).is_some() {
            state.put(json!({"id": format!("{service}/privateEndpointConnections/{}.{guid}", name(id)),
                "type": "Microsoft.Network/privateLinkServices/privateEndpointConnections",
                "properties": {"provisioningState": "Succeeded", "privateEndpoint": {"id": id},
                    "privateLinkServiceConnectionState": fresh, "linkIdentifier": "520137877"}}));
        }
    }
    if let Some(old) = &old {
        properties["networkInterfaces"] = old["properties"]["networkInterfaces"].clone();
    } else {
        let address = json!({"privateIPAddress": "10.122.10.5", "privateIPAllocationMethod": "Dynamic"});
        state.put(json!({"id": nic, "type": "Microsoft.Network/networkInterfaces",
            "properties": {"provisioningState": "Succeeded", "ipConfigurations": [{"properties": address}]}}));
    }
    let made = json!({"id": id, "type": "Microsoft.Network/privateEndpoints", "location": body["location"],
        "tags": body["tags"], "properties": properties});
    accept(state, made, NETWORK_SECS)
}

/// 200, `Updating` and an operation (azure-cli, `test_network_private_endpoints`).
fn connection(state: &mut State, id: &str, body: &Value) -> Reply {
    let Some(mut answer) = state.get(id).cloned() else { return Reply::not_found(id) };
    let mut wanted = body["properties"]["privateLinkServiceConnectionState"].clone();
    wanted["actionsRequired"] = json!("None");
    answer["properties"]["provisioningState"] = json!("Updating");
    answer["properties"]["privateLinkServiceConnectionState"] = wanted.clone();
    let lag = state.knobs.connection_lag;
    let (name, url) = state.start(id, NETWORK_SECS, Later::Settles, None);
    state.later(id, NETWORK_SECS + lag, Later::Shows(wanted));
    Reply::of(200, answer).with(name, url)
}

fn record(state: &mut State, id: &str, body: &Value) -> Reply {
    let status = if state.get(id).is_some() { 200 } else { 201 };
    let mut properties = body["properties"].clone();
    if let Some(ttl) = state.knobs.kept_ttl {
        properties["ttl"] = json!(ttl);
    }
    properties["fqdn"] = json!(format!("{}.aws.bank.example.", name(id)));
    properties["isAutoRegistered"] = json!(false);
    let kind = if id.contains("/TXT/") { "TXT" } else { "A" };
    let made = json!({"id": id, "type": format!("Microsoft.Network/privateDnsZones/{kind}"), "properties": properties});
    let made = state.put(made);
    let etag = made["etag"].as_str().unwrap_or_default().to_owned();
    Reply::of(status, made).with("etag", etag)
}

fn name(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}
