//! The story in the sandbox: an estate planned, applied, found unchanged, tampered with, changed, and failed over.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use crate::gen_files::binary;
use crate::workspace;

/// Runs the story; every command is printed before it runs.
///
/// # Errors
/// If a command does not end as the story says.
pub(crate) fn run() -> anyhow::Result<()> {
    let place = binary().with_file_name("demo");
    if place.exists() {
        std::fs::remove_dir_all(&place).with_context(|| format!("{} cannot be removed", place.display()))?;
    }
    std::fs::create_dir_all(&place).with_context(|| format!("{} cannot be made", place.display()))?;
    let config = place.join("xcloud.yaml");
    let text = workspace::read("config/open-api.yaml")?;
    std::fs::write(&config, &text).context("the config cannot be written")?;
    let story = Story { place: &place };

    tell("The config: one product, three environments, two regions, both directions");
    story.command(&["validate"], 0)?;
    tell("What would be made for one environment, on both clouds (simulated in this process)");
    story.command(&["plan", "--sandbox", "--env", "dev"], 0)?;
    tell("The plan for all of it, saved for the apply that follows the review");
    story.quietly(&["plan", "--sandbox", "--out", "plan.json"], 0)?;
    tell("Apply exactly that plan: minutes of cloud time pass in seconds");
    story.command(&["apply", "--sandbox", "--yes", "plan.json"], 0)?;
    tell("Plan again: the clouds are as declared");
    story.command(&["plan", "--sandbox", "--detailed-exitcode"], 0)?;
    tell("Somebody opens a rule at the Azure portal: drift says what it lets in, and apply closes it");
    open_a_rule(&place.join(".xcloud/sandbox/open-api/world.json"))?;
    story.command(&["drift", "--sandbox"], 2)?;
    story.quietly(&["apply", "--sandbox", "--yes"], 0)?;
    tell("Admit more clients in prod: the plan shows exactly that");
    let changed =
        text.replace("eu-north-1: {clients: [10.12.0.0/20]", "eu-north-1: {clients: [10.12.0.0/20, 10.18.0.0/20]");
    anyhow::ensure!(changed != text, "the example has no clients 10.12.0.0/20 to change");
    std::fs::write(&config, changed).context("the config cannot be written")?;
    story.command(&["plan", "--sandbox", "--detailed-exitcode"], 2)?;
    story.quietly(&["apply", "--sandbox", "--yes"], 0)?;
    tell("Could eu-west-1 take over? Every gate is judged, nothing is changed");
    story.command(&["readiness", "--sandbox"], 0)?;
    tell("A disaster in eu-north-1: the names move to eu-west-1, and the old region is fenced");
    story.command(&["failover", "--to", "eu-west-1", "--incident", "INC-20431", "--sandbox", "--yes"], 0)?;
    tell("The plan does not fight the failover: the clouds are as they should be while eu-west-1 is active");
    story.quietly(&["plan", "--sandbox", "--detailed-exitcode"], 0)?;
    println!("\nThe demo's files are in {}", place.display());
    Ok(())
}

/// Lets a rule of the simulated Azure admit everybody, behind xcloud's back.
fn open_a_rule(world: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(world).with_context(|| format!("{} cannot be read", world.display()))?;
    let mut state: Value = serde_json::from_str(&text).context("the simulated clouds cannot be read")?;
    let resources = state.pointer_mut("/world/azure/resources").and_then(Value::as_object_mut);
    let mut rules = resources.into_iter().flatten().filter(|(id, _)| id.contains("/securityrules/xc-"));
    let properties = rules.next().and_then(|(_, rule)| rule.get_mut("properties")?.as_object_mut());
    let properties = properties.context("the simulated Azure has no rule of ours")?;
    properties.remove("sourceAddressPrefixes");
    properties.insert("sourceAddressPrefix".to_owned(), Value::from("*"));
    std::fs::write(world, state.to_string()).with_context(|| format!("{} cannot be written", world.display()))
}

struct Story<'a> {
    place: &'a Path,
}

impl Story<'_> {
    /// Runs a command with its whole output.
    fn command(&self, arguments: &[&str], expected: i32) -> anyhow::Result<()> {
        println!("$ xcloud {}", arguments.join(" "));
        let status = self.prepare(arguments).status().context("xcloud cannot be started: run `make build`")?;
        expect(arguments, status.code(), expected)
    }

    /// Runs a command and prints the end of its result only; all of it if the command ends unexpectedly.
    fn quietly(&self, arguments: &[&str], expected: i32) -> anyhow::Result<()> {
        println!("$ xcloud {}", arguments.join(" "));
        let output = self.prepare(arguments).output().context("xcloud cannot be started: run `make build`")?;
        let (result, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if output.status.code() == Some(expected) {
            let lines: Vec<&str> = result.lines().collect();
            println!("{}", lines[lines.len().saturating_sub(6)..].join("\n"));
        } else {
            println!("{said}\n{result}");
        }
        expect(arguments, output.status.code(), expected)
    }

    fn prepare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(self.place);
        command
    }
}

fn expect(arguments: &[&str], code: Option<i32>, expected: i32) -> anyhow::Result<()> {
    let shown = code.map_or_else(|| "by a signal".to_owned(), |code| format!("with {code}"));
    anyhow::ensure!(code == Some(expected), "xcloud {} ended {shown}, not with {expected}", arguments.join(" "));
    Ok(())
}

fn tell(what: &str) {
    println!("\n== {what}");
}
