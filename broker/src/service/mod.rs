//! The broker: what clients ask on D-Bus, put to the hub; what the hub says, told to whom it concerns.
//!
//! ```text
//! bus -> receive -> a queue and a desk for each client -> port -> hub
//! bus <- teller  <- one queue for all <- witness, answers <- hub
//! ```

mod bus;
mod call;
mod clients;
mod desk;
mod limits;
mod method;
mod metrics;
mod pace;
mod receive;
mod restart;
mod scrape;
mod signal;
mod socket;
mod tell;
mod teller;
mod witness;

pub use crate::api::Bus;
pub use limits::Limits;
pub use restart::{Keeping, KeepingError};
pub use witness::Witness;

use crate::authority::Authority;
use crate::clock;
use clients::Registry;
use metrics::Metrics;
use netsession_backends::client::Client;
use netsession_backends::client::port::Port;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tell::Tell;
use teller::Teller;
use tokio::net::UnixListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use zbus::{Connection, MessageStream};

/// What is known to every part of a broker.
#[derive(Debug)]
struct Shared {
    connection: Connection,
    port: Arc<dyn Port>,
    registry: Registry,
    authority: Arc<dyn Authority>,
    limits: Limits,
    metrics: Arc<Metrics>,
    tell: mpsc::UnboundedSender<Tell>,
    keeping: Option<Keeping>,
    ending: AtomicBool,
}

impl Shared {
    fn tell(&self, tell: Tell) {
        // fails when the broker has ended: then nobody is told anything
        let _ = self.tell.send(tell);
    }
}

/// What the witness tells; for the broker that is to tell it on.
#[derive(Debug)]
pub struct Feed {
    queue: mpsc::UnboundedReceiver<Tell>,
    tell: mpsc::UnboundedSender<Tell>,
    metrics: Arc<Metrics>,
    keeping: Option<Keeping>,
}

/// A witness for [`netsession_backends::client::Builder::witness`], and what it tells, for [`Broker::start`]. The hub must be started
/// with the witness: the broker has to see it from its first step on.
///
/// With `keeping` what holds survives a crash, if the hub was started with [`Keeping::takes_up`], too.
#[must_use]
pub fn feed(keeping: Option<Keeping>) -> (Witness, Feed) {
    let (tell, queue) = mpsc::unbounded_channel();
    let metrics = Arc::new(Metrics::default());
    let witness = Witness::new(tell.clone(), Arc::clone(&metrics), keeping.clone());
    (witness, Feed { queue, tell, metrics, keeping })
}

/// Why a broker could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no such bus.
    #[error("cannot reach {bus}: {source}; is a D-Bus daemon running there?")]
    NoBus {
        /// Which.
        bus: Bus,
        /// What was said.
        source: Box<zbus::Error>,
    },
    /// Another broker runs.
    #[error("`{}` is taken on {bus} by {by}: one broker on a bus; end that one first, or use it", crate::api::NAME)]
    Taken {
        /// On which bus.
        bus: Bus,
        /// By whom.
        by: String,
    },
    /// The bus does not give the name.
    #[error(
        "{bus} does not let user {} have the name `{}`: {source}; on the system bus that takes the policy file that comes with this \
         program, in /usr/share/dbus-1/system.d, and a reload of the bus",
        rustix::process::getuid().as_raw(), crate::api::NAME
    )]
    Refused {
        /// Which.
        bus: Bus,
        /// What it said.
        source: Box<zbus::Error>,
    },
}

/// A running broker. Dropping it takes it from the bus and drops the hub; [`Broker::shutdown`] does that in order.
#[derive(Debug)]
pub struct Broker {
    shared: Arc<Shared>,
    client: Client,
    receiver: JoinHandle<()>,
    teller: Option<JoinHandle<()>>,
    scraped: Vec<JoinHandle<()>>,
}

impl Broker {
    /// Takes the name on the bus and serves the hub behind `client` to everybody there whom `authority` lets.
    ///
    /// `feed` is that of the witness the hub was started with, see [`feed`].
    ///
    /// # Errors
    /// [`StartError`]; then the client was dropped.
    pub async fn start(client: Client, feed: Feed, bus: &Bus, authority: Arc<dyn Authority>, limits: Limits) -> Result<Self, StartError> {
        let no_bus = |source| StartError::NoBus { bus: bus.clone(), source: Box::new(source) };
        let connection = bus.connect().await.map_err(no_bus)?;
        let messages = MessageStream::from(&connection);
        let Feed { queue, tell, metrics, keeping } = feed;
        let shared = Arc::new(Shared {
            connection: connection.clone(),
            port: client.port(),
            registry: Registry::default(),
            authority,
            limits,
            metrics,
            tell,
            keeping,
            ending: AtomicBool::new(false),
        });
        let receiver = tokio::spawn(receive::receive(Arc::clone(&shared), messages));
        let mut broker = Self { receiver, teller: None, scraped: Vec::new(), shared, client };
        // who leaves is told from before the first call on
        bus::watch_names(&connection).await.map_err(no_bus)?;
        let owners = restart::take_up(&broker.shared).await;
        broker.teller = Some(tokio::spawn(Teller::new(Arc::clone(&broker.shared), queue, owners).run()));
        bus::take_name(&connection, bus).await?;
        tracing::info!(%bus, name = crate::api::NAME, unique = ?connection.unique_name(), "serves");
        Ok(broker)
    }

    /// Gives the counters as Prometheus text to whoever connects there and asks over HTTP (`curl --unix-socket PATH http://localhost/`).
    /// Who may connect is for the permissions of the socket to say.
    pub fn serve_metrics(&mut self, listener: UnixListener) {
        self.scraped.push(tokio::spawn(scrape::serve(Arc::clone(&self.shared), listener)));
    }

    /// Returns when the bus is gone; then all clients are gone, too, and the broker should be shut down.
    pub async fn bus_lost(&self) {
        self.shared.connection.closed().await;
    }

    /// Closes every session and tells its owner, puts every link back as found, gives the name back and leaves the bus. Bounded in time,
    /// see [`netsession_backends::client::Builder::patience`]. Calls meanwhile are refused.
    pub async fn shutdown(self) {
        self.shared.ending.store(true, Ordering::Relaxed);
        self.client.clone().shutdown().await;
        let (answer, answered) = oneshot::channel();
        self.shared.tell(Tell::End(answer));
        // an error says that it had ended before
        let _ = answered.await;
        if let Some(keeping) = &self.shared.keeping {
            keeping.end();
        }
        if let Err(error) = bus::give_name(&self.shared.connection).await {
            tracing::debug!(%error, "the name was not given back: the bus is gone");
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.receiver.abort();
        for task in self.teller.iter().chain(&self.scraped) {
            task.abort();
        }
    }
}
