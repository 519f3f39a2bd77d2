//! Which crate may depend on which: the map of ARCHITECTURE.md, checked.

use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use crate::workspace;

/// What a crate must not depend on: crates of this workspace, and others by the start of their name.
const NEVER: [(&str, &[&str]); 6] = [
    ("xcloud-core", &["xcloud-", "tokio", "reqwest", "hyper", "aws-", "azure_", "clap", "tracing", "rand", "uuid"]),
    ("xcloud-engine", &["xcloud-aws", "xcloud-azure", "xcloud-sim", "aws-", "azure_", "clap", "anstream", "indicatif"]),
    ("xcloud-aws", &["xcloud-engine", "xcloud-azure", "xcloud-sim", "azure_", "clap", "backon"]),
    ("xcloud-azure", &["xcloud-engine", "xcloud-aws", "xcloud-sim", "aws-", "clap", "backon"]),
    ("xcloud-sim", &["xcloud-", "aws-", "azure_", "clap"]),
    ("xtask", &["xcloud", "tokio", "aws-", "azure_"]),
];

/// Returns every dependency (for building, not for tests) that the map forbids.
pub(super) fn findings(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    packages.iter().flat_map(package).chain(packages.iter().filter_map(testbed)).collect()
}

/// What stories are tested on is no part of the program: only the crate of the tests asks for it.
fn testbed(package: &Value) -> Option<String> {
    let asks = |list: &Value| list.as_array().is_some_and(|list| list.iter().any(|feature| feature == "testbed"));
    let mut dependencies = package["dependencies"].as_array()?.iter();
    let asked = asks(&package["features"]["default"]) || dependencies.any(|on| asks(&on["features"]));
    let name = package["name"].as_str().filter(|name| asked && *name != "xcloud-tests")?;
    Some(format!("{name} must not ask for the feature testbed"))
}

fn package(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    let Some((_, never)) = NEVER.iter().find(|(of, _)| *of == name) else { return Vec::new() };
    let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    dependencies
        .iter()
        .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
        .filter_map(|dependency| dependency["name"].as_str())
        .filter(|dependency| never.iter().any(|start| dependency.starts_with(start)))
        .map(|dependency| format!("{name} must not depend on {dependency}"))
        .collect()
}

/// The core is pure: not even a dependency of a dependency brings a runtime.
pub(super) fn core_tree() -> anyhow::Result<Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", "xcloud-core", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(workspace::root())
        .output()
        .context("cargo cannot be started")?;
    anyhow::ensure!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout).into_owned();
    let names: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    anyhow::ensure!(names.contains(&"serde"), "cargo tree shows no tree of xcloud-core");
    let impure = ["tokio", "async-std", "smol", "reqwest", "hyper", "mio", "rand", "getrandom"];
    Ok(impure
        .iter()
        .filter(|name| names.contains(*name))
        .map(|name| format!("{name} is in xcloud-core's tree"))
        .collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::findings;

    #[test]
    fn a_forbidden_dependency_is_found_and_one_for_tests_is_not() {
        let metadata = json!({"packages": [
            {"name": "xcloud-core", "dependencies": [{"name": "tokio", "kind": null}, {"name": "serde", "kind": null}]},
            {"name": "xcloud-aws", "dependencies": [{"name": "xcloud-sim", "kind": "dev"}, {"name": "azure_core", "kind": null}]},
            {"name": "xcloud", "features": {"default": ["testbed"]}, "dependencies": []},
            {"name": "xcloud-tests", "dependencies": [{"name": "xcloud", "features": ["testbed"]}]},
        ]});
        assert_eq!(
            findings(&metadata),
            [
                "xcloud-core must not depend on tokio",
                "xcloud-aws must not depend on azure_core",
                "xcloud must not ask for the feature testbed"
            ]
        );
    }
}
