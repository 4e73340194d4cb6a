//! How many times a second can a session be opened and closed again? Through the broker, within this process, and two calls of a bare
//! peer. The link goes up and down each time, or another session holds it all the while.

use crate::bare::Caller;
use crate::part::Part;
use crate::rig::PrivateBus;
use crate::table::{Table, Target};
use crate::timed::Spent;
use crate::world::{self, SINGLE};
use netsession_backends::client::{Client, Session};
use netsession_broker::client::connect;
use netsession_broker::service::Bus;
use netsession_fsm::hub::SessionOptions;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

/// Every kind is measured once in each, so that what else the machine does concerns all of them.
const ROUNDS: usize = 7;
const PAIRS: u32 = 500;
/// Before it counts.
const WARM: u32 = 50;

/// Rates, one of each round: in this process, through a broker, through one that keeps its state.
struct Rates {
    within: Vec<f64>,
    through: Vec<f64>,
    kept: Vec<f64>,
}

pub(crate) async fn measure(bus: &PrivateBus, store: &Path, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let [mut alone, mut held] = [const { Rates { within: Vec::new(), through: Vec::new(), kept: Vec::new() } }; 2];
    let mut bare = Vec::new();
    let peer = Part::bare(bus)?;
    let caller = Caller::on(bus).await;
    for _ in 0..ROUNDS {
        let client = world::builder(&world::network(), &Spent::default()).start().await?;
        sessions(&client, &mut alone.within, &mut held.within).await?;
        client.shutdown().await;
        let through = (None, &mut alone.through, &mut held.through);
        for (store, alone, held) in [through, (Some(store), &mut alone.kept, &mut held.kept)] {
            let broker = Part::broker(bus, store)?;
            let client = connect(Bus::Address(bus.address.clone())).await?;
            sessions(&client, alone, held).await?;
            client.shutdown().await;
            drop(broker);
        }
        bare.push(echoes(&caller).await?);
    }
    drop(peer);
    const UNIT: &str = "/s";
    table.take("two calls of a bare peer", UNIT, &bare, None, Target::None);
    for (what, rates) in [("open and close, link up and down", &alone), ("open and close, link held by another", &held)] {
        table.take(&format!("{what}: in this process"), UNIT, &rates.within, None, Target::None);
        for (whose, many) in [("broker", &rates.through), ("broker that keeps", &rates.kept)] {
            let what = format!("{what}: {whose}");
            table.take(&what, UNIT, many, Some(("bare peer", &bare)), Target::None);
            table.take(&what, UNIT, many, Some(("in this process", &rates.within)), Target::None);
        }
    }
    Ok(())
}

/// The rate of a session that is alone, and of one while another one is open on the same link.
async fn sessions(client: &Client, alone: &mut Vec<f64>, held: &mut Vec<f64>) -> Result<(), Box<dyn Error>> {
    let session = client.session(SINGLE, SessionOptions::default()).await?;
    alone.push(pairs(&session).await?);
    let other = client.session(SINGLE, SessionOptions::default()).await?;
    other.open().await?;
    held.push(pairs(&session).await?);
    Ok(())
}

async fn pairs(session: &Session) -> Result<f64, Box<dyn Error>> {
    let mut begun = Instant::now();
    for number in 0..WARM + PAIRS {
        if number == WARM {
            begun = Instant::now();
        }
        session.open().await?;
        session.close().await?;
    }
    Ok(rate(begun))
}

async fn echoes(caller: &Caller) -> Result<f64, Box<dyn Error>> {
    let mut begun = Instant::now();
    for number in 0..WARM + PAIRS {
        if number == WARM {
            begun = Instant::now();
        }
        caller.echo().await?;
        caller.echo().await?;
    }
    Ok(rate(begun))
}

fn rate(begun: Instant) -> f64 {
    f64::from(PAIRS) / begun.elapsed().as_secs_f64()
}
