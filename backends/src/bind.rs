//! How does a socket stay on one link, whatever the default route does? It is bound to the link's carrier (SPEC §7.4).
//!
//! A bound socket sends and receives through the carrier's interface only (`SO_BINDTODEVICE`, which needs no privilege since
//! Linux 5.7) and from one of its addresses. Where that cannot be had (a socket in a library that takes a source address and nothing
//! else) the address alone will do on links that the netlink executor raised: their rules send what comes from it through them.

use crate::executor::Carrier;
use socket2::SockRef;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;
use tokio::net::{TcpSocket, TcpStream, UdpSocket};

/// Why a socket could not be bound to a carrier or connected through it.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The carrier has no interface of the operating system.
    #[error("the carrier names no interface (a simulated link has none): use a link of a real executor")]
    NoInterface,
    /// The interface is gone or was renamed since the carrier was told.
    #[error("cannot bind to interface `{interface}`: {source}; it may be gone: wait for the link's next carrier")]
    Device {
        /// Which.
        interface: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// The carrier has no address of the family of the other end.
    #[error("interface `{interface}` has no address that can reach {remote}: add an {family} address to its access point")]
    NoAddress {
        /// Which.
        interface: String,
        /// The other end.
        remote: SocketAddr,
        /// `IPv4` or `IPv6`.
        family: &'static str,
    },
    /// The source address could not be bound.
    #[error("cannot bind to {address} on `{interface}`: {source}; the address may have been removed from it")]
    Address {
        /// Which.
        interface: String,
        /// The source address.
        address: IpAddr,
        /// What the kernel said.
        source: io::Error,
    },
    /// The connection was not made.
    #[error("cannot connect to {remote} through `{interface}`: {source}")]
    Connect {
        /// Which.
        interface: String,
        /// The other end.
        remote: SocketAddr,
        /// What the kernel said.
        source: io::Error,
    },
    /// No socket could be made at all.
    #[error("cannot make a socket: {0}")]
    Socket(#[from] io::Error),
}

/// Binds a socket of any kind to the carrier's interface and leaves its address alone: also possible on a socket in use.
///
/// # Errors
/// If the carrier has no interface, or the kernel refuses it.
pub fn to_interface(socket: &impl AsFd, carrier: &Carrier) -> Result<(), BindError> {
    if carrier.interface.is_empty() || carrier.index == 0 {
        return Err(BindError::NoInterface);
    }
    SockRef::from(socket)
        .bind_device(Some(carrier.interface.as_bytes()))
        .map_err(|source| BindError::Device { interface: carrier.interface.clone(), source })
}

/// Binds a fresh socket to the carrier's interface and to the address of it that fits `remote`, on a port of the kernel's choice.
///
/// # Errors
/// If the carrier has no interface, no address of the family of `remote`, or the kernel refuses either.
pub fn to_carrier(socket: &impl AsFd, carrier: &Carrier, remote: SocketAddr) -> Result<(), BindError> {
    to_interface(socket, carrier)?;
    let address = source(carrier, remote)?;
    SockRef::from(socket).bind(&SocketAddr::new(address, 0).into()).map_err(|source| BindError::Address {
        interface: carrier.interface.clone(),
        address,
        source,
    })
}

/// The carrier's first address of the family of `remote`.
///
/// # Errors
/// If it has none.
pub fn source(carrier: &Carrier, remote: SocketAddr) -> Result<IpAddr, BindError> {
    let fits = |address: &&IpAddr| address.is_ipv4() == remote.is_ipv4();
    carrier.addresses.iter().find(fits).copied().ok_or_else(|| BindError::NoAddress {
        interface: carrier.interface.clone(),
        remote,
        family: if remote.is_ipv4() { "IPv4" } else { "IPv6" },
    })
}

/// Connects to `remote` through the carrier.
///
/// # Errors
/// As [`to_carrier`], or if the other end does not answer.
pub async fn connect_tcp(carrier: &Carrier, remote: SocketAddr) -> Result<TcpStream, BindError> {
    let socket = if remote.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    to_carrier(&socket, carrier, remote)?;
    let failed = |source| BindError::Connect { interface: carrier.interface.clone(), remote, source };
    socket.connect(remote).await.map_err(failed)
}

/// A datagram socket on the carrier, connected to `remote`.
///
/// # Errors
/// As [`to_carrier`], or if there is no way to `remote`.
pub async fn connect_udp(carrier: &Carrier, remote: SocketAddr) -> Result<UdpSocket, BindError> {
    let domain = if remote.is_ipv4() { socket2::Domain::IPV4 } else { socket2::Domain::IPV6 };
    let socket = socket2::Socket::new(domain, socket2::Type::DGRAM.nonblocking(), Some(socket2::Protocol::UDP))?;
    to_carrier(&socket, carrier, remote)?;
    let socket = UdpSocket::from_std(socket.into())?;
    let failed = |source| BindError::Connect { interface: carrier.interface.clone(), remote, source };
    socket.connect(remote).await.map_err(failed)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carrier() -> Carrier {
        let addresses = vec!["192.0.2.7".parse().unwrap(), "192.0.2.8".parse().unwrap()];
        Carrier { interface: "no-such-device".into(), index: 7, addresses, gateway: None, dns: Vec::new() }
    }

    #[test]
    fn source_is_the_first_of_the_family() {
        assert_eq!(source(&carrier(), "198.51.100.1:1".parse().unwrap()).unwrap(), "192.0.2.7".parse::<IpAddr>().unwrap());
        let error = source(&carrier(), "[2001:db8::1]:1".parse().unwrap()).unwrap_err();
        assert!(error.to_string().contains("add an IPv6 address"), "{error}");
    }

    #[tokio::test]
    async fn a_simulated_carrier_and_a_missing_interface_are_told_apart() {
        let remote = "198.51.100.1:1".parse().unwrap();
        let error = connect_tcp(&Carrier::default(), remote).await.unwrap_err();
        assert!(matches!(error, BindError::NoInterface), "{error}");
        let error = connect_tcp(&carrier(), remote).await.unwrap_err();
        assert!(matches!(error, BindError::Device { .. }), "{error}");
    }
}
