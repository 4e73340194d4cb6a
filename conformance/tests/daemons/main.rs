//! Does the lab have the daemons it says it has? Each one shown at its work, before an executor is shown on it.

mod networkmanager;

use netsession_conformance::lab::daemons::Program::{self, DbusDaemon};
use netsession_conformance::lab::{Case, Run, suite};
use std::process::ExitCode;

const NM: &[Program] = &[DbusDaemon, Program::NetworkManager];

/// A lab that runs inside, or, with another word before it, otherwise; and what it needs.
macro_rules! cases {
    ($($kind:ident $module:ident :: $name:ident needs $needs:expr),* $(,)?) => {
        [$(Case { name: concat!(stringify!($module), "::", stringify!($name)), run: cases!(@$kind $module::$name), needs: $needs }),*]
    };
    (@inside $lab:path) => { Run::Inside(|lab| Box::pin($lab(lab))) };
    (@hidden $lab:path) => { Run::Hidden(|lab| Box::pin($lab(lab))) };
    (@outside $lab:path) => { Run::Outside($lab) };
}

fn main() -> ExitCode {
    suite(&cases![
        inside networkmanager::activates_a_fixed_profile needs NM,
    ])
}
