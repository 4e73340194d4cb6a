//! `netsession`: network sessions that roam with the application's consent. The one dependency of an application author.
//!
//! A [`Session`] is an application's interest in a configuration. On a service network it can roam: when a better access point
//! appears the application gets an [`Offer`]; [`Offer::migrate`] raises the candidate while the old link stays up; in the
//! [`Trial`] the application tests it and accepts or rejects. A dropped offer is ignored, a dropped trial rejected.
//!
//! ```
//! use netsession::sim::{Behaviour, Network};
//! use netsession::{AccessPoint, Bearer, Client, ConfigurationState, ExecutorId, Mode, Purpose, SessionOptions};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A network in memory. Real links take `netlink` instead; nothing below changes.
//! let network = Network::new(1);
//! let mut builder = Client::builder().executor(network.executor(ExecutorId(0)));
//! let wlan = builder.access_point("office", AccessPoint { bearer: Bearer::Wlan, ..Default::default() });
//! let lte = builder.access_point("phone", AccessPoint { bearer: Bearer::Lte, ..Default::default() });
//! builder.service_network("internet", Purpose::Public, [wlan, lte]);
//! // the office is out of reach for now
//! network.add(wlan, Behaviour { state: ConfigurationState::Defined, ..Behaviour::default() });
//! network.add(lte, Behaviour::default());
//! let client = builder.start().await?;
//!
//! // Open: the best access point that is usable is raised.
//! let options = SessionOptions { mode: Mode::Application, ..Default::default() };
//! let session = client.session("internet", options).await?;
//! session.open().await?;
//! assert_eq!(session.active_configuration().map(|it| it.id), Some(lte.into()));
//!
//! // Somebody walks into the office.
//! network.appear(wlan);
//! let offer = session.next_offer().await.ok_or("no offers any more")?;
//! assert_eq!(&*offer.configuration, "office");
//!
//! // Both links are up: test the new one through its own carrier, then decide.
//! let trial = offer.migrate().await?;
//! let carrier = trial.carrier().ok_or("lost")?;
//! println!("testing {} through {}", trial.candidate().configuration, carrier.interface);
//! if network.probe(wlan).await {
//!     trial.accept().await?;
//! } else {
//!     trial.reject().await?;
//! }
//! assert_eq!(session.active_configuration().map(|it| it.id), Some(wlan.into()));
//!
//! // Nothing is left behind.
//! drop(session);
//! client.shutdown().await;
//! assert_eq!(network.raised(), []);
//! # Ok(())
//! # }
//! ```
//!
//! Several programs share the links of a machine through a broker on D-Bus: with the feature `broker`, the line that starts the client
//! is another one, and nothing after it is.
//!
#![cfg_attr(feature = "broker", doc = "```no_run")]
#![cfg_attr(not(feature = "broker"), doc = "```ignore")]
//! # async fn shared() -> Result<(), Box<dyn std::error::Error>> {
//! use netsession::broker::{Bus, connect};
//! let client = connect(Bus::System).await?;
//! let session = client.session("internet", Default::default()).await?;
//! session.open().await?;
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

pub use netsession_backends::client::{
    BrokerError, Builder, Candidate, CatalogueChange, Change, Changes, Client, Configuration, Failure, Offer, RequestError, RoamError,
    Session, StartError, Tap, Trial, Watch, Which, Witness, port,
};
pub use netsession_backends::{config, executor};
pub use netsession_fsm as fsm;
pub use netsession_fsm::hub::{CatalogueNotice, Counters, Notice, Policies, SessionOptions, Settings, Snapshot};
pub use netsession_fsm::words::{
    AccessPoint, AccessPointId, Bearer, Capabilities, Cause, ConfigurationId, ConfigurationState, Error, ErrorKind, ExecutorId, Kind,
    Metered, Mode, OfferId, OfferKind, Operation, Phase, Preference, Purpose, RadioId, Refusal, Requirements, SessionId, SessionState,
};

#[cfg(target_os = "linux")]
pub use netsession_backends::bind;
/// The same sessions through a broker that several processes share: [`connect`](broker::connect) in place of
/// [`Builder::start`], and nothing else is different.
#[cfg(feature = "broker")]
pub mod broker {
    pub use netsession_broker::client::{Bus, ConnectError, Connection, Listed, Runs, connect, runs, sessions};
}
#[cfg(feature = "netlink")]
pub use netsession_backends::choose;
#[cfg(target_os = "linux")]
pub use netsession_backends::client::{Family, NoSocket, Side, SocketError, SocketKind};
#[cfg(feature = "connman")]
pub use netsession_backends::connman;
#[cfg(feature = "netlink")]
pub use netsession_backends::netlink;
#[cfg(feature = "networkmanager")]
pub use netsession_backends::networkmanager;
#[cfg(feature = "sim")]
pub use netsession_backends::sim;

/// The example of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
