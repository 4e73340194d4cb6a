//! Did anything get lost, and how long was it quiet? Numbered datagrams, sent at a fixed pace and echoed by the router.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A sender of numbered datagrams under way.
#[derive(Debug)]
pub struct Numbered {
    stop: watch::Sender<bool>,
    sender: JoinHandle<u64>,
    receiver: JoinHandle<(BTreeSet<u64>, Duration)>,
}

/// What became of the datagrams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Sent.
    pub sent: u64,
    /// Numbers that did not come back.
    pub lost: Vec<u64>,
    /// Longest time between two that came back.
    pub quiet: Duration,
}

impl Numbered {
    /// Starts to send to `remote`, one datagram each `pace`, through a socket that may be bound to a carrier or be left unbound.
    #[must_use]
    pub fn start(socket: UdpSocket, remote: SocketAddr, pace: Duration) -> Self {
        let (stop, stopped) = watch::channel(false);
        let socket = Arc::new(socket);
        let sender = tokio::spawn(send(Arc::clone(&socket), remote, pace, stopped.clone()));
        let receiver = tokio::spawn(receive(socket, stopped));
        Self { stop, sender, receiver }
    }

    /// Stops sending, waits for what is still under way, and counts.
    ///
    /// # Errors
    /// If one of the tasks panicked.
    pub async fn stop(self) -> io::Result<Tally> {
        self.stop.send_replace(true);
        let sent = self.sender.await?;
        let (back, quiet) = self.receiver.await?;
        Ok(Tally { sent, lost: (0..sent).filter(|number| !back.contains(number)).collect(), quiet })
    }
}

async fn send(socket: Arc<UdpSocket>, remote: SocketAddr, pace: Duration, stopped: watch::Receiver<bool>) -> u64 {
    let mut tick = tokio::time::interval(pace);
    let mut number = 0_u64;
    while !*stopped.borrow() {
        tick.tick().await;
        // a datagram the kernel refuses (no route, link down) is one that does not come back
        let _ = socket.send_to(&number.to_be_bytes(), remote).await;
        number += 1;
    }
    number
}

async fn receive(socket: Arc<UdpSocket>, mut stopped: watch::Receiver<bool>) -> (BTreeSet<u64>, Duration) {
    const LAST: Duration = Duration::from_secs(1);
    let (mut back, mut quiet, mut last) = (BTreeSet::new(), Duration::ZERO, Instant::now());
    let mut datagram = [0; 16];
    loop {
        let received = tokio::select! {
            received = socket.recv_from(&mut datagram) => received,
            () = async { let _ = stopped.wait_for(|stopped| *stopped).await; tokio::time::sleep(LAST).await; } => return (back, quiet),
        };
        if let Ok((8, _)) = received
            && let Ok(number) = datagram[..8].try_into()
        {
            back.insert(u64::from_be_bytes(number));
            quiet = quiet.max(last.elapsed());
            last = Instant::now();
        }
    }
}
