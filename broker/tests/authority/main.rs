//! Does polkit decide who may do what, and who else while it does not? polkitd itself, a lab a test, with users of its own.

mod bus;
mod people;
mod polkit;

use netsession_conformance::lab::daemons::Program;
use netsession_conformance::lab::{Case, Run, suite};
use std::process::ExitCode;

const BUS: &[Program] = &[Program::DbusDaemon];
const POLKIT: &[Program] = &[Program::DbusDaemon, Program::Polkitd];

macro_rules! cases {
    ($($module:ident :: $name:ident needs $needs:expr),* $(,)?) => {
        [$(Case {
            name: concat!(stringify!($module), "::", stringify!($name)),
            run: Run::Inside(|_| Box::pin($module::$name())),
            needs: $needs,
        }),*]
    };
}

fn main() -> ExitCode {
    suite(&cases![
        polkit::knows_the_actions needs POLKIT,
        polkit::decides_by_user_and_rule needs POLKIT,
        polkit::remembers_until_something_changes needs POLKIT,
        polkit::hangs_and_the_file_decides needs POLKIT,
        polkit::is_killed_and_the_file_decides needs POLKIT,
        polkit::hangs_from_the_start needs POLKIT,
        polkit::is_not_there needs BUS,
        bus::only_the_broker_has_the_name needs BUS,
    ])
}
