//! Is everything as it was when it is over, however and whenever it is ended? And what if it cannot be?

use crate::program::{ConfigFile, Trouble, changes};
use crate::roam::{asked, offered, wifi_to_come};
use netsession_conformance::lab::{Dump, Lab, Outcome, Plug};
use rustix::process::Signal;

const SIGNALS: [(Signal, i32); 3] = [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)];
/// A probe that takes as long as the program lives.
const ENDLESS: &str = "while kill -0 $PPID 2>/dev/null; do sleep 0.1; done";

pub(crate) async fn while_connecting(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.router.cut("wifi0").await?;
    let before = lab.wire.settled().await?;
    let file = ConfigFile::new(&[&wifi])?;
    for (signal, code) in SIGNALS {
        let mut program = file.run(&["open", "--json", "wifi0", "--", "cat"])?;
        changes(&lab, &before).await?;
        program.send(signal)?;
        program.ends_with(code).await?;
        lab.wire.becomes(&before).await?;
    }
    Ok(())
}

pub(crate) async fn while_connected(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let file = ConfigFile::new(&[&wifi])?;
    for (signal, code) in SIGNALS {
        let mut program = file.run(&["open", "--json", "wifi0", "--", "cat"])?;
        program.event("connected").await?;
        program.send(signal)?;
        program.ends_with(code).await?;
        lab.wire.becomes(&before).await?;
    }
    Ok(())
}

pub(crate) async fn while_an_offer_is_pending(lab: Lab) -> Outcome {
    let (_, file) = wifi_to_come(&lab).await?;
    let before = lab.wire.settled().await?;
    for (signal, code) in SIGNALS {
        let (mut program, _keys) = asked(&lab, &file).await?;
        program.send(signal)?;
        program.ends_with(code).await?;
        lab.router.unplug("wifi0").await?;
        lab.wire.becomes(&before).await?;
    }
    Ok(())
}

pub(crate) async fn in_a_trial(lab: Lab) -> Outcome {
    let (_, file) = wifi_to_come(&lab).await?;
    let before = lab.wire.settled().await?;
    for (signal, code) in SIGNALS {
        let mut program = offered(&lab, &file, &["--probe", ENDLESS]).await?;
        program.event("trial").await?;
        assert_eq!(lab.wire.dump().await?.about("Local(10.1.0.2)").count(), 1, "both links are up");
        program.send(signal)?;
        program.ends_with(code).await?;
        lab.router.unplug("wifi0").await?;
        lab.wire.becomes(&before).await?;
    }
    Ok(())
}

pub(crate) async fn command_that_will_not_end_is_killed(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let file = ConfigFile::new(&[&wifi])?;
    let deaf = "trap '' INT TERM; echo deaf; while read line; do :; done";
    for twice in [false, true] {
        let grace = if twice { "1h" } else { "50ms" };
        let mut program = file.run(&["open", "--json", "--grace", grace, "wifi0", "--", "sh", "-c", deaf])?;
        program.line(|line| line == "deaf").await?;
        program.send(Signal::INT)?;
        if twice {
            program.event("interrupted").await?;
            program.send(Signal::INT)?;
        }
        program.ends_with(130).await?;
        lab.wire.becomes(&before).await?;
    }
    Ok(())
}

/// What the help says of a program that was killed: the links stay up, the next run uses them and leaves them up, and this cleans up.
async fn copes(lab: &Lab, file: &ConfigFile, before: &Dump, plugs: &[&Plug]) -> Outcome {
    let left = lab.wire.settled().await?;
    assert_ne!(left, *before, "links stay raised");
    for plug in plugs {
        let mut program = file.run(&["open", "--json", &plug.name, "--", "true"])?;
        program.ends_with(0).await?;
        lab.wire.becomes(&left).await?;
    }
    for plug in plugs {
        clean_up(lab, plug).await?;
    }
    lab.wire.becomes(before).await
}

/// `ip link set INTERFACE down` and `ip address flush dev INTERFACE`.
async fn clean_up(lab: &Lab, plug: &Plug) -> Result<(), Trouble> {
    lab.wire.set_up(&plug.name, false).await?;
    for (address, prefix) in [plug.v4, plug.v6] {
        if lab.wire.dump().await?.about(&format!("Local({address})")).count() > 0 {
            lab.wire.remove_address(&plug.name, address, prefix).await?;
        }
    }
    Ok(())
}

pub(crate) async fn killed_while_connecting(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.router.cut("wifi0").await?;
    let before = lab.wire.settled().await?;
    let file = ConfigFile::new(&[&wifi])?;
    let mut program = file.run(&["open", "--json", "wifi0", "--", "cat"])?;
    changes(&lab, &before).await?;
    program.send(Signal::KILL)?;
    program.ended().await?;
    // the device is set up, nothing more
    assert_eq!(lab.wire.dump().await?.about("Local(10.1.0.2)").count(), 0);
    lab.router.mend("wifi0").await?;
    let left = lab.wire.settled().await?;
    let mut program = file.run(&["open", "--json", "wifi0", "--", "true"])?;
    program.ends_with(0).await?;
    lab.wire.becomes(&left).await?;
    clean_up(&lab, &wifi).await?;
    lab.router.cut("wifi0").await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn killed_while_connected(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let before = lab.wire.settled().await?;
    let file = ConfigFile::new(&[&wifi])?;
    let mut program = file.run(&["open", "--json", "wifi0", "--", "cat"])?;
    program.event("connected").await?;
    program.send(Signal::KILL)?;
    program.ended().await?;
    copes(&lab, &file, &before, &[&wifi]).await
}

pub(crate) async fn killed_in_a_trial(lab: Lab) -> Outcome {
    let (wifi, file) = wifi_to_come(&lab).await?;
    let before = lab.wire.settled().await?;
    let lte = Plug::new("lte0", 2);
    let mut program = offered(&lab, &file, &["--probe", ENDLESS]).await?;
    program.event("trial").await?;
    program.send(Signal::KILL)?;
    program.ended().await?;
    let left = lab.wire.settled().await?;
    assert_eq!(left.about("Local(10.1.0.2)").count() + left.about("Local(10.2.0.2)").count(), 2, "both stay");
    // the next run takes the best of them at once
    let mut program = file.run(&["open", "--json", "net", "--", "true"])?;
    assert_eq!(program.event("connected").await?["access_point"], "wifi0");
    program.ends_with(0).await?;
    lab.wire.becomes(&left).await?;
    clean_up(&lab, &wifi).await?;
    clean_up(&lab, &lte).await?;
    lab.router.unplug("wifi0").await?;
    lab.wire.becomes(&before).await
}
