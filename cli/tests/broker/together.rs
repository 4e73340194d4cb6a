//! Do programs share links through the broker? The program itself: open, status, list, stop, monitor.

use crate::phase::{self, At};
use crate::program::{Program, Trouble, without_a_file};
use crate::rig::{Ground, Rig, eventually};
use netsession_conformance::lab::daemons::Daemon;
use netsession_conformance::lab::{Lab, Outcome};
use rustix::process::Signal;
use serde_json::{Value, json};

/// `netsession open NAME -- cat` through the broker, connected.
pub(crate) async fn open(name: &str) -> Result<Program, Trouble> {
    let mut program = without_a_file(&["open", "--json", name, "--", "cat"])?;
    program.event("through").await?;
    program.event("connected").await?;
    Ok(program)
}

/// What `netsession status --json` tells.
async fn status() -> Result<Value, Trouble> {
    without_a_file(&["status", "--json"])?.tells(0).await
}

/// The sessions it tells of.
pub(crate) async fn sessions() -> Result<Vec<Value>, Trouble> {
    Ok(status().await?["sessions"].as_array().ok_or("no sessions")?.clone())
}

async fn rig(lab: Lab, ground: Ground) -> Result<(Rig, Daemon), Trouble> {
    let mut rig = Rig::new(lab, ground).await?;
    rig.give_leases().await?;
    let broker = rig.broker().await?;
    Ok((rig, broker))
}

/// Two programs on one link: it goes down when the last of them ends.
pub(crate) async fn the_last_one_takes_the_link_down(lab: Lab, ground: Ground) -> Outcome {
    let (rig, broker) = rig(lab, ground).await?;
    let mut first = without_a_file(&["open", "--json", "net", "--", "cat"])?;
    let through = first.event("through").await?;
    assert_eq!((&through["bus"], &through["pid"]), (&json!("the system bus"), &json!(broker.pid())), "{through}");
    assert_eq!(first.event("connected").await?["access_point"], "wifi");
    let mut second = open("wifi").await?;
    let told = status().await?;
    assert_eq!((&told["pid"], &told["uid"]), (&json!(broker.pid()), &json!(0)), "{told}");
    let facts = |row: &Value| json!([row["configuration"], row["open"], row["active"], row["leases"], row["phase"], row["process"]]);
    let told: Vec<_> = sessions().await?.iter().map(facts).collect();
    assert_eq!(told, ["net", "wifi"].map(|of| json!([of, true, "wifi", ["wifi"], "stable", "netsession"])));
    drop(first.input.take());
    first.ends_with(0).await?;
    let up = rig.lab.wire.dump().await?;
    assert_eq!(up.about("Local(10.1.0.2)").count(), 1, "the other one holds it");
    drop(second.input.take());
    second.ends_with(0).await?;
    rig.as_found().await?;
    assert_eq!(sessions().await?.len(), 0);
    rig.end(broker).await
}

/// Killed: its lease is dropped, and nobody else notices.
pub(crate) async fn a_killed_program_holds_nothing(lab: Lab, ground: Ground) -> Outcome {
    let (rig, broker) = rig(lab, ground).await?;
    let mut killed = [open("wifi").await?, open("lte").await?];
    let mut other = open("wifi").await?;
    for program in &mut killed {
        program.send(Signal::KILL)?;
        program.ended().await?;
    }
    let one = async || sessions().await.ok().filter(|sessions| sessions.len() == 1);
    let left = eventually("one session", one).await?;
    assert_eq!((&left[0]["configuration"], &left[0]["leases"]), (&json!("wifi"), &json!(["wifi"])), "{left:?}");
    let gone = async || rig.lab.wire.dump().await.ok().filter(|now| now.about("Local(10.2.0.").count() == 0);
    let now = eventually("lte down", gone).await?;
    assert_eq!(now.about("Local(10.1.0.2)").count(), 1);
    other.send(Signal::TERM)?;
    other.ends_with(143).await?;
    rig.as_found().await?;
    rig.end(broker).await
}

