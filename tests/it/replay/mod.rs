//! The program against a Resource Manager that answers as public recordings of the real one do: not as the simulator
//! does, which shares the beliefs of those who wrote it.
//!
//! | file | what |
//! |---|---|
//! | `knobs` | what no recording shows, or shows only sometimes |
//! | `state` | objects, and what becomes of them when an operation ends |
//! | `objects` | the objects that the config expects to find |
//! | `policy` | the token of a policy that has writes evaluated outside of Azure |
//! | `writes` | how each kind answers a write |
//! | `arm` | the transport: reads, operations, and which file answers a write |
//! | `cases` | the program's own behaviour, knob by knob |
//!
//! The recordings: Azure/azure-cli (`network` and `privatedns`, `tests/latest/recordings`), Azure/azure-cli-extensions
//! (`azure-firewall`) and Azure/azure-powershell (`AzureFirewallPolicyTests`).

mod arm;
mod cases;
mod knobs;
mod objects;
mod policy;
mod state;
mod writes;
