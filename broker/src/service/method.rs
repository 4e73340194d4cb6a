//! Which method is called, and of which object?

use crate::api::fault::{Fault, Standard};
use crate::api::{MANAGER, SESSION, path};
use netsession_fsm::words::SessionId;
use zbus::message::Header;

const INTROSPECTABLE: &str = "org.freedesktop.DBus.Introspectable";
const PEER: &str = "org.freedesktop.DBus.Peer";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Object {
    /// On the way to the broker's objects.
    Way(&'static str),
    /// The broker.
    Manager,
    /// The object under which the sessions are.
    Sessions,
    /// A session, that is there or not.
    Session(SessionId),
}

/// A method of some interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Introspect,
    Ping,
    GetMachineId,
    Get,
    GetAll,
    Set,
    GetConfigurations,
    GetConfiguration,
    CreateSession,
    Attach,
    ListSessions,
    Refresh,
    RemoveConfiguration,
    SaveTraffic,
    Metrics,
    Open,
    Close,
    Stop,
    Migrate,
    Ignore,
    Accept,
    Reject,
    RequestRoam,
    SetMode,
    SetRequirements,
    Suppress,
    OpenSocket,
    Release,
}

const METHODS: [(&str, &str, Method); 28] = [
    (INTROSPECTABLE, "Introspect", Method::Introspect),
    (PEER, "Ping", Method::Ping),
    (PEER, "GetMachineId", Method::GetMachineId),
    (PROPERTIES, "Get", Method::Get),
    (PROPERTIES, "GetAll", Method::GetAll),
    (PROPERTIES, "Set", Method::Set),
    (MANAGER, "GetConfigurations", Method::GetConfigurations),
    (MANAGER, "GetConfiguration", Method::GetConfiguration),
    (MANAGER, "CreateSession", Method::CreateSession),
    (MANAGER, "Attach", Method::Attach),
    (MANAGER, "ListSessions", Method::ListSessions),
    (MANAGER, "Refresh", Method::Refresh),
    (MANAGER, "RemoveConfiguration", Method::RemoveConfiguration),
    (MANAGER, "SaveTraffic", Method::SaveTraffic),
    (MANAGER, "Metrics", Method::Metrics),
    (SESSION, "Open", Method::Open),
    (SESSION, "Close", Method::Close),
    (SESSION, "Stop", Method::Stop),
    (SESSION, "Migrate", Method::Migrate),
    (SESSION, "Ignore", Method::Ignore),
    (SESSION, "Accept", Method::Accept),
    (SESSION, "Reject", Method::Reject),
    (SESSION, "RequestRoam", Method::RequestRoam),
    (SESSION, "SetMode", Method::SetMode),
    (SESSION, "SetRequirements", Method::SetRequirements),
    (SESSION, "Suppress", Method::Suppress),
    (SESSION, "OpenSocket", Method::OpenSocket),
    (SESSION, "Release", Method::Release),
];

impl Object {
    /// The object at a path; `None` if there can be none.
    pub(super) fn at(path: &str) -> Option<Self> {
        if path == crate::api::PATH {
            Some(Self::Manager)
        } else if path == path::SESSIONS {
            Some(Self::Sessions)
        } else {
            path::session(path).map(Self::Session).or_else(|| path::below(path).map(Self::Way))
        }
    }

    /// Its own interface, if it has one.
    pub(super) const fn interface(self) -> Option<&'static str> {
        match self {
            Self::Manager => Some(MANAGER),
            Self::Session(_) => Some(SESSION),
            Self::Way(_) | Self::Sessions => None,
        }
    }

    fn has(self, interface: &str) -> bool {
        let own = self.interface();
        interface == INTROSPECTABLE || interface == PEER || own.is_some_and(|own| own == interface || interface == PROPERTIES)
    }
}

/// What a message calls.
///
/// # Errors
/// The error of D-Bus that names what there is not.
pub(super) fn called(header: &Header<'_>) -> Result<(Object, Method), Fault> {
    let path = header.path().map_or("", |path| path.as_str());
    let interface = header.interface().map(|interface| interface.as_str());
    let member = header.member().map_or("", |member| member.as_str());
    let object = Object::at(path).ok_or_else(|| Fault::standard(Standard::UnknownObject, format!("there is no object {path:?}")))?;
    if let Some(interface) = interface.filter(|interface| !object.has(interface)) {
        return Err(Fault::standard(Standard::UnknownInterface, format!("{path} has no interface {interface:?}")));
    }
    let fits = |of: &str| interface.map_or_else(|| object.has(of), |interface| interface == of);
    let found = METHODS.iter().find(|(of, name, _)| *name == member && fits(of));
    let (_, _, method) = found.ok_or_else(|| Fault::standard(Standard::UnknownMethod, format!("{path} has no method {member:?}")))?;
    Ok((object, *method))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::xml;

    #[test]
    fn there_are_the_methods_that_are_documented() {
        for interface in [MANAGER, SESSION] {
            let documented: Vec<_> =
                xml::interface(interface).split("<method name=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            let there: Vec<_> = METHODS.iter().filter(|(of, _, _)| *of == interface).map(|(_, name, _)| *name).collect();
            assert_eq!(there, documented);
        }
    }

    #[test]
    fn objects_are_known_by_their_paths() {
        assert_eq!(Object::at("/"), Some(Object::Way("org")));
        assert_eq!(Object::at("/org/netsession/Broker1"), Some(Object::Manager));
        assert_eq!(Object::at("/org/netsession/Broker1/session"), Some(Object::Sessions));
        assert_eq!(Object::at("/org/netsession/Broker1/session/3_1"), Some(Object::Session(SessionId { index: 3, generation: 1 })));
        assert_eq!(Object::at("/org/netsession/Broker1/session/3_01"), None);
        assert_eq!(Object::at("/com"), None);
    }
}
