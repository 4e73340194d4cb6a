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
    let within = both(&client, |order| {
        world::happen(&network, order);
        Ok(())
    });
    let within = within.await?;
    client.shutdown().await;
    let mut broker = Part::broker(bus, Some(store))?;
    let client = connect(Bus::Address(bus.address.clone())).await?;
    let through = both(&client, |order| broker.order(order)).await?;
    client.shutdown().await;
    for (executor, through, within) in [("20 and 10 ms", &through[0], &within[0]), ("no time", &through[1], &within[1])] {
        for (what, through, within) in [("migrate", &through.migrate, &within.migrate), ("accept", &through.accept, &within.accept)] {
            let what = format!("{what} beyond an executor that takes {executor}");
            table.take(&what, "ms", &millis(through), Some(("in this process", &millis(within))), Target::AtMost(TARGET));
        }
    }
    Ok(())
}

/// With an executor that takes its time, which ends with a timer that counts in milliseconds, and with one that takes none.
async fn both(client: &Client, mut order: impl FnMut(&str) -> Result<(), Box<dyn Error>>) -> Result<[Took; 2], Box<dyn Error>> {
    let slow = handshakes(client, &mut order, RAISING, PREFERRING).await?;
    order("hurry")?;
    Ok([slow, handshakes(client, &mut order, Duration::ZERO, Duration::ZERO).await?])
}

async fn handshakes(
    client: &Client,
    order: &mut impl FnMut(&str) -> Result<(), Box<dyn Error>>,
    raising: Duration,
    preferring: Duration,
) -> Result<Took, Box<dyn Error>> {
    let mut took = Took::default();
    let session = client.session(NETWORK, SessionOptions { mode: Mode::Application, ..SessionOptions::default() }).await?;
    for _ in 0..TIMES {
        session.open().await?;
        order("appear")?;
        let offer = session.next_offer().await.ok_or("no offer")?;
        let begun = Instant::now();
        let trial = offer.migrate().await?;
        took.migrate.push(begun.elapsed().saturating_sub(raising));
        let begun = Instant::now();
        trial.accept().await?;
        took.accept.push(begun.elapsed().saturating_sub(preferring));
        session.close().await?;
        order("vanish")?;
        let mut watch = client.watch();
        while client.configuration(BETTER)?.state >= ConfigurationState::Discovered {
            watch.next().await.ok_or("the client ended")?;
        }
    }
    Ok(took)
}
