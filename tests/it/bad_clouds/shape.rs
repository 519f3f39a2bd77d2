//! What is there, without the ids that a cloud draws: two runs that made the same estate have the same shape.

use serde_json::Value;
use xcloud_core::model::Desired;
use xcloud_sim::World;
use xcloud_sim::azure::RuleSeed;
use xcloud_tests::Testbed;

/// The group whose rules both we and a stranger write.
const NSG: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-prod/providers/\
                   Microsoft.Network/networkSecurityGroups/nsg-core";

/// Simulated clouds as the config expects them, with things of other people among them.
pub(crate) fn bed(desired: &Desired) -> Testbed {
    let bed = Testbed::new(desired);
    bed.cloud().change(|world, now| {
        let place = ("100000000001", "eu-north-1");
        let group =
            [("GroupName", "not-ours"), ("GroupDescription", "of other people"), ("VpcId", "vpc-0ee55ff66aa77bb88")];
        world.aws.perform(now, place, "ec2", "CreateSecurityGroup", &group).expect("the stranger's group is made");
        let rule = RuleSeed {
            name: "not-ours".to_owned(),
            priority: 300,
            direction: "Inbound".to_owned(),
            access: "Allow".to_owned(),
            protocol: "Tcp".to_owned(),
            source: "10.1.0.0/16".to_owned(),
            destination: "*".to_owned(),
            port: "22".to_owned(),
        };
        world.azure.add_security_rule(NSG, &rule).expect("the stranger's rule is made");
    });
    bed
}

/// Returns one line for each object: where it is, what it is, and our address on it.
pub(crate) fn shape(world: &World) -> Vec<String> {
    let aws = world.aws.objects().into_iter().map(|object| {
        let address = object.tags.get("xcloud:address").cloned().unwrap_or_default();
        let record = if object.kind == "record-set" { object.id.as_str() } else { "" };
        format!("{} {} {} {address}{record}", object.account, object.region, object.kind)
    });
    let drawn = ["/networkinterfaces/", "/privateendpointconnections/"];
    let azure = world.azure.resources.iter().map(|(key, stored)| {
        let name = if drawn.iter().any(|part| key.contains(part)) { "" } else { key.as_str() };
        format!("{:?} {name} {}", stored.kind, stored.state.word())
    });
    let mut lines: Vec<String> = aws.chain(azure).collect();
    lines.sort();
    lines
}

/// Returns every object that carries no mark of ours, whole; an object of ours is not among them.
pub(crate) fn foreign(world: &World, seeded: &World) -> Vec<String> {
    let (now, then) = (json(world), json(seeded));
    let mut lines = Vec::new();
    for (region, collections) in fields(&then["regions"]) {
        for (collection, objects) in fields(collections) {
            if ["interfaces", "tokens"].contains(&collection.as_str()) {
                continue;
            }
            for (id, _) in fields(objects) {
                lines.push(format!("{id} {}", now["regions"][region][collection][id]));
            }
        }
    }
    for (zone, content) in fields(&then["zones"]) {
        for (record, _) in fields(&content["records"]) {
            lines.push(format!("{zone} {record} {}", now["zones"][zone]["records"][record]));
        }
    }
    for key in seeded.azure.resources.keys() {
        let stored = world.azure.resources.get(key);
        lines.push(format!("{key} {:?}", stored.map(|stored| (&stored.properties, &stored.tags))));
    }
    lines
}

fn json(world: &World) -> Value {
    serde_json::to_value(&world.aws).expect("the state is JSON")
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Tells how much a sweep has swept: a sweep of nothing proves nothing.
#[expect(clippy::print_stderr, reason = "the count of cases belongs to the test's own output")]
pub(crate) fn tell(played: usize, calls: usize, faults: usize) {
    eprintln!("{played} cases: {calls} calls, {faults} faults");
}
