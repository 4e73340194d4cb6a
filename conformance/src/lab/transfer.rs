//! Does a transfer survive a change of link? Numbered datagrams that go on through another socket when told to, and are all waited for.

use super::Tally;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long echoes that are under way are waited for in the end.
const LAST: Duration = Duration::from_millis(200);

/// Numbers that came back, and when.
type Back = Arc<Mutex<BTreeMap<u64, Instant>>>;

/// A sender of numbered datagrams under way, through one socket after the other.
#[derive(Debug)]
pub struct Transfer {
    socket: watch::Sender<Option<Arc<UdpSocket>>>,
    sender: JoinHandle<u64>,
    receivers: Vec<JoinHandle<()>>,
    back: Back,
}

impl Transfer {
    /// Starts to send to `remote`, one datagram each `pace`, through a socket that may be bound to a carrier or be left unbound.
    #[must_use]
    pub fn start(socket: UdpSocket, remote: SocketAddr, pace: Duration) -> Self {
        let (sender, sockets) = watch::channel(None);
        let back = Back::default();
        let sending = tokio::spawn(send(sockets, remote, pace));
        let mut this = Self { socket: sender, sender: sending, receivers: Vec::new(), back };
        this.go_through(socket);
        this
    }

    /// Goes on through this socket; what is under way through the ones before may still come in there.
    pub fn go_through(&mut self, socket: UdpSocket) {
        let socket = Arc::new(socket);
        self.receivers.push(tokio::spawn(receive(Arc::clone(&socket), Arc::clone(&self.back))));
        self.socket.send_replace(Some(socket));
    }

    /// When the first datagram came back at or after a moment.
    #[must_use]
    pub fn first_after(&self, moment: Instant) -> Option<Instant> {
        self.back.lock().unwrap_or_else(PoisonError::into_inner).values().copied().filter(|at| *at >= moment).min()
    }

    /// Stops sending, waits for what is still under way, and counts.
    ///
    /// # Errors
    /// If the sender panicked.
    pub async fn stop(self) -> io::Result<Tally> {
        self.socket.send_replace(None);
        let sent = self.sender.await?;
        tokio::time::sleep(LAST).await;
        self.receivers.iter().for_each(JoinHandle::abort);
        let back = self.back.lock().unwrap_or_else(PoisonError::into_inner);
        let mut times: Vec<Instant> = back.values().copied().collect();
        times.sort_unstable();
        let quiet = times.windows(2).map(|two| two[1] - two[0]).max().unwrap_or_default();
        Ok(Tally { sent, lost: (0..sent).filter(|number| !back.contains_key(number)).collect(), quiet })
    }
}

async fn send(sockets: watch::Receiver<Option<Arc<UdpSocket>>>, remote: SocketAddr, pace: Duration) -> u64 {
    let mut tick = tokio::time::interval(pace);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut number = 0_u64;
    loop {
        tick.tick().await;
        let Some(socket) = sockets.borrow().clone() else { return number };
        // a datagram the kernel refuses (no route, link down) is one that does not come back
        let _ = socket.send_to(&number.to_be_bytes(), remote).await;
        number += 1;
    }
}

async fn receive(socket: Arc<UdpSocket>, back: Back) {
    let mut datagram = [0; 16];
    loop {
        // errors are those of datagrams sent before (ICMP): go on
        if let Ok((8, _)) = socket.recv_from(&mut datagram).await
            && let Ok(number) = datagram[..8].try_into()
        {
            back.lock().unwrap_or_else(PoisonError::into_inner).entry(u64::from_be_bytes(number)).or_insert_with(Instant::now);
        }
    }
}
