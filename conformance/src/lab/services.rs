//! What can be reached through every access point? An echo of datagrams, an echo of streams, and a probe that can be told to fail.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// The router's service address: the same through every access point, so that a transfer can survive the change of link.
pub const SERVICE_V4: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 1);
/// The same for IPv6.
pub const SERVICE_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0x99, 0, 0, 0, 0, 0, 1);
/// Where datagrams (UDP) and streams (TCP) are echoed.
pub const ECHO_PORT: u16 = 7007;
/// Where probes are answered (TCP).
pub const PROBE_PORT: u16 = 8080;

/// How a probe is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Probe {
    /// `204 No Content`: the network is fine.
    #[default]
    Fine,
    /// `302 Found` to elsewhere: a captive portal.
    Portal,
    /// The connection is taken and never answered.
    Silent,
    /// The connection is taken, and closed without an answer.
    Closed,
}

/// How probes are answered, by the number of the network they come from.
#[derive(Debug, Clone, Default)]
pub(super) struct Probes(Arc<Mutex<BTreeMap<u8, Probe>>>);

impl Probes {
    /// Changes it for one network.
    pub(super) fn set(&self, subnet: u8, probe: Probe) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(subnet, probe);
    }

    fn of(&self, from: IpAddr) -> Probe {
        let subnet = match from {
            IpAddr::V4(address) => address.octets()[1],
            IpAddr::V6(address) => address.octets()[3],
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&subnet).copied().unwrap_or_default()
    }
}

/// Starts all services, on both addresses, in the current runtime.
pub(super) async fn start(probes: &Probes) -> io::Result<()> {
    for address in [IpAddr::V4(SERVICE_V4), IpAddr::V6(SERVICE_V6)] {
        let datagrams = UdpSocket::bind(SocketAddr::new(address, ECHO_PORT)).await?;
        let streams = TcpListener::bind(SocketAddr::new(address, ECHO_PORT)).await?;
        let probe = TcpListener::bind(SocketAddr::new(address, PROBE_PORT)).await?;
        tokio::spawn(echo_datagrams(datagrams));
        tokio::spawn(echo_streams(streams));
        tokio::spawn(answer_probes(probe, probes.clone()));
    }
    Ok(())
}

async fn echo_datagrams(socket: UdpSocket) {
    let mut datagram = vec![0; 64 * 1024];
    // errors are those of earlier answers nobody took (ICMP): go on
    loop {
        if let Ok((length, from)) = socket.recv_from(&mut datagram).await {
            let _ = socket.send_to(&datagram[..length], from).await;
        }
    }
}

async fn echo_streams(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let (mut read, mut write) = stream.split();
            let _ = tokio::io::copy(&mut read, &mut write).await;
        });
    }
}

async fn answer_probes(listener: TcpListener, probes: Probes) {
    while let Ok((stream, from)) = listener.accept().await {
        tokio::spawn(answer_probe(stream, probes.of(from.ip())));
    }
}

async fn answer_probe(mut stream: TcpStream, probe: Probe) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    match probe {
        Probe::Fine => stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await,
        Probe::Portal => stream.write_all(b"HTTP/1.1 302 Found\r\nLocation: http://portal.invalid/\r\nConnection: close\r\n\r\n").await,
        Probe::Closed => Ok(()),
        Probe::Silent => stream.read_to_end(&mut request).await.map(drop),
    }
}
