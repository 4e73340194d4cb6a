//! How long after an answer to an offer is its effect told, beyond the time that the executor takes?

use crate::part::Part;
use crate::rig::PrivateBus;
use crate::table::{Table, Target, millis};
use crate::world::{self, BETTER, NETWORK, PREFERRING, RAISING};
use netsession_backends::client::Client;
use netsession_broker::client::connect;
use netsession_broker::service::Bus;
use netsession_fsm::hub::SessionOptions;
use netsession_fsm::words::{ConfigurationState, Mode};
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

const TIMES: usize = 51;
/// Milliseconds.
const TARGET: f64 = 2.0;

/// From `migrate` until the candidate can be tested, and from `accept` until it is in use.
#[derive(Default)]
struct Took {
    migrate: Vec<Duration>,
    accept: Vec<Duration>,
}

pub(crate) async fn measure(bus: &PrivateBus, store: &Path, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let network = world::network();
    let client = world::builder(&network).start().await?;
    let within = handshakes(&client, |order| Ok(world::happen(&network, order))).await?;
    client.shutdown().await;
    let mut broker = Part::broker(bus, Some(store))?;
    let client = connect(Bus::Address(bus.address.clone())).await?;
    let through = handshakes(&client, |order| broker.order(order)).await?;
    client.shutdown().await;
    for (what, through, within) in
        [("migrate, beyond raising", through.migrate, within.migrate), ("accept, beyond preferring", through.accept, within.accept)]
    {
        let within = millis(&within);
        table.take(what, "ms", &millis(&through), Some(("in this process", &within)), Target::AtMost(TARGET));
    }
    Ok(())
}

async fn handshakes(client: &Client, mut order: impl FnMut(&str) -> Result<(), Box<dyn Error>>) -> Result<Took, Box<dyn Error>> {
    let mut took = Took::default();
    let session = client.session(NETWORK, SessionOptions { mode: Mode::Application, ..SessionOptions::default() }).await?;
    for _ in 0..TIMES {
        session.open().await?;
        order("appear")?;
        let offer = session.next_offer().await.ok_or("no offer")?;
        let begun = Instant::now();
        let trial = offer.migrate().await?;
        took.migrate.push(begun.elapsed().saturating_sub(RAISING));
        let begun = Instant::now();
        trial.accept().await?;
        took.accept.push(begun.elapsed().saturating_sub(PREFERRING));
        session.close().await?;
        order("vanish")?;
        let mut watch = client.watch();
        while client.configuration(BETTER)?.state >= ConfigurationState::Discovered {
            watch.next().await.ok_or("the client ended")?;
        }
    }
    Ok(took)
}
