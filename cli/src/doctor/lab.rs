//! Are the programs here that `make test` shows the executors on? Sessions need none of them.

use super::Check;
use netsession_conformance::lab::daemons::Program;

const PROGRAMS: [Program; 8] = [
    Program::DbusDaemon,
    Program::NetworkManager,
    Program::Connmand,
    Program::Dnsmasq,
    Program::Hostapd,
    Program::WpaSupplicant,
    Program::Polkitd,
    Program::Faketime,
];

pub(super) fn checks() -> Vec<Check> {
    PROGRAMS.into_iter().map(check).collect()
}

fn check(program: Program) -> Check {
    match program.path() {
        Some(path) => Check::ok("lab", program.name(), path.display().to_string()),
        None => {
            let todo = format!("`sudo apt-get install {}`: `make test` skips what needs it", program.package());
            Check::bad("lab", program.name(), false, "not installed", todo)
        }
    }
}
