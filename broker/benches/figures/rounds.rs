//! How many times a second can a session be opened and closed again? Through the broker, within this process, and two calls of a bare
//! peer. The link goes up and down each time.

use crate::bare::Caller;
use crate::part::Part;
use crate::rig::PrivateBus;
use crate::table::{Table, Target};
use crate::world::{self, SINGLE};
use netsession_backends::client::Client;
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

pub(crate) async fn measure(bus: &PrivateBus, store: &Path, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let [mut within, mut through, mut kept, mut bare] = [const { Vec::<f64>::new() }; 4];
    let peer = Part::bare(bus)?;
    let caller = Caller::on(bus).await;
    for _ in 0..ROUNDS {
        let client = world::builder(&world::network()).start().await?;
        within.push(sessions(&client).await?);
        client.shutdown().await;
        for (store, rates) in [(None, &mut through), (Some(store), &mut kept)] {
            let broker = Part::broker(bus, store)?;
            let client = connect(Bus::Address(bus.address.clone())).await?;
            rates.push(sessions(&client).await?);
            client.shutdown().await;
            drop(broker);
        }
        bare.push(echoes(&caller).await?);
    }
    drop(peer);
    const UNIT: &str = "/s";
    table.take("open and close, in this process", UNIT, &within, None, Target::None);
    table.take("two calls of a bare peer", UNIT, &bare, None, Target::None);
    for (what, rates) in [("open and close, broker", &through), ("open and close, broker that keeps", &kept)] {
        table.take(what, UNIT, rates, Some(("bare peer", &bare)), Target::None);
        table.take(what, UNIT, rates, Some(("in this process", &within)), Target::None);
    }
    Ok(())
}

async fn sessions(client: &Client) -> Result<f64, Box<dyn Error>> {
    let session = client.session(SINGLE, SessionOptions::default()).await?;
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
