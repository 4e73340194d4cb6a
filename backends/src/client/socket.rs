//! How does an application get a socket on a carrier of its session? It asks for one: made here, or by the broker (SPEC §7.4, §8).

use super::port::{Denial, Port, Request};
use super::{RequestError, session};
use crate::bind::{self, BindError};
use crate::executor::Carrier;
use netsession_fsm::hub::Snapshot;
use netsession_fsm::words::{AccessPointId, SessionId};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::oneshot;

/// Which carrier of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// That of the active access point.
    Active,
    /// That of the access point on trial.
    Candidate,
}

/// What is sent through a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketKind {
    /// A stream: TCP.
    Stream,
    /// Datagrams: UDP.
    Datagram,
}

/// Addresses of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    Inet,
    /// IPv6.
    Inet6,
}

/// Why there is no socket, with ids as the port knows them.
#[derive(Debug)]
pub enum NoSocket {
    /// The request was not carried out.
    Denied(Denial),
    /// That side of the session has no carrier now.
    NoCarrier(Side),
    /// The socket could not be made or bound.
    Bind(BindError),
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The request was not carried out.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The session has no such carrier now: it is not connected, or there is no trial.
    #[error("the session has no {} carrier now: wait until {}", match .0 { Side::Active => "active", Side::Candidate => "candidate" },
        match .0 { Side::Active => "it is connected", Side::Candidate => "a trial begins" })]
    NoCarrier(Side),
    /// The socket could not be made, or not be bound.
    #[error(transparent)]
    Bind(#[from] BindError),
}

impl Side {
    /// The access point on this side, if it has a carrier that may be used now (SPEC §4 *interface*, *candidate*).
    #[must_use]
    pub fn of(self, snapshot: &Snapshot) -> Option<AccessPointId> {
        match self {
            Self::Active => session::in_use(snapshot),
            Self::Candidate => snapshot.candidate,
        }
    }
}

/// A socket on the carrier: non-blocking, bound to its interface, neither connected nor bound to an address.
pub(crate) fn make(carrier: &Carrier, kind: SocketKind, family: Family) -> Result<Socket, BindError> {
    let domain = match family {
        Family::Inet => Domain::IPV4,
        Family::Inet6 => Domain::IPV6,
    };
    let (of, protocol) = match kind {
        SocketKind::Stream => (Type::STREAM, Protocol::TCP),
        SocketKind::Datagram => (Type::DGRAM, Protocol::UDP),
    };
    let socket = Socket::new(domain, of.nonblocking().cloexec(), Some(protocol))?;
    bind::to_interface(&socket, carrier)?;
    Ok(socket)
}

/// Asks for a socket.
pub(super) async fn ask(port: &dyn Port, session: SessionId, side: Side, kind: SocketKind, family: Family) -> Result<Socket, SocketError> {
    let (answer, answered) = oneshot::channel();
    port.send(Request::Socket { session, side, kind, family, answer });
    match answered.await {
        Ok(Ok(socket)) => Ok(socket),
        Ok(Err(NoSocket::Denied(denial))) => Err(RequestError::new(denial, port).into()),
        Ok(Err(NoSocket::NoCarrier(side))) => Err(SocketError::NoCarrier(side)),
        Ok(Err(NoSocket::Bind(error))) => Err(error.into()),
        Err(_) => Err(RequestError::Ended.into()),
    }
}
