//! How long after an answer to an offer is its effect told, beyond the time that the executor took, as that measured it?

use crate::part::Part;
use crate::rig::PrivateBus;
use crate::table::{Table, Target, millis};
use crate::timed::{Spent, Took};
use crate::world::{self, BETTER, NETWORK};
use netsession_backends::client::Client;
use netsession_backends::sim::Network;
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

/// From `migrate` until the candidate can be tested, and from `accept` until it is in use; without what the executor took.
#[derive(Default)]
struct Beyond {
    migrate: Vec<Duration>,
    accept: Vec<Duration>,
}

/// Where the hub and its executor are.
enum Place<'a> {
    Here(&'a Network, &'a Spent),
    There(&'a mut Part),
}

impl Place<'_> {
    fn order(&mut self, order: &str) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Here(network, _) => world::happen(network, order),
            Self::There(part) => part.order(order)?,
        }
        Ok(())
    }

    fn spent(&mut self) -> Result<Took, Box<dyn Error>> {
        match self {
            Self::Here(_, spent) => Ok(spent.take()),
            Self::There(part) => part.spent(),
        }
    }
}

pub(crate) async fn measure(bus: &PrivateBus, store: &Path, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let (network, spent) = (world::network(), Spent::default());
    let client = world::builder(&network, &spent).start().await?;
    let within = both(&client, Place::Here(&network, &spent)).await?;
    client.shutdown().await;
    let mut broker = Part::broker(bus, Some(store))?;
    let client = connect(Bus::Address(bus.address.clone())).await?;
    let through = both(&client, Place::There(&mut broker)).await?;
    client.shutdown().await;
    for (executor, through, within) in [("20 and 10 ms", &through[0], &within[0]), ("no time", &through[1], &within[1])] {
        for (what, through, within) in [("migrate", &through.migrate, &within.migrate), ("accept", &through.accept, &within.accept)] {
            let what = format!("{what} beyond an executor that takes {executor}");
            table.take(&what, "ms", &millis(through), Some(("in this process", &millis(within))), Target::AtMost(TARGET));
        }
    }
    Ok(())
}

/// With an executor that takes its time, and with one that takes none.
async fn both(client: &Client, mut place: Place<'_>) -> Result<[Beyond; 2], Box<dyn Error>> {
    let slow = handshakes(client, &mut place).await?;
    place.order("hurry")?;
    Ok([slow, handshakes(client, &mut place).await?])
}

async fn handshakes(client: &Client, place: &mut Place<'_>) -> Result<Beyond, Box<dyn Error>> {
    let mut beyond = Beyond::default();
    let session = client.session(NETWORK, SessionOptions { mode: Mode::Application, ..SessionOptions::default() }).await?;
    for _ in 0..TIMES {
        session.open().await?;
        place.order("appear")?;
        let offer = session.next_offer().await.ok_or("no offer")?;
        let begun = Instant::now();
        let trial = offer.migrate().await?;
        beyond.migrate.push(begun.elapsed());
        let begun = Instant::now();
        trial.accept().await?;
        beyond.accept.push(begun.elapsed());
        session.close().await?;
        place.order("vanish")?;
        let mut watch = client.watch();
        while client.configuration(BETTER)?.state >= ConfigurationState::Discovered {
            watch.next().await.ok_or("the client ended")?;
        }
    }
    let spent = place.spent()?;
    without(&mut beyond.migrate, &spent.raise)?;
    without(&mut beyond.accept, &spent.prefer)?;
    Ok(beyond)
}

/// What is left of each when the executor's part is taken off.
fn without(took: &mut [Duration], spent: &[Duration]) -> Result<(), Box<dyn Error>> {
    if took.len() != spent.len() {
        return Err(format!("the executor took {} commands, and {} were expected", spent.len(), took.len()).into());
    }
    took.iter_mut().zip(spent).for_each(|(took, spent)| *took = took.saturating_sub(*spent));
    Ok(())
}
