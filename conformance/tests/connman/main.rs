//! Does the ConnMan executor do on the real ConnMan what its contract says? One lab a test, each in namespaces of its own.

mod ends;
mod raise;
mod setup;

use netsession_conformance::lab::daemons::Program::{self, Connmand, DbusDaemon, Dnsmasq};
use netsession_conformance::lab::{Case, Run, suite};
use std::process::ExitCode;

const CONNMAN: &[Program] = &[DbusDaemon, Connmand];
const DHCP: &[Program] = &[DbusDaemon, Connmand, Dnsmasq];

/// A lab that runs inside, and what it needs.
macro_rules! cases {
    ($($module:ident :: $name:ident needs $needs:expr),* $(,)?) => {
        [$(Case {
            name: concat!(stringify!($module), "::", stringify!($name)),
            run: Run::Inside(|lab| Box::pin($module::$name(lab))),
            needs: $needs,
        }),*]
    };
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    suite(&cases![
        raise::and_lower_leave_the_link_as_found needs CONNMAN,
        raise::of_an_active_link_changes_nothing needs CONNMAN,
        raise::both_links_carry_traffic needs CONNMAN,
        raise::both_links_carry_that_connman_connected needs CONNMAN,
        raise::with_a_lease needs DHCP,
        raise::cancelled_leaves_nothing needs DHCP,
        raise::without_any_lease_fails needs CONNMAN,
        raise::stopped_link_comes_back_as_found needs CONNMAN,
        raise::of_a_service_that_is_not_there_fails_at_once needs CONNMAN,
    ])
}
