//! How does a piece of the transfer get through an access point and back? A socket bound to its carrier, or the simulator.

use netsession::bind::{self, BindError};
use netsession::executor::Carrier;
use netsession::sim::Network;
use netsession::{AccessPointId, ConfigurationState};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

/// Size of a piece.
pub(super) const PIECE: usize = 512;
/// There and back on a simulated link.
const ROUND_TRIP: Duration = Duration::from_millis(1);
/// After an error of a socket: it is told by the session, not by the socket, what to do about it.
const BREATH: Duration = Duration::from_millis(1);

/// How to get through, before anything is opened.
#[derive(Debug)]
pub(super) enum Way {
    /// Datagrams on a real link.
    Real {
        /// Its usable side.
        carrier: Carrier,
        /// Where they are echoed.
        remote: SocketAddr,
    },
    /// A link in memory.
    Simulated {
        /// Of this network.
        network: Network,
        /// This one.
        id: AccessPointId,
    },
}

impl Way {
    /// Opens it, in the runtime of the transfer.
    pub(super) async fn open(self) -> Result<Path, BindError> {
        Ok(match self {
            Self::Real { carrier, remote } => Path::Real(bind::connect_udp(&carrier, remote).await?),
            Self::Simulated { network, id } => {
                let (echo, echoes) = mpsc::unbounded_channel();
                Path::Simulated { network, id, echo, echoes }
            }
        })
    }
}

/// An open way.
#[derive(Debug)]
pub(super) enum Path {
    /// A socket on a carrier.
    Real(UdpSocket),
    /// A link in memory.
    Simulated {
        /// Of this network.
        network: Network,
        /// This one.
        id: AccessPointId,
        /// Where answers are put.
        echo: mpsc::UnboundedSender<usize>,
        /// Answers.
        echoes: mpsc::UnboundedReceiver<usize>,
    },
}

impl Path {
    /// Sends the piece of this number. What is refused is a piece that does not come back.
    pub(super) async fn send(&self, number: usize) {
        match self {
            Self::Real(socket) => {
                let mut piece = [0; PIECE];
                piece[..size_of::<usize>()].copy_from_slice(&number.to_be_bytes());
                let _ = socket.send(&piece).await;
            }
            Self::Simulated { network, id, echo, .. } => {
                let (network, id, echo) = (network.clone(), *id, echo.clone());
                tokio::spawn(async move {
                    let up = || network.state(id) == ConfigurationState::Active;
                    let left = up();
                    tokio::time::sleep(ROUND_TRIP).await;
                    if left && up() {
                        let _ = echo.send(number);
                    }
                });
            }
        }
    }

    /// The next piece that came back. Nothing is lost if the future is dropped.
    pub(super) async fn receive(&mut self) -> usize {
        match self {
            Self::Real(socket) => {
                let mut piece = [0; PIECE];
                loop {
                    match socket.recv(&mut piece).await {
                        Ok(PIECE) => {
                            let mut number = [0; size_of::<usize>()];
                            number.copy_from_slice(&piece[..size_of::<usize>()]);
                            return usize::from_be_bytes(number);
                        }
                        Ok(_) => {}
                        Err(_) => tokio::time::sleep(BREATH).await,
                    }
                }
            }
            Self::Simulated { echoes, .. } => match echoes.recv().await {
                Some(number) => number,
                None => std::future::pending().await,
            },
        }
    }
}
