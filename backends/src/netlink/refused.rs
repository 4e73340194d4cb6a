//! What does it mean when the kernel refuses something? Causes instead of numbers, and what to do.

use netsession_fsm::words::Cause;
use std::fmt;
use std::io;

const EPERM: i32 = 1;
const ENOENT: i32 = 2;
const ESRCH: i32 = 3;
const ENXIO: i32 = 6;
const EACCES: i32 = 13;
const EEXIST: i32 = 17;
const ENODEV: i32 = 19;
const EADDRNOTAVAIL: i32 = 99;
const ENETDOWN: i32 = 100;
const ENETUNREACH: i32 = 101;
const EHOSTUNREACH: i32 = 113;

const PRIVILEGES: &str = "; run with CAP_NET_ADMIN, for DHCP with CAP_NET_RAW too \
     (as root, or `setcap cap_net_admin,cap_net_raw+ep` on the program)";

/// A request the kernel refused.
#[derive(Debug)]
pub(crate) struct Refused {
    /// What the session is told.
    pub(crate) cause: Cause,
    /// What was asked.
    what: String,
    /// What the kernel said.
    error: io::Error,
}

impl Refused {
    pub(crate) fn new(what: String, error: rtnetlink::Error) -> Self {
        let error = match error {
            rtnetlink::Error::NetlinkError(message) => message.to_io(),
            other => io::Error::other(other.to_string()),
        };
        let cause = match error.raw_os_error() {
            Some(EPERM) => Cause::NotAuthorised,
            Some(EACCES) => Cause::CannotStartStop,
            Some(ENODEV | ENXIO) => Cause::Vanished,
            Some(ENETDOWN) => Cause::TakenDown,
            Some(ENETUNREACH | EHOSTUNREACH) => Cause::Route,
            Some(_) | None => Cause::Unknown,
        };
        Self { cause, what, error }
    }

    /// There is no metric left for a default route through this device.
    pub(crate) fn crowded(index: u32) -> Self {
        let error = io::Error::other("other default routes have the metrics needed; give them greater ones (`ip route`)");
        Self { cause: Cause::Route, what: format!("add a default route through interface {index}"), error }
    }

    /// No table is free for policy routing.
    pub(crate) fn crowded_tables(from: u32) -> Self {
        let error = io::Error::other("others use all of them; choose another `table_base`");
        Self { cause: Cause::Route, what: format!("find a routing table from {from} on"), error }
    }

    /// A setting of an interface cannot be changed.
    pub(crate) fn setting(interface: &str, error: io::Error) -> Self {
        let cause = match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Cause::NotAuthorised,
            io::ErrorKind::NotFound => Cause::CannotStartStop,
            _ => Cause::Unknown,
        };
        Self { cause, what: format!("set net.ipv6.conf.{interface}.accept_ra and its kin"), error }
    }

    /// DHCP needs an Ethernet address.
    pub(crate) fn no_ethernet(interface: &str) -> Self {
        let error = io::Error::other("it has no Ethernet address; give it static addresses");
        Self { cause: Cause::NoLease, what: format!("ask for a DHCP lease on `{interface}`"), error }
    }

    /// A DHCP client gets no packet socket.
    pub(crate) fn packet_socket(interface: &str, error: io::Error) -> Self {
        let cause = if error.kind() == io::ErrorKind::PermissionDenied { Cause::NotAuthorised } else { Cause::Unknown };
        Self { cause, what: format!("ask for a DHCP lease on `{interface}` (it needs CAP_NET_RAW)"), error }
    }

    /// What was to be made is there already.
    fn exists(&self) -> bool {
        self.error.raw_os_error() == Some(EEXIST)
    }

    /// What was to be taken away is not there (any more).
    fn is_gone(&self) -> bool {
        matches!(self.error.raw_os_error(), Some(ENOENT | ESRCH | ENXIO | ENODEV | EADDRNOTAVAIL))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.what, self.error)?;
        match self.error.raw_os_error() {
            Some(EPERM) => f.write_str(PRIVILEGES),
            Some(EACCES) => f.write_str("; IPv6 may be off on it: see sysctl net.ipv6.conf.<interface>.disable_ipv6"),
            Some(ENETUNREACH | EHOSTUNREACH) => f.write_str("; the gateway must be in the network of one of the addresses"),
            Some(_) | None => Ok(()),
        }
    }
}

/// Whether something was made, or was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// By this request.
    Now,
    /// By somebody else, before.
    Before,
}

/// What was made, or that it was there.
pub(crate) fn made(result: Result<(), Refused>) -> Result<Made, Refused> {
    match result {
        Ok(()) => Ok(Made::Now),
        Err(refused) if refused.exists() => Ok(Made::Before),
        Err(refused) => Err(refused),
    }
}

/// Gone is as good as taken away.
pub(crate) fn taken_away(result: Result<(), Refused>) -> Result<(), Refused> {
    result.or_else(|refused| if refused.is_gone() { Ok(()) } else { Err(refused) })
}
