//! How does a client get a socket on a carrier? It is made and bound here, and handed over.

use crate::api::fault::{Fault, FaultKind};
use netsession_backends::bind;
use netsession_backends::executor::Carrier;
use socket2::{Domain, Protocol, Socket, Type};
use std::os::fd::OwnedFd;

/// A fresh socket, bound to the interface of the carrier.
///
/// # Errors
/// `InvalidArgument` for a type or family that is not known, `NoCarrier` if it could not be made or bound.
pub(super) fn open(carrier: &Carrier, kind: &str, family: &str) -> Result<OwnedFd, Fault> {
    let (kind, protocol) = match kind {
        "stream" => (Type::STREAM, Protocol::TCP),
        "datagram" => (Type::DGRAM, Protocol::UDP),
        _ => return Err(Fault::new(FaultKind::InvalidArgument, format!("type: {kind:?} is not one of stream, datagram"))),
    };
    let domain = match family {
        "inet" => Domain::IPV4,
        "inet6" => Domain::IPV6,
        _ => return Err(Fault::new(FaultKind::InvalidArgument, format!("family: {family:?} is not one of inet, inet6"))),
    };
    let no_carrier = |error: bind::BindError| Fault::new(FaultKind::NoCarrier, error.to_string());
    let socket = Socket::new(domain, kind.nonblocking(), Some(protocol)).map_err(|error| no_carrier(error.into()))?;
    bind::to_interface(&socket, carrier).map_err(no_carrier)?;
    Ok(socket.into())
}
