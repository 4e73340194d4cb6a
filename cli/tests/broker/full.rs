//! What if there is no room for the broker's state any more, while it runs? Nobody is harmed, and it is kept again when there is room.

use crate::program::Trouble;
use crate::rig::{Ground, NAME, Rig, STATE, active, client};
use crate::together::sessions;
use netsession::{Client, Session, SessionOptions};
use netsession_broker::store::{FILE, Found, Store};
use netsession_conformance::lab::daemons::small;
use netsession_conformance::lab::{Lab, Outcome};
use rustix::process::Signal;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// Room enough to begin.
const ROOM: usize = 16 << 20;
/// What takes the rest of it.
const STUFF: &str = "stuff";
/// What the broker says, and the system's word in it.
const TOLD: [&str; 2] = ["what holds from now on would not survive a crash", "No space left on device"];

/// Somebody else takes all the room that is left.
fn fill() -> Outcome {
    let mut stuff = File::create(Path::new(STATE).join(STUFF))?;
    for size in [1 << 16, 1 << 10, 1] {
        let bytes = vec![1; size];
        while stuff.write_all(&bytes).is_ok() {}
    }
    Ok(())
}

/// What a broker that is killed now leaves. Of a copy, where there is room.
fn kept() -> Result<Found, Trouble> {
    let place = Path::new("/run/netsession-copy");
    fs::create_dir_all(place)?;
    fs::copy(Path::new(STATE).join(FILE), place.join(FILE))?;
    Ok(Store::open(place)?.1)
}

/// Sessions without end: more than there is room for.
async fn many(client: &Client, all: &mut Vec<Session>) -> Result<std::convert::Infallible, Trouble> {
    loop {
        all.push(client.session("lte", SessionOptions::default()).await?);
    }
}

pub(crate) async fn while_it_runs(lab: Lab, ground: Ground) -> Outcome {
    fs::create_dir_all(STATE)?;
    small(STATE, ROOM)?;
    let mut rig = Rig::new(lab, ground).await?;
    rig.give_leases().await?;
    let mut broker = rig.file.run(&["-v", "broker"])?;
    rig.bus.name(NAME, true).await?;
    let client = client().await?;
    let session = client.session("wifi", SessionOptions::default()).await?;
    session.open().await?;
    fill()?;
    let mut others = Vec::new();
    tokio::select! {
        said = broker.says(TOLD[0]) => said?,
        Err(refused) = many(&client, &mut others) => return Err(refused),
    }
    assert!(broker.last().contains(TOLD[1]), "{}", broker.last());
    // as it was written last, and whole
    broker.send(Signal::STOP)?;
    let found = kept()?;
    broker.send(Signal::CONT)?;
    assert!(found.kept.links.iter().any(|link| link.ours), "{found:?}");
    // everything else goes on
    let other = others.pop().ok_or("no session was created")?;
    other.open().await?;
    assert_eq!((active(&session).as_deref(), active(&other).as_deref()), (Some("wifi"), Some("lte")));
    // room again: everything is written with something that happens
    fs::remove_file(Path::new(STATE).join(STUFF))?;
    let happens = async {
        loop {
            client.refresh().await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        said = broker.says("state can be written again") => said?,
        failed = happens => return failed,
    }
    broker.send(Signal::KILL)?;
    broker.ended().await?;
    rig.bus.name(NAME, false).await?;
    let broker = rig.broker().await?;
    client.refresh().await?;
    assert!(session.is_open() && other.is_open());
    assert_eq!(sessions().await?.len(), others.len() + 2);
    session.close().await?;
    other.close().await?;
    rig.as_found().await?;
    drop((session, other, others));
    client.shutdown().await;
    rig.end(broker).await
}

/// It does not begin where there is no room, and says so.
pub(crate) async fn when_it_begins(lab: Lab, ground: Ground) -> Outcome {
    fs::create_dir_all(STATE)?;
    small(STATE, 1 << 16)?;
    fill()?;
    let rig = Rig::new(lab, ground).await?;
    let mut broker = rig.file.run(&["broker"])?;
    broker.says("cannot write /run/netsession/state.redb").await?;
    assert!(broker.last().contains(TOLD[1]), "{}", broker.last());
    broker.ends_with(6).await?;
    rig.as_found().await
}
