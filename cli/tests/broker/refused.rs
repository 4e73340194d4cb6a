//! What is said when something is missing or wrong: no broker, no bus, no name, a second broker, bad state, a bad policy file?

use crate::program::{ConfigFile, Program, Trouble, without_a_file};
use crate::rig::{NAME, STATE, bus};
use crate::together::fails;
use netsession_broker::store::FILE;
use netsession_conformance::lab::daemons::{Bus, Daemon};
use netsession_conformance::lab::{Lab, Outcome};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

async fn file(lab: &Lab) -> Result<ConfigFile, Trouble> {
    ConfigFile::new(&[&lab.plug_in("wifi0", 1).await?])
}

/// The broker, which says why it ends; with this code.
async fn ends(mut broker: Program, code: i32, why: &str) -> Outcome {
    broker.says(why).await?;
    broker.ends_with(code).await
}

pub(crate) async fn without_a_broker(_lab: Lab) -> Outcome {
    let _bus = bus().await?;
    fails(without_a_file(&["status", "--json"])?, 6, "no broker runs on the system bus or the session bus").await?;
    let refused = without_a_file(&["--through", "broker", "open", "--json", "wifi", "--", "true"])?;
    fails(refused, 6, "org.netsession.Broker1 is not there").await
}

pub(crate) async fn without_a_bus(lab: Lab) -> Outcome {
    let file = file(&lab).await?;
    ends(file.run(&["broker"])?, 6, "cannot reach the system bus").await?;
    ends(file.run(&["broker", "--bus", "unix:path=/nonexistent"])?, 6, "cannot reach the bus at unix:path=/nonexistent").await?;
    let refused = without_a_file(&["--through", "broker", "list", "--json"])?;
    fails(refused, 6, "cannot connect to the system bus").await
}

/// The bus's policy file is not installed.
pub(crate) async fn without_the_name(lab: Lab) -> Outcome {
    let file = file(&lab).await?;
    let before = lab.wire.settled().await?;
    let _bus = Bus::start().await?;
    ends(file.run(&["broker"])?, 5, "the system bus does not let user 0 have the name `org.netsession.Broker1`").await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn second_broker(lab: Lab) -> Outcome {
    let file = file(&lab).await?;
    let bus = bus().await?;
    let mut first = Daemon::run("broker", file.command(&["broker"]).into_std())?;
    bus.name(NAME, true).await?;
    ends(file.run(&["broker"])?, 6, "state.redb is in use: another broker keeps its state there").await?;
    let second = file.run(&["broker", "--state", "/run/second"])?;
    let by = format!("process {}", first.pid());
    ends(second, 6, &by).await?;
    first.stop().await?;
    Ok(bus.name(NAME, false).await?)
}

pub(crate) async fn state_that_cannot_be_kept(lab: Lab) -> Outcome {
    let file = file(&lab).await?;
    let _bus = bus().await?;
    ends(file.run(&["broker", "--state", "/proc/nowhere"])?, 6, "cannot make the directory /proc/nowhere").await?;
    ends(file.run(&["broker", "--state", "/sys"])?, 6, "cannot write /sys/state.redb").await
}

/// It is set aside with a word, and the broker serves.
pub(crate) async fn state_that_cannot_be_read(lab: Lab) -> Outcome {
    let file = file(&lab).await?;
    let bus = bus().await?;
    fs::create_dir_all(STATE)?;
    let state = Path::new(STATE).join(FILE);
    for (number, text) in ["", "this is no state", "redb and more"].iter().enumerate() {
        fs::write(&state, text)?;
        let mut broker = file.run(&["broker"])?;
        if !text.is_empty() {
            broker.says("set aside").await?;
        }
        bus.name(NAME, true).await?;
        assert!(text.is_empty() || fs::read_to_string(state.with_file_name(format!("{FILE}.aside.{}", number - 1)))? == *text);
        assert_eq!(crate::together::sessions().await?.len(), 0);
        broker.send(rustix::process::Signal::TERM)?;
        broker.ends_with(0).await?;
    }
    Ok(())
}

pub(crate) async fn policy_that_is_wrong(lab: Lab) -> Outcome {
    let file = file(&lab).await?;
    let _bus = bus().await?;
    let policy = "/run/policy.toml";
    let broker = || file.run(&["broker", "--policy", policy]);
    ends(broker()?, 3, "cannot read the policy file /run/policy.toml").await?;
    fs::write(policy, "[[rule]]\nverdict = \"perhaps\"\n")?;
    ends(broker()?, 3, "/run/policy.toml:2").await?;
    fs::write(policy, "")?;
    fs::set_permissions(policy, Permissions::from_mode(0o666))?;
    ends(broker()?, 3, "could be changed by users it does not belong to").await
}