/// A program is killed where it is, and nobody else is there: everything it had is put back.
pub(crate) async fn killed_in(lab: Lab, ground: Ground, at: At) -> Outcome {
    /// What a probe waits for.
    const GO: &str = "/run/go";
    let mut rig = Rig::new(lab, ground).await?;
    if !matches!(at, At::Wanting | At::Migrating) {
        rig.give_leases().await?;
    }
    let broker = rig.broker().await?;
    let probe = format!("while kill -0 $PPID 2>/dev/null; do [ -e {GO} ] && exit; sleep 0.02; done");
    let on = if at == At::Wanting { "lte" } else { "net" };
    let mut program = without_a_file(&["open", "--json", "--probe", &probe, on, "--", "cat"])?;
    if at != At::Wanting {
        program.event("connected").await?;
    }
    if matches!(at, At::Migrating | At::Trial | At::Committing) {
        rig.lab.wire.set_up("wifi0", false).await?;
    }
    if at == At::Committing {
        program.event("trial").await?;
        rig.keeper.as_mut().ok_or("nothing to be held up")?.daemon()?.freeze()?;
        std::fs::write(GO, "")?;
    }
    let (field, value) = match at {
        At::Wanting => ("state", json!("connecting")),
        At::Held => ("open", json!(true)),
        _ => ("phase", json!(format!("{at:?}").to_lowercase())),
    };
    let there = async || sessions().await.ok().filter(|all| all.len() == 1 && all[0][field] == value);
    eventually(&format!("{at:?}"), there).await?;
    program.send(Signal::KILL)?;
    program.ended().await?;
    phase::thaw(&mut rig, at)?;
    if rig.keeper.is_some() {
        // it has its devices up
        rig.lab.wire.set_up("wifi0", true).await?;
    }
    rig.as_found().await?;
    assert_eq!(sessions().await?.len(), 0);
    rig.end(broker).await
}

/// A handshake of one program is seen by another, and ends with the program that has it.
pub(crate) async fn handshakes_are_shown(lab: Lab, ground: Ground) -> Outcome {
    let (rig, broker) = rig(lab, ground).await?;
    // loss of the first member: what is left is tested for as long as the program lives
    let endless = "while kill -0 $PPID 2>/dev/null; do sleep 0.1; done";
    let mut program = without_a_file(&["open", "--json", "--probe", endless, "net", "--", "cat"])?;
    program.event("connected").await?;
    rig.lab.wire.set_up("wifi0", false).await?;
    program.event("trial").await?;
    let told = sessions().await?;
    let row = &told[0];
    assert_eq!((&row["phase"], &row["candidate"], &row["mode"]), (&json!("trial"), &json!("lte"), &json!("application")), "{row}");
    assert!(row["deadline"].as_f64().is_some_and(|left| left > 0.0 && left <= 60.0), "{row}");
    let mut shown = without_a_file(&["status"])?;
    let line = shown.line(|line| line.contains("trial lte, ")).await?;
    assert!(line.contains("netsession ("), "{line}");
    shown.ends_with(0).await?;
    program.send(Signal::KILL)?;
    program.ended().await?;
    if rig.keeper.is_some() {
        // it has its devices up
        rig.lab.wire.set_up("wifi0", true).await?;
    }
    rig.as_found().await?;
    rig.end(broker).await
}

/// `list`, `monitor` and `stop` show and do what the broker has; `--through` says whose.
pub(crate) async fn everything_goes_through_it(lab: Lab, ground: Ground) -> Outcome {
    let (rig, broker) = rig(lab, ground).await?;
    let executor = match ground {
        Ground::NetworkManager | Ground::Applied => "networkmanager",
        Ground::Connman => "connman",
        Ground::Netlink => "netlink",
    };
    let mut monitor = without_a_file(&["monitor", "--json"])?;
    let snapshot = monitor.line(|line| line.contains("\"snapshot\"")).await?;
    assert!(snapshot.contains("\"net\""), "{snapshot}");
    let mut program = open("net").await?;
    monitor.line(|line| line.contains("\"event\":\"changed\",\"configuration\":\"wifi\",\"state\":\"active\"")).await?;
    let listed = without_a_file(&["list", "--json"])?.tells(0).await?;
    let rows = listed["configurations"].as_array().ok_or("no rows")?;
    let names: Vec<_> = rows.iter().map(|row| (row["name"].clone(), row["state"].clone())).collect();
    let expected = [("wifi", "active"), ("lte", "discovered"), ("net", "active")];
    assert_eq!(names, expected.map(|(name, state)| (json!(name), json!(state))), "{listed}");
    // without it, the same file gives this process a view of its own
    let own = rig.file.run(&["--through", "process", "list", "--json"])?.tells(0).await?;
    assert_eq!(own["configurations"][0]["executor"], executor, "{own}");
    let refused = rig.file.run(&["--through", "broker", "list", "--json"])?;
    fails(refused, 2, "the broker has its own configuration").await?;
    assert_eq!(without_a_file(&["--through", "broker", "stop", "--json", "net"])?.tells(0).await?, json!({ "stopped": ["wifi"] }));
    program.event("lost").await?;
    drop(program.input.take());
    program.ends_with(0).await?;
    monitor.line(|line| line.contains("\"event\":\"changed\",\"configuration\":\"wifi\",\"state\":\"discovered\"")).await?;
    monitor.send(Signal::INT)?;
    monitor.ends_with(0).await?;
    rig.as_found().await?;
    rig.end(broker).await
}

/// It ends so, and says why.
pub(crate) async fn fails(mut program: Program, code: i32, why: &str) -> Outcome {
    drop(program.input.take());
    let failed = program.event("failed").await?;
    let message = failed["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains(why), "{failed}");
    program.ends_with(code).await
}
