//! Is the link there exactly as long as the command runs?

use crate::program::{ConfigFile, changes};
use netsession_conformance::lab::{Lab, Outcome};
use rustix::process::Signal;
use rustix::thread::{CapabilitySet, remove_capability_from_bounding_set};
use serde_json::Value;

pub(crate) async fn raises_the_link_while_the_command_runs(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let file = ConfigFile::new(&[&wifi])?;
    let shell = "echo $NETSESSION_CONFIGURATION $NETSESSION_ACCESS_POINT $NETSESSION_INTERFACE $NETSESSION_ADDRESS; cat; exit 9";
    let mut program = file.run(&["open", "--json", "net", "--", "sh", "-c", shell])?;
    assert_eq!(program.line(|_| true).await?, "net wifi0 wifi0 10.1.0.2");
    assert_eq!(program.event("connected").await?["interface"], "wifi0");
    assert_eq!(lab.wire.dump().await?.about("Local(10.1.0.2)").count(), 1);
    drop(program.input.take());
    program.ends_with(9).await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn leaves_a_link_that_was_up_as_found(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.add_address("wifi0", wifi.v4.0, wifi.v4.1).await?;
    lab.wire.add_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    lab.wire.add_default("wifi0", wifi.gateway_v4, 7).await?;
    let before = lab.wire.settled().await?;
    let file = ConfigFile::new(&[&wifi])?;
    let mut program = file.run(&["open", "--json", "wifi0", "--", "true"])?;
    program.ends_with(0).await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn is_told_that_the_interface_disappeared(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let file = ConfigFile::new(&[&wifi])?;
    let mut program = file.run(&["open", "--json", "wifi0", "--", "sh", "-c", "cat; exit 4"])?;
    program.event("connected").await?;
    lab.router.unplug("wifi0").await?;
    program.event("lost").await?;
    let error = program.event("error").await?;
    assert_eq!((&error["configuration"], &error["operation"]), (&"wifi0".into(), &"hold".into()), "{error}");
    // the command goes on, and its exit code is passed on
    drop(program.input.take());
    program.ends_with(4).await?;
    Ok(())
}

pub(crate) async fn ends_the_command_with_the_session(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let file = ConfigFile::new(&[&wifi])?;
    let mut program = file.run(&["open", "--json", "--kill", "wifi0", "--", "cat"])?;
    program.event("connected").await?;
    lab.router.unplug("wifi0").await?;
    program.event("lost").await?;
    program.ends_with(1).await?;
    Ok(())
}

pub(crate) async fn second_program_ends_first(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let file = ConfigFile::new(&[&wifi])?;
    let mut first = file.run(&["open", "--json", "wifi0", "--", "cat"])?;
    first.event("connected").await?;
    let mut second = file.run(&["open", "--json", "wifi0", "--", "true"])?;
    second.ends_with(0).await?;
    assert_eq!(lab.wire.dump().await?.about("Local(10.1.0.2)").count(), 1);
    drop(first.input.take());
    first.ends_with(0).await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn first_program_ends_first(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let file = ConfigFile::new(&[&wifi])?;
    let mut first = file.run(&["open", "--json", "wifi0", "--", "cat"])?;
    first.event("connected").await?;
    let mut second = file.run(&["open", "--json", "wifi0", "--", "cat"])?;
    second.event("connected").await?;
    drop(first.input.take());
    first.ends_with(0).await?;
    second.event("lost").await?;
    drop(second.input.take());
    second.ends_with(0).await?;
    lab.wire.becomes(&before).await
}

/// What this lab starts from now on may not change links.
fn forbid() -> Result<(), std::io::Error> {
    Ok(remove_capability_from_bounding_set(CapabilitySet::NET_ADMIN)?)
}

pub(crate) async fn without_permission_nothing_is_opened(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let file = ConfigFile::new(&[&wifi])?;
    forbid()?;
    let mut program = file.run(&["open", "--json", "net", "--", "cat"])?;
    let failed = program.event("failed").await?;
    assert_eq!(failed["error"]["message"], "cannot open on \"net\": netlink needs CAP_NET_ADMIN", "{failed}");
    assert!(failed["error"]["help"].as_str().is_some_and(|help| help.contains("CAP_NET_ADMIN")), "{failed}");
    program.ends_with(5).await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn without_permission_everything_is_watched(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let file = ConfigFile::new(&[&wifi])?;
    forbid()?;
    let mut program = file.run(&["monitor", "--json"])?;
    let snapshot: Value = serde_json::from_str(&program.line(|_| true).await?)?;
    assert_eq!((&snapshot["event"], &snapshot["configurations"][0]["state"]), (&"snapshot".into(), &"discovered".into()));
    lab.wire.set_up("wifi0", true).await?;
    changes(&lab, &before).await?;
    lab.wire.add_address("wifi0", wifi.v4.0, wifi.v4.1).await?;
    lab.wire.add_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    program.line(|line| line.contains("\"event\":\"changed\",\"configuration\":\"wifi0\",\"state\":\"active\"")).await?;
    let up = program.line(|line| line.contains("\"event\":\"carrier\",\"configuration\":\"wifi0\"")).await?;
    assert_eq!(serde_json::from_str::<Value>(&up)?["addresses"], serde_json::json!(["10.1.0.2", "fd00:1::2"]), "{up}");
    lab.router.unplug("wifi0").await?;
    program.line(|line| line.contains("\"event\":\"changed\",\"configuration\":\"wifi0\",\"state\":\"defined\"")).await?;
    program.send(Signal::INT)?;
    program.ends_with(0).await
}
