//! Who answers offers, and where does that lead?

use crate::program::{ConfigFile, Program, Trouble};
use netsession_conformance::lab::{ECHO_PORT, Lab, Outcome, PROBE_PORT, Plug, Probe, SERVICE_V4};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use std::fs::File;
use std::io::Write;
use std::process::Stdio;

/// A lab with `lte0`, and the file that prefers `wifi0`, which is not there yet.
pub(crate) async fn wifi_to_come(lab: &Lab) -> Result<(Plug, ConfigFile), Trouble> {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let lte = lab.plug_in("lte0", 2).await?;
    let file = ConfigFile::new(&[&wifi, &lte])?;
    lab.router.unplug("wifi0").await?;
    Ok((wifi, file))
}

/// Runs the program on `lte0` with these arguments, and then lets `wifi0` appear.
pub(crate) async fn offered(lab: &Lab, file: &ConfigFile, arguments: &[&str]) -> Result<Program, Trouble> {
    let words = [&["open", "--json"], arguments, &["net", "--", "cat"]].concat();
    let mut program = file.run(&words)?;
    assert_eq!(program.event("connected").await?["access_point"], "lte0");
    lab.plug_in("wifi0", 1).await?;
    Ok(program)
}

async fn moves(lab: &Lab, arguments: &[&str]) -> Outcome {
    let (_, file) = wifi_to_come(lab).await?;
    let mut program = offered(lab, &file, arguments).await?;
    let trial = program.event("trial").await?;
    assert_eq!((&trial["access_point"], &trial["interface"]), (&"wifi0".into(), &"wifi0".into()));
    assert_eq!(program.event("connected").await?["access_point"], "wifi0");
    drop(program.input.take());
    program.ends_with(0).await
}

async fn stays(lab: &Lab, arguments: &[&str], why: &str) -> Outcome {
    let (wifi, file) = wifi_to_come(lab).await?;
    lab.router.probe(&wifi, Probe::Portal).await?;
    let before = lab.wire.settled().await?;
    let mut program = offered(lab, &file, arguments).await?;
    let rejected = program.event("rejected").await?;
    assert!(rejected["why"].as_str().is_some_and(|said| said.contains(why)), "{rejected}");
    assert_eq!(lab.wire.dump().await?.about("Local(10.2.0.2)").count(), 1, "the old link is still there");
    drop(program.input.take());
    program.ends_with(0).await?;
    lab.router.unplug("wifi0").await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn what_passes_is_moved_to(lab: Lab) -> Outcome {
    moves(&lab, &["--probe", &format!("http://{SERVICE_V4}:{PROBE_PORT}/generate_204")]).await
}

pub(crate) async fn what_fails_is_rejected(lab: Lab) -> Outcome {
    stays(&lab, &["--probe", &format!("http://{SERVICE_V4}:{PROBE_PORT}/generate_204")], "answers 302").await
}

pub(crate) async fn a_command_tests_the_candidate(lab: Lab) -> Outcome {
    let test = "test \"$NETSESSION_INTERFACE $NETSESSION_ADDRESS $NETSESSION_CONFIGURATION\" = 'wifi0 10.1.0.2 net'";
    moves(&lab, &["--probe", test]).await?;
    lab.router.unplug("wifi0").await?;
    lab.router.unplug("lte0").await?;
    stays(&lab, &["--probe", "exit 3"], "exit status: 3").await?;
    lab.router.unplug("lte0").await?;
    stays(&lab, &["--probe", "sleep 1000", "--probe-timeout", "100ms"], "no answer within 100ms").await
}

pub(crate) async fn a_connection_tests_the_candidate(lab: Lab) -> Outcome {
    moves(&lab, &["--probe", &format!("tcp:{SERVICE_V4}:{ECHO_PORT}")]).await?;
    lab.router.unplug("wifi0").await?;
    lab.router.unplug("lte0").await?;
    stays(&lab, &["--probe", &format!("tcp:{SERVICE_V4}:9")], "refused").await
}

pub(crate) async fn forced_without_a_probe(lab: Lab) -> Outcome {
    let (_, file) = wifi_to_come(&lab).await?;
    let mut program = offered(&lab, &file, &[]).await?;
    assert_eq!(program.event("connected").await?["access_point"], "wifi0");
    lab.router.cut("wifi0").await?;
    assert_eq!(program.event("connected").await?["access_point"], "lte0");
    drop(program.input.take());
    program.ends_with(0).await
}

pub(crate) async fn nobody_to_ask(lab: Lab) -> Outcome {
    let (_, file) = wifi_to_come(&lab).await?;
    let mut program = offered(&lab, &file, &["--roam", "ask"]).await?;
    let ignored = program.event("ignored").await?;
    assert!(ignored["why"].as_str().is_some_and(|why| why.contains("--probe")), "{ignored}");
    drop(program.input.take());
    program.ends_with(0).await
}

/// The program with a terminal, on `lte0`, `wifi0` just offered; and the other end of the terminal.
pub(crate) async fn asked(lab: &Lab, file: &ConfigFile) -> Result<(Program, File), Trouble> {
    let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&keys)?;
    unlockpt(&keys)?;
    let terminal = ioctl_tiocgptpeer(&keys, OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    let mut command = file.command(&["open", "--json", "--roam", "ask", "net", "--", "sleep", "1000"]);
    let mut program = Program::start(command.stdin(Stdio::from(terminal)))?;
    assert_eq!(program.event("connected").await?["access_point"], "lte0");
    lab.plug_in("wifi0", 1).await?;
    assert_eq!(program.event("question").await?["text"], "try wifi0?");
    Ok((program, File::from(keys)))
}

pub(crate) async fn somebody_is_asked(lab: Lab) -> Outcome {
    let (_, file) = wifi_to_come(&lab).await?;
    let (mut program, mut keys) = asked(&lab, &file).await?;
    keys.write_all(b"what?\n")?;
    program.event("question").await?;
    keys.write_all(b"y\n")?;
    assert_eq!(program.event("question").await?["text"], "wifi0 is up: stay on it?");
    keys.write_all(b"n\n")?;
    assert_eq!(program.event("rejected").await?["why"], "as you said");
    program.send(rustix::process::Signal::TERM)?;
    program.ends_with(143).await
}
